"""What the website reads: how things stand on this host, and how they went in the last hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from ..core.forks import forget_after_fork
from .entry import HOUR_S, MINUTE_S, Cell, Standing, Turn, key_of
from .minutes import Minutes

CELL_S = 30
"""Of a check's own page, whose latency has a point each."""
MOST_TURNS = 20


@dataclass(frozen=True, slots=True)
class Detail:
    """The last hour of one reference, more closely."""

    cells: tuple[Cell, ...] = ()
    turns: tuple[Turn, ...] = ()
    """The newest first."""


@dataclass(frozen=True, slots=True)
class Story:
    """Of all processes of the host; of this one alone where `problem` says why."""

    minutes: Minutes
    standings: Mapping[str, Standing] = field(default_factory=dict)
    detail: Detail = field(default_factory=Detail)
    """Of the reference that was asked for."""
    problem: str = ""

    def standing(self, reference: str) -> Standing | None:
        """How it stands; None when that is not known."""
        return self.standings.get(key_of(reference))

    def last_hour(self, reference: str, now: float) -> bytes:
        """The worst state of each of the last sixty minutes, as its degree."""
        return self.minutes.of(key_of(reference), now)


class Reader:
    """Reads the file of one site; what it has read of whole minutes it keeps. Safe from any thread."""

    def __init__(self, folder: Path) -> None:
        from .store import Store

        self._store = Store(folder)
        self.reset()
        forget_after_fork(self)

    def reset(self) -> None:
        """Begin anew, as after a fork."""
        self._lock = Lock()
        self._file: tuple[int, int, int] | None = None
        self._minutes = Minutes()

    def story(self, now: float, reference: str = "") -> Story:
        """How it is and was, one `reference` more closely.

        OSError, sqlite3.Error or Unusable when the file can't be read.
        """
        with self._lock:
            standings = self._store.standings()
            file = self._store.identity()
            if file != self._file:
                self._file, self._minutes = file, Minutes()
            # Processes write a moment after they have observed: so what was added to the minute before is read again.
            since = (self._minutes.newest - 1) * MINUTE_S if self._minutes.newest else 0
            for name, cell in self._store.cells(max(since, now - HOUR_S), MINUTE_S):
                self._minutes.add(name, cell.begins_at, cell.worst)
        return Story(self._minutes, standings, self._detail(key_of(reference), now - HOUR_S) if reference else Detail())

    def _detail(self, reference: str, since: float) -> Detail:
        cells = tuple(cell for _, cell in self._store.cells(since, CELL_S, reference))
        return Detail(cells, tuple(self._store.turns(reference, MOST_TURNS)))
