"""How often each check has run in this process, and how often it gave no answer: counted where a run ends."""

from __future__ import annotations

from enum import Enum
from threading import Lock
from typing import NamedTuple

from .forks import forget_after_fork

MOST = 5_000
"""References that are counted; of those beyond, as where names change all the time, nothing is."""


class Outcome(Enum):
    """How a run ended."""

    ANSWER = 0
    TIMEOUT = 1
    """It had not answered by its deadline, whenever it did after that."""
    ERROR = 2
    """It gave no value in time: it raised, or returned what can't be shown."""


class Counts(NamedTuple):
    """Since counting began. `timeouts` and `errors` are among the `runs`."""

    runs: int = 0
    timeouts: int = 0
    errors: int = 0


class Tally:
    """Counts the runs of a process, by reference; safe from any thread. A child born by fork begins at zero."""

    def __init__(self) -> None:
        self.reset()
        forget_after_fork(self)

    def reset(self) -> None:
        """Begin anew, as after a fork: what was counted is the parent's, who tells it."""
        self._lock = Lock()
        self._counts: dict[str, Counts] = {}

    def add(self, reference: str, outcome: Outcome) -> None:
        """One more run of it has ended so."""
        with self._lock:
            before = self._counts.get(reference)
            if before is None:
                if len(self._counts) >= MOST:
                    return
                before = Counts()
            self._counts[reference] = Counts(
                before.runs + 1,
                before.timeouts + (outcome is Outcome.TIMEOUT),
                before.errors + (outcome is Outcome.ERROR),
            )

    def counts(self) -> dict[str, Counts]:
        """What was counted so far."""
        with self._lock:
            return dict(self._counts)
