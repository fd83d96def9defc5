"""Which answers came late, of all that the attempts of a test have had.

Of one trial they are too few for a p99: it has some fifty reports, whose 99th percentile is the longest of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.faults.load import Answer, percentile

if TYPE_CHECKING:
    from collections.abc import Sequence

SHARE = 0.99
"""So many of them are in time."""


@dataclass
class Tally:
    """The answers by what was asked, each kind with the time that it may take."""

    answers: dict[tuple[str, float], list[Answer]] = field(default_factory=dict)

    def add(self, path: str, allowed_s: float, answers: Sequence[Answer]) -> None:
        self.answers.setdefault((path, allowed_s), []).extend(answers)

    def __or__(self, other: Tally) -> Tally:
        """Those of both."""
        both = Tally()
        for each in (self, other):
            for (path, allowed_s), answers in each.answers.items():
                both.add(path, allowed_s, answers)
        return both

    def late(self) -> str:
        """Of which kinds more than one in a hundred came late, and when; empty when there are none."""
        told = []
        for (path, allowed_s), answers in self.answers.items():
            if percentile(answers, SHARE) > allowed_s:
                late = sorted(answer.took_s for answer in answers if answer.took_s > allowed_s)
                times = ", ".join(f"{took_s:.3f}" for took_s in late)
                told.append(f"{path}: {len(late)} of {len(answers)} took longer than {allowed_s:.3f} s: {times}")
        return "; ".join(told)


_now = Tally()


def now() -> Tally:
    """That of the attempt under way."""
    return _now


def begin() -> None:
    """Another attempt."""
    global _now  # noqa: PLW0603 - pytest runs one test at a time
    _now = Tally()
