"""The file: one SQLite database in STATUS_RUNTIME_DIR, beside that of `recent`.

It is opened for each exchange and closed after it: so nothing is held across a fork, and one that was deleted is made
anew. What a killed process leaves half-written is rolled back by the next.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..runtime.folder import private
from .newest import Reading
from .page import Page, Row

VERSION = 2
FILE = f"totals-{VERSION}.sqlite3"
"""With the number of its layout: during a deployment the releases of a site run side by side."""
PATIENCE_S = 0.5
"""How long to wait for other processes, each of which holds the file for a few milliseconds."""
MOST_BYTES = 64 * 1024 * 1024
_PAGE_BYTES = 4096

_LAYOUT = (
    "CREATE TABLE IF NOT EXISTS base (generation TEXT NOT NULL, made_at REAL NOT NULL, counts TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS rows (name TEXT PRIMARY KEY, written_at REAL NOT NULL, counts TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS gone (name TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID",
    """CREATE TABLE IF NOT EXISTS newest (
        reference TEXT PRIMARY KEY, began_at REAL NOT NULL, observed_at REAL NOT NULL, counters TEXT NOT NULL,
        asked_at REAL NOT NULL
    )""",
)


class Ledger:
    """What one site has counted, and read of servers.

    All methods raise OSError, sqlite3.Error or Unusable when the file can't be used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self) -> Page | None:
        """All that there is; None where there is no file."""
        path = private(self.folder) / FILE
        if not path.exists():
            return None
        with self._opened(path) as database:
            database.execute("BEGIN")
            return _read(database) if _is_made(database) else None

    def exchange(self, change: Callable[[Page], Page], now: float) -> Page:
        """Read the page, write what `change` makes of it, and return that, in one transaction.

        The file and its folder are made where they are missing; then the page is empty, and made at this moment.
        """
        with self._opened(private(self.folder, create=True) / FILE) as database:
            database.execute("BEGIN IMMEDIATE")
            if not _is_made(database):
                _make(database, now)
            before = _read(database)
            after = change(before)
            _write(database, before, after)
            database.execute("COMMIT")
            return after

    @contextmanager
    def _opened(self, path: Path) -> Iterator[sqlite3.Connection]:
        """A connection of its own. A file that is broken is thrown away."""
        database = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None)
        try:
            # Nothing here is worth waiting for a disk: a power cut ends all processes that count, too.
            database.execute("PRAGMA synchronous = OFF")
            database.execute(f"PRAGMA max_page_count = {MOST_BYTES // _PAGE_BYTES}")
            yield database
        except (sqlite3.DatabaseError, ValueError, TypeError) as error:  # the latter two of what is no page of ours
            if not isinstance(error, (sqlite3.OperationalError, sqlite3.ProgrammingError)):
                path.unlink(missing_ok=True)
            raise
        finally:
            database.close()


def _is_made(database: sqlite3.Connection) -> bool:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return bool(version == VERSION)


def _make(database: sqlite3.Connection, now: float) -> None:
    for statement in _LAYOUT:
        database.execute(statement)
    database.execute("DELETE FROM base")
    database.execute("INSERT INTO base VALUES (?, ?, '{}')", (os.urandom(8).hex(), now))
    database.execute(f"PRAGMA user_version = {VERSION}")


def _read(database: sqlite3.Connection) -> Page:
    generation, made_at, base = database.execute("SELECT generation, made_at, counts FROM base").fetchone()
    rows = database.execute("SELECT name, written_at, counts FROM rows").fetchall()
    gone = database.execute("SELECT name, at FROM gone").fetchall()
    newest = database.execute("SELECT reference, began_at, observed_at, counters, asked_at FROM newest").fetchall()
    return Page(
        generation,
        made_at,
        base,
        {name: Row(at, counts) for name, at, counts in rows},
        dict(gone),
        {reference: Reading(*read) for reference, *read in newest},
    )


def _write(database: sqlite3.Connection, before: Page, after: Page) -> None:
    """What differs; most of the time that is one row."""
    if after.base != before.base:
        database.execute("UPDATE base SET counts = ?", (after.base,))
    for name in before.rows.keys() - after.rows.keys():
        database.execute("DELETE FROM rows WHERE name = ?", (name,))
    for name, row in after.rows.items():
        if before.rows.get(name) != row:
            database.execute("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)", (name, row.written_at, row.counts))
    for name in before.gone.keys() - after.gone.keys():
        database.execute("DELETE FROM gone WHERE name = ?", (name,))
    for name in after.gone.keys() - before.gone.keys():
        database.execute("INSERT INTO gone VALUES (?, ?)", (name, after.gone[name]))
    for reference in before.newest.keys() - after.newest.keys():
        database.execute("DELETE FROM newest WHERE reference = ?", (reference,))
    for reference, read in after.newest.items():
        if before.newest.get(reference) != read:
            values = (reference, read.began_at, read.observed_at, read.counters, read.asked_at)
            database.execute("INSERT OR REPLACE INTO newest VALUES (?, ?, ?, ?, ?)", values)
