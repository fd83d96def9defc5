"""Errors as texts without secrets: one line, a traceback, a record of the log."""

from __future__ import annotations

import re
from collections import deque
from traceback import TracebackException
from typing import TYPE_CHECKING

from ..values import encodable, shorten
from .masking import MAX_TEXT
from .text import redact_text

if TYPE_CHECKING:
    from logging import Logger

MAX_LINE = 500
MAX_TRACEBACK = 16 * 1024

# Besides spaces and control characters those that turn the direction of what follows: a line of log must stay one.
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
# The class's own name, whatever its metaclass says of it.
_name_of = type.__dict__["__name__"].__get__


def one_line(text: str, limit: int = MAX_LINE) -> str:
    """The text as one line of at most `limit` characters, which UTF-8 can hold."""
    line = encodable(_BLANKS.sub(" ", text[:MAX_TEXT]).strip())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def describe(error: BaseException) -> str:
    """The error as one redacted line, "ClassName: text". Never raises, whatever the error's own `__str__` does."""
    name = redact_text(_name_of(type(error)))
    try:
        text = redact_text(str.__str__(str(error)))
    except BaseException:  # noqa: BLE001 - SystemExit too: this is the last resort of those who tell of errors
        return one_line(f"{name} (its text can't be read)")
    return one_line(f"{name}: {text}" if text.strip() else name)


def describe_traceback(error: BaseException, frames: int = 20) -> str:
    """The redacted traceback with causes and notes: the last `frames` frames of each, 16 KiB of the end in all.

    Never raises: what can't be formatted is described in one line.
    """
    try:
        # By whole paragraphs (a frame, a message) and then as one text, since a private key has more than one line.
        text = redact_text("".join(_last_paragraphs(error, frames)))
    except BaseException:  # noqa: BLE001 - as above
        return describe(error)
    if len(text) > MAX_TRACEBACK:
        text = "…" + text[1 - MAX_TRACEBACK :]
    return encodable(text)


def _last_paragraphs(error: BaseException, frames: int) -> deque[str]:
    kept: deque[str] = deque()
    size = 0
    told = TracebackException(type(error), error, error.__traceback__, limit=-frames)
    for paragraph in told.format():
        kept.append(shorten(paragraph, MAX_TRACEBACK))
        size += len(kept[-1])
        while size > MAX_TEXT:
            size -= len(kept.popleft())
    return kept


def log_exception(logger: Logger, text: str, error: BaseException) -> None:
    """Log at ERROR the text, as one line, and the traceback below it.

    In place of `logger.exception`, which has handlers and formatters write out what the error holds.
    """
    logger.error("%s\n%s", one_line(redact_text(text)), describe_traceback(error))
