"""One distribution that a file asks for, and all that a file does."""

from __future__ import annotations

from dataclasses import dataclass


class Unreadable(Exception):
    """A file that is there, and can't be made sense of; the text is one line."""


@dataclass(frozen=True, slots=True)
class Asked:
    """By which name, in which versions."""

    name: str
    """As the file writes it."""
    specifier: str
    """As "==4.2" or ">=4,<5"; empty for any version."""
    required: bool = True
    """False where it need not be there: of a group for development, of an extra, a constraint."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a file asks for in this environment."""

    asked: tuple[Asked, ...]
    skipped: int = 0
    """Lines that can't be compared: paths, or what this version of `packaging` does not understand."""
