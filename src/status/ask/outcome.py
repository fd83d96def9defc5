"""How asking can end, and what it prints."""

from __future__ import annotations

import os


class Misuse(Exception):
    """The command can't be understood; its text says what is wrong with it."""


class NotWell(Exception):
    """What was asked is not well, or can't be known to be; its text says why, in a line."""


def one_line(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


def write(descriptor: int, text: str) -> None:
    """To the descriptor itself: whatever is wrong with that must not change the exit code."""
    try:  # noqa: SIM105 - contextlib takes its time
        os.write(descriptor, text.encode("utf-8", "replace"))
    except OSError:
        pass
