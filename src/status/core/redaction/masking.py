"""What stands in a secret's place, and how much of a text is looked through."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import TypeAlias

MASK = "********"
MAX_TEXT = 64 * 1024
# What could be a secret every 85 characters is no message to anyone: what follows goes whole, and costs no time.
MOST_CANDIDATES = 768

Secret: TypeAlias = "tuple[int, int, str]"  # noqa: S105 - no password
"""Where a secret begins and ends in a text, and what is to stand there."""


# What merely has a secret's word in it takes a quarter of the time.
_STEMS_TO_A_CANDIDATE = 4


class Allowance:
    """How many more places of a text may be looked at, by all who look for secrets in it together."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MOST_CANDIDATES * _STEMS_TO_A_CANDIDATE

    def is_spent(self, *, candidate: bool = True) -> bool:
        """Take a candidate from it, or else a stem; True when there is no more."""
        self.left -= _STEMS_TO_A_CANDIDATE if candidate else 1
        return self.left < 0


def mask(text: str, secrets: Iterable[Secret]) -> str:
    """The text with these masked; they come in order, and don't overlap."""
    parts: list[str] = []
    done = 0
    for start, end, instead in secrets:
        parts += text[done:start], instead
        done = end
    return "".join([*parts, text[done:]])


def lowered(text: str) -> str:
    """The text in lower case and as long as before, so that positions agree."""
    # The dotted capital I is the one character that grows.
    return text.replace("\u0130", "I").lower()


def places(lowered: str, words: Iterable[str]) -> list[int]:
    """Where these words stand, in order, and no more of each than there is an allowance for.

    For words that are rare this takes a tenth of what one pattern of them all would.
    """
    found: list[int] = []
    for word in words:
        at = lowered.find(word)
        most = len(found) + MOST_CANDIDATES * _STEMS_TO_A_CANDIDATE
        while at >= 0 and len(found) <= most:
            found.append(at)
            at = lowered.find(word, at + len(word))
    found.sort()
    return found


@cache
def compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The pattern, compiled when it is first needed: all of them together would make a start longer by milliseconds."""
    return re.compile(pattern, flags)
