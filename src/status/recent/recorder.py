"""What every process notes: on its way from the checks, which wait for nothing, to the file."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from time import monotonic

from .. import conf
from ..core.forks import forget_after_fork
from ..core.observation import Observation
from .entry import Entry, entries_of
from .minutes import Minutes
from .turns import Turns

logger = logging.getLogger("status")

MOST = 1000
"""Observations that wait to be written; where writing hangs, the oldest make room."""
MOST_LEFT = 5000
"""Entries that could not be written and are tried again: of these, too."""
REST_S = 10.0
"""Between two attempts to write where writing fails, so that a file which is locked does not hold up the log."""


class Recorder:
    """Gathers observations, and writes them when it is told to. `note` is safe from any thread, the rest is not.

    `wake` has `write` called before long, in the one thread that writes.
    """

    def __init__(self, wake: Callable[[], object]) -> None:
        self._wake = wake
        self.minutes = Minutes()
        """What this process has observed itself, for when the file can't be read."""
        self.turns = Turns()
        """As those: what this process has seen change."""
        self.problem = ""
        """Why it can't be used, in one line; empty when it can."""
        self.reset()
        forget_after_fork(self)

    def reset(self) -> None:
        """Forget what was not written, as after a fork: it is the parent's, who writes it."""
        self._noted: deque[Observation] = deque(maxlen=MOST)
        self._left: deque[Entry] = deque(maxlen=MOST_LEFT)
        self._awake = False
        self._rests_until = 0.0

    def note(self, observation: Observation) -> None:
        """Have it written; returns at once."""
        self._noted.append(observation)  # in this order: so that it is written by who is awake, or wakes
        if not self._awake:
            self._awake = True
            self._wake()

    def write(self) -> None:
        """Write all that was noted. Raises nothing."""
        self._awake = False
        entries: list[Entry] = []
        while self._noted:
            entries += entries_of(self._noted.popleft())
        for entry in entries:
            self.minutes.add(entry.reference, entry.observed_at, entry.state)
            self.turns.add(entry)
        self._left += entries
        if self._left and monotonic() >= self._rests_until:
            self._try()

    def _try(self) -> None:
        try:
            self._store()
        except Exception as error:  # noqa: BLE001 - whatever it is, the log and the signals go on
            self._rests_until = monotonic() + REST_S
            self._tell(error)
        else:
            self._left.clear()
            self.problem = ""

    def _store(self) -> None:
        from .store import Full, Store  # SQLite's import is for the thread that needs it

        try:
            Store(conf.current().runtime_dir).write(self._left)
        except Full:
            self._left.clear()  # nor would there be room for these the next time, and others wait behind them
            raise

    def _tell(self, error: Exception) -> None:
        from ..core.redaction import describe  # its patterns take a while to compile, and this is rare

        problem = describe(error)
        if not self.problem:
            logger.info("what was observed is not shared with this host's other processes: %s", problem)
        self.problem = problem
