"""What can be shown where a command writes, and how."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TextIO

from ..formats.format import Style

_SGR = re.compile(r"(\x1b\[[\d;]*m)")
"""A colour, which takes no room (ECMA-48, 8.3.117)."""


def can_rewrite(out: TextIO) -> bool:
    """Whether lines that stand there can be written anew: on a terminal that knows its cursor."""
    return out.isatty() and os.environ.get("TERM") not in (None, "", "dumb")


def is_coloured(out: TextIO) -> bool:
    """Colours are for terminals alone, and not where NO_COLOR is set (no-color.org)."""
    return can_rewrite(out) and not os.environ.get("NO_COLOR")


def write(out: TextIO, told: Callable[[Style], bytes], style: Style) -> None:
    """Write what is told in this style, in ASCII where the stream can't hold it; a line's end is seen to.

    A reader that has gone, as in `django_status health | head -1`, is no error.
    """
    try:
        body = told(style)
        try:
            out.write(_lines(body))
        except UnicodeEncodeError:  # in ASCII it is the same JSON and the same YAML
            out.write(_lines(told(replace(style, ascii_only=True))))
        except UnicodeDecodeError:  # a project's own format, which is no text
            out.buffer.write(body)
        out.flush()
    except BrokenPipeError:  # what is still buffered would raise it again
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, out.fileno())
        os.close(null)


def encodable(text: str, out: TextIO) -> str:
    """The text, with what the stream can't hold escaped."""
    encoding = out.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def clipped(line: str, room: int) -> str:
    """As much of the line as fits into so many columns, with its colours."""
    kept = []
    for at, part in enumerate(_SGR.split(line)):
        if at % 2:
            kept.append(part)
            continue
        for character in part:
            room -= _width(character)
            if room < 0:
                break
            kept.append(character)
    return "".join(kept)


def width(text: str) -> int:
    """Columns that it takes."""
    return sum(map(_width, text))


def _width(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _lines(body: bytes) -> str:
    text = body.decode()
    return text if text.endswith("\n") else f"{text}\n"


class Region:
    """Lines at the end of what stands on a terminal, which are written anew in place.

    Between two writings the cursor stands at the beginning of the line below, and nothing of the terminal is changed:
    whatever ends the process leaves it usable.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._rows = 0

    def draw(self, lines: Sequence[str]) -> None:
        """Have these lines stand there, each cut to the terminal's width; of many the last that it has room for."""
        columns, rows = shutil.get_terminal_size()
        # Not into the last column: some terminals wrap at once there. Nor on the last row, where the cursor stands.
        fitting = [clipped(encodable(line, self._out), columns - 1) for line in lines[-max(rows - 1, 1) :]]
        # In one piece, so that nobody sees it empty.
        self._out.write(self._up() + "".join(f"{line}\n" for line in fitting))
        self._out.flush()
        self._rows = len(fitting)

    def erase(self) -> None:
        """Have nothing stand there."""
        self._out.write(self._up())
        self._rows = 0

    def _up(self) -> str:
        # CPL, and ED to the end of the screen (ECMA-48, 8.3.13 and 8.3.39).
        return f"\x1b[{self._rows}F\x1b[J" if self._rows else ""
