"""SQLite: the database's file, its write-ahead log and the pages in it that are free."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db.backends.base.base import BaseDatabaseWrapper

from ...core.bounds import is_inline, remaining_s
from ...core.observation import Json
from ..moments import moment
from .asking import Asking, number, ratio

_WITH_NOOP = (3, 51, 0)
"""From here on `PRAGMA wal_checkpoint(NOOP)` counts; before, it would take NOOP for PASSIVE and checkpoint."""
_FRAME_HEADER = 24
_WAL_HEADER = 32  # bytes, both (sqlite.org/fileformat2.html, "WAL File Format")


class SqliteAsking(Asking):
    """A connection that can't write, not even as it is closed, and that soon gives up on a locked database."""

    @contextmanager
    def reading(self) -> Iterator[None]:
        if is_inline():  # it is its caller's
            yield
            return
        connection = self.connection.connection
        if hasattr(connection, "setconfig") and _has_log(connection):  # from Python 3.12 on
            # The last one to close a log would checkpoint and delete it: a log that a crash left is the site's to see.
            # Where there was none, SQLite makes an empty one to read, and this would keep it from removing that.
            with suppress(sqlite3.Error):
                connection.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)
        connection.execute("PRAGMA query_only = ON")
        connection.execute(f"PRAGMA busy_timeout = {remaining_s() * 1000 / 10:.0f}")
        yield


def asking(connection: BaseDatabaseWrapper) -> Asking:
    return SqliteAsking(connection)


def figures(ask: Asking) -> dict[str, Json]:
    """Seven pragmas and two looks at files: no table is read."""
    told: dict[str, Json] = {"server": {"version": sqlite3.sqlite_version}}
    pages = ask.row(
        "size_bytes",
        "SELECT (SELECT page_size FROM pragma_page_size) AS page_size, (SELECT page_count FROM pragma_page_count) AS"
        " page_count, (SELECT freelist_count FROM pragma_freelist_count) AS free, (SELECT max_page_count FROM"
        " pragma_max_page_count) AS most, (SELECT journal_mode FROM pragma_journal_mode) AS journal_mode,"
        " (SELECT file FROM pragma_database_list WHERE name = 'main') AS file",
    )
    if not pages:
        return told
    page_size = number(pages["page_size"])
    size, limit, free = (int(page_size * number(pages[name])) for name in ("page_count", "most", "free"))
    told |= {
        "size_bytes": size,
        "limit_bytes": limit,
        "used_ratio": ratio(size, limit),
        "pages": pages["page_count"],
        "page_size_bytes": int(page_size),
        "free_list": {"pages": pages["free"], "size_bytes": free, "free_ratio": ratio(free, size)},
        "journal_mode": pages["journal_mode"],
    }
    if file := str(pages["file"] or ""):
        told |= _files(ask, file, int(page_size), is_wal=pages["journal_mode"] == "wal")
    return told


def _files(ask: Asking, file: str, page_size: int, *, is_wal: bool) -> dict[str, Json]:
    # Only ever looked at by `stat`: to open and close one of these files would take from this process the locks that
    # SQLite has on them for the site (sqlite.org/howtocorrupt.html, "Posix advisory locks canceled").
    told: dict[str, Json] = {"file": {"size_bytes": _size(file)}}
    if not is_wal:
        return told
    wal: dict[str, Json] = {"size_bytes": (size := _size(f"{file}-wal"))}
    wal["room_pages"] = max(size - _WAL_HEADER, 0) // (page_size + _FRAME_HEADER)
    if sqlite3.sqlite_version_info >= _WITH_NOOP:
        counted = ask.row("wal", "PRAGMA wal_checkpoint(NOOP)")
        if counted:
            wal["pages"] = counted["log"]
            wal["waiting_pages"] = int(number(counted["log"]) - number(counted["checkpointed"]))
    else:
        ask.unavailable["wal.pages"] = f"needs SQLite 3.51: this is {sqlite3.sqlite_version}"
    told["wal"] = wal
    with suppress(OSError):
        told["checkpoint"] = {
            "last_at": moment(os.stat(file).st_mtime),  # noqa: PTH116 - it may have bytes that no Path takes
            "known_by": "the file's time of change: with a write-ahead log checkpoints alone write to it",
        }
    return told


def _has_log(connection: sqlite3.Connection) -> bool:
    """Whether there is anything in the database's write-ahead log. Asked before anything is read, it opens none."""
    try:
        files = [file for _, name, file in connection.execute("PRAGMA database_list") if name == "main"]
    except sqlite3.Error:  # a name that is no text
        return True
    return any(_size(f"{file}-wal") for file in files if file)


def _size(file: str) -> int:
    try:
        return os.stat(file).st_size  # noqa: PTH116
    except OSError:
        return 0
