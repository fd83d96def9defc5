"""The file: one SQLite database in STATUS_RUNTIME_DIR.

It is opened for each batch and closed after it (0.2 ms): so nothing is held across a fork, and one that was deleted is
made anew. What a killed process leaves half-written is rolled back by the next. Losing it costs an hour of bars.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from ..core.states import State
from ..runtime.folder import private
from .entry import HOUR_S, Cell, Entry, Standing, Turn
from .layout import FORGET_NAMES, LAYOUT, MAKE_ROOM, TRIM, VERSION

FILE = f"recent-{VERSION}.sqlite3"
"""With the number of its layout: during a deployment the releases of a site run side by side."""
SLOT_S = 10
MOST_BYTES = 8 * 1024 * 1024
READ_PATIENCE_S = 0.05
WRITE_PATIENCE_S = 1.0
"""How long to wait for other processes, each of which holds the file for a few milliseconds."""
TRIM_EVERY_S = 60

_PAGE_BYTES = 4096
_FULL = "database or disk is full"
"""SQLITE_FULL; Python 3.10 has no `sqlite_errorcode`."""
_STATES = tuple(State)
_NUMBERS = {state: number for number, state in enumerate(_STATES)}

_Values: TypeAlias = "dict[str, str | float | None]"

# One that was observed before another and is written after it changes nothing but its slot. When nobody has looked for
# an hour, what was known of the reference is over.
_TURN = """
INSERT INTO turns SELECT :at, id, state, :state, :error FROM standing
WHERE reference = :reference AND state != :state AND seen_at <= :at AND seen_at > :hour_ago
"""
_STAND = """
INSERT INTO standing (reference, state, since, seen_at, passed_at)
VALUES (:reference, :state, min(:since, :at), :at, :passed_at)
ON CONFLICT (reference) DO UPDATE SET
  since = CASE WHEN seen_at <= :hour_ago THEN excluded.since
               WHEN state != excluded.state THEN excluded.seen_at ELSE since END,
  state = excluded.state, seen_at = excluded.seen_at,
  passed_at = coalesce(max(passed_at, excluded.passed_at), passed_at, excluded.passed_at)
WHERE seen_at <= excluded.seen_at
"""
_COUNT = """
INSERT INTO slots SELECT :slot, id, :state, 1, :took, :took FROM standing WHERE reference = :reference
ON CONFLICT (slot, id) DO UPDATE SET
  worst = max(worst, excluded.worst), runs = runs + 1,
  took = took + excluded.took, longest = max(longest, excluded.longest)
"""
_CELLS = """
SELECT reference, slot * :slot_s / :cell_s * :cell_s AS begins, max(worst), sum(took) / sum(runs), max(longest)
FROM slots JOIN standing USING (id)
WHERE slot >= :first AND (:reference IS NULL OR reference = :reference)
GROUP BY id, begins ORDER BY begins
"""


class Full(sqlite3.OperationalError):
    """There is no room in the file, or on the disk."""


class Store:
    """The observations of one site. All methods raise OSError, sqlite3.Error or Unusable when it can't be used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, entries: Collection[Entry]) -> None:
        """Add them, at least one, all or none; raises Full where they take more than there can be room for."""
        for statements in (MAKE_ROOM, FORGET_NAMES):
            try:
                return self._write(entries)
            except Full:
                self._make_room(statements)
        return self._write(entries)

    def cells(self, since: float, cell_s: int, reference: str | None = None) -> Iterator[tuple[str, Cell]]:
        """What was observed from that moment on, by reference and each `cell_s` seconds; of one reference or of all."""
        values: _Values = {"first": _slot(since), "slot_s": SLOT_S, "cell_s": cell_s, "reference": reference}
        with self._opened() as database:
            found = database.execute(_CELLS, values).fetchall()
        for name, begins_at, worst, mean_s, longest_s in found:
            yield name, Cell(begins_at, _STATES[worst], mean_s, longest_s)

    def standings(self) -> dict[str, Standing]:
        """How each reference stands that was observed within the last hour."""
        with self._opened() as database:
            found = database.execute("SELECT reference, state, since, passed_at FROM standing").fetchall()
        return {name: Standing(_STATES[state], since, passed_at) for name, state, since, passed_at in found}

    def identity(self) -> tuple[int, int, int]:
        """Another one when the file was made anew, and when something of the last hour had to make room."""
        with self._opened() as database:
            (rooms,) = database.execute("SELECT rooms FROM upkeep").fetchone()
        found = (self._folder / FILE).stat()
        return found.st_dev, found.st_ino, rooms

    def turns(self, reference: str, most: int) -> list[Turn]:
        """The last changes of its state, the newest first."""
        query = """
            SELECT at, previous, turns.state, error FROM turns JOIN standing USING (id)
            WHERE reference = ? ORDER BY at DESC LIMIT ?
        """
        with self._opened() as database:
            found = database.execute(query, (reference, most)).fetchall()
        return [Turn(at, _STATES[previous], _STATES[state], error) for at, previous, state, error in found]

    def changes(self, since: float, is_wanted: Callable[[str], bool], most: int) -> list[tuple[str, Turn]]:
        """The last changes after that moment of the references that are wanted, the newest first."""
        query = """
            SELECT reference, at, previous, turns.state, error FROM turns JOIN standing USING (id)
            WHERE at > ? ORDER BY at DESC
        """
        with self._opened() as database:
            rows = (row for row in database.execute(query, (since,)) if is_wanted(row[0]))
            found = list(islice(rows, most))
        return [
            (name, Turn(at, _STATES[previous], _STATES[state], error)) for name, at, previous, state, error in found
        ]

    def _write(self, entries: Collection[Entry]) -> None:
        with self._opened(to_write=True) as database:
            for row in map(_values, entries):
                for statement in (_TURN, _STAND, _COUNT):
                    database.execute(statement, row)
            now = max(entry.observed_at for entry in entries)
            (trimmed_at,) = database.execute("SELECT trimmed_at FROM upkeep").fetchone()
            if now >= trimmed_at + TRIM_EVERY_S:
                for statement in TRIM:
                    database.execute(statement, {"now": now, "hour_ago": now - HOUR_S, "slot": _slot(now - HOUR_S)})

    def _make_room(self, statements: Sequence[str]) -> None:
        with self._opened(to_write=True) as database:
            for statement in statements:
                database.execute(statement, {"slot_s": SLOT_S})

    @contextmanager
    def _opened(self, *, to_write: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection of its own, in one transaction where it writes. A file that is broken is thrown away."""
        path = private(self._folder, create=True) / FILE
        database = sqlite3.connect(
            path, timeout=WRITE_PATIENCE_S if to_write else READ_PATIENCE_S, isolation_level=None
        )
        try:
            _prepare(database)
            if to_write:
                database.execute("BEGIN IMMEDIATE")
            yield database
            if to_write:
                database.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            if error.args == (_FULL,):
                raise Full(_FULL) from error
            if not isinstance(error, (sqlite3.OperationalError, sqlite3.ProgrammingError)):  # "file is not a database"
                path.unlink(missing_ok=True)
            raise
        finally:
            database.close()


def _prepare(database: sqlite3.Connection) -> None:
    # Nothing here is worth waiting for a disk: a power cut may cost the file, a killed process doesn't.
    database.execute("PRAGMA synchronous = OFF")
    database.execute(f"PRAGMA max_page_count = {MOST_BYTES // _PAGE_BYTES}")
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version != VERSION:
        database.execute("BEGIN IMMEDIATE")  # another process may be about to do the same
        for statement in LAYOUT:
            database.execute(statement)
        database.execute("COMMIT")


def _values(entry: Entry) -> _Values:
    return {
        "reference": entry.reference,
        "state": _NUMBERS[entry.state],
        "at": entry.observed_at,
        "hour_ago": entry.observed_at - HOUR_S,
        "slot": _slot(entry.observed_at),
        "since": entry.since,
        "passed_at": entry.passed_at,
        "took": entry.duration_s,
        "error": entry.error,
    }


def _slot(at: float) -> int:
    return int(at // SLOT_S)
