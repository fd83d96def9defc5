"""What is told of a SQLite database, each figure beside its pragmas and its files."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import override_settings

from status import observe
from status.providers.databases import sqlite
from status.providers.databases.asking import Asking
from status.providers.django.stats import _readable, databases
from status.testing import inline
from tests.sites import databases as site

ENGINE = "django.db.backends.sqlite3"
HOUR_AGO_S = 3600


@contextmanager
def opened(file: Path, mode: str = "delete") -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("CREATE TABLE IF NOT EXISTS t (a)")
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * 200,)] * 500)
        yield connection


def look(name: object) -> dict[str, Any]:
    with site(main={"ENGINE": ENGINE, "NAME": name}):
        told: dict[str, Any] = databases.look_at("main")
    return told


def test_a_file_with_a_journal(tmp_path: Path) -> None:
    file = tmp_path / "a b?.sqlite3"
    with opened(file) as connection:
        connection.execute("DELETE FROM t WHERE rowid > 100")
        told = look(file)
        pragma = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_size", "page_count", "freelist_count", "journal_mode", "max_page_count")
        }
    assert told["server"] == {"version": sqlite3.sqlite_version}
    assert told["size_bytes"] == file.stat().st_size == told["file"]["size_bytes"]
    assert (told["pages"], told["page_size_bytes"]) == (pragma["page_count"], pragma["page_size"])
    assert told["free_list"] == {
        "pages": pragma["freelist_count"],
        "size_bytes": pragma["freelist_count"] * pragma["page_size"],
        "free_ratio": round(pragma["freelist_count"] / pragma["page_count"], 6),
    }
    assert pragma["freelist_count"] > 0
    assert told["journal_mode"] == pragma["journal_mode"] == "delete"
    assert told["limit_bytes"] == pragma["max_page_count"] * pragma["page_size"]
    assert told["tables"]["total"] == 1
    assert not {"wal", "checkpoint", "unavailable"} & set(told)


def test_a_write_ahead_log_and_its_last_checkpoint(tmp_path: Path) -> None:
    file = tmp_path / "db.sqlite3"
    with opened(file, "wal") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        at = file.stat().st_mtime - HOUR_AGO_S
        os.utime(file, (at, at))
        connection.execute("INSERT INTO t VALUES (1)")
        told = look(file)
        wal = Path(f"{file}-wal").stat().st_size
        assert told["journal_mode"] == "wal"
        assert told["wal"]["size_bytes"] == wal > 0
        assert told["wal"]["room_pages"] == (wal - 32) // (24 + told["page_size_bytes"])
        assert datetime.fromisoformat(told["checkpoint"]["last_at"]).timestamp() == int(at)
        assert "time of change" in told["checkpoint"]["known_by"]
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        after = look(file)["checkpoint"]["last_at"]
        assert datetime.fromisoformat(after).timestamp() >= at + HOUR_AGO_S - 1


def test_looking_changes_no_file_and_leaves_the_sites_locks(tmp_path: Path) -> None:
    """A process that opens and closes one of the files itself would lose the locks that SQLite has on it."""
    file = tmp_path / "db.sqlite3"
    with opened(file, "wal") as connection:
        connection.execute("BEGIN IMMEDIATE")
        look(file)
        other = f"import sqlite3; sqlite3.connect({str(file)!r}, timeout=0).execute('BEGIN IMMEDIATE')"
        assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", other]) != 0
        connection.execute("ROLLBACK")


def test_a_database_that_nobody_has_open_gets_no_log(tmp_path: Path) -> None:
    file = tmp_path / "db.sqlite3"
    with opened(file, "wal"):
        pass
    assert [each.name for each in tmp_path.iterdir()] == ["db.sqlite3"]
    before = file.read_bytes()
    told = look(file)
    assert (told["journal_mode"], told["wal"]["size_bytes"]) == ("wal", 0)
    assert [each.name for each in tmp_path.iterdir()] == ["db.sqlite3"]
    assert file.read_bytes() == before


if sys.version_info >= (3, 12):  # before, Python's sqlite3 can't ask for it

    def test_a_log_that_a_crash_left_is_not_checkpointed(tmp_path: Path) -> None:
        file, crashed = tmp_path / "db.sqlite3", tmp_path / "crashed.sqlite3"
        with opened(file, "wal"):
            for end in ("", "-wal"):
                shutil.copy(f"{file}{end}", f"{crashed}{end}")
        before = crashed.read_bytes(), Path(f"{crashed}-wal").read_bytes()
        told = look(crashed)
        assert told["wal"]["size_bytes"] == len(before[1])
        assert (crashed.read_bytes(), Path(f"{crashed}-wal").read_bytes()) == before


def test_statements_among_the_settings_have_no_literals() -> None:
    options = {"init_command": "PRAGMA key='hunter2'; PRAGMA synchronous=NORMAL;"}
    with site(main={"ENGINE": ENGINE, "NAME": ":memory:", "OPTIONS": options}):
        told: Any = databases.look_at("main")
    assert told["settings"]["OPTIONS"] == {"init_command": "PRAGMA key= ?; PRAGMA synchronous=NORMAL;"}


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"init_command": ["/* 1 */ PRAGMA key=hunter2"]}, {"init_command": ["PRAGMA key= ?"]}),
        ({"at_start": {"first": "SET @x = 'hunter2'"}}, {"at_start": {"first": "SET @x = ?"}}),
        ({"options": "-c statement_timeout=5s"}, {"options": "-c statement_timeout=5s"}),
        ({"charset": "utf8mb4", "set": "set"}, {"charset": "utf8mb4", "set": "set"}),
    ],
)
def test_so_have_those_that_other_backends_may_know(options: dict[str, Any], shown: dict[str, Any]) -> None:
    assert _readable({"NAME": "select 1", "OPTIONS": options}) == {"NAME": "select 1", "OPTIONS": shown}


def test_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "db.sqlite3"
    monkeypatch.setitem(sqlite.__dict__, "figures", lambda ask: ask.row("mine", "DELETE FROM t"))
    with opened(file):
        assert look(file)["unavailable"]["mine"] == "attempt to write a readonly database"


def test_a_database_that_is_locked_says_so_and_is_not_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "db.sqlite3"
    with opened(file) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        told = look(file)
    assert told["unavailable"] == {"size_bytes": "database is locked", "tables": "database is locked"}
    assert told["server"]["version"]


@pytest.mark.parametrize("name", [":memory:", "file:shared?mode=memory&cache=shared"])
def test_a_database_in_memory_has_no_files(name: str) -> None:
    told = look(name)
    assert told["size_bytes"] == 0
    assert told["free_list"]["free_ratio"] is None
    assert not {"file", "wal"} & set(told)


def test_in_a_tests_transaction_it_leaves_the_connection_as_it_was(tmp_path: Path) -> None:
    providers = {"stats": [("databases", "status.providers.django.stats.databases")]}
    entry = {"ENGINE": ENGINE, "NAME": tmp_path / "db.sqlite3"}
    with site(main=entry), override_settings(STATUS_PROVIDERS=providers), inline(), transaction.atomic("main"):
        with connections["main"].cursor() as cursor:
            cursor.execute("CREATE TABLE mine (a)")
            [seen] = observe("stats").observations
            told: Any = seen.components[0].value
            assert told["tables"]["total"] == 1
            cursor.execute("INSERT INTO mine VALUES (1)")
        transaction.set_rollback(True, "main")


def test_newer_versions_count_what_waits_in_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for SQLite 3.51: this one would take the question for another, and checkpoint."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 0))
    row = Asking.row

    def answer(self: Asking, what: str, statement: str, needs: str = "") -> Any:
        if "NOOP" in statement:
            return {"busy": 0, "log": 7, "checkpointed": 3}
        return row(self, what, statement, needs)

    monkeypatch.setattr(Asking, "row", answer)
    with opened(tmp_path / "db.sqlite3", "wal"):
        told = look(tmp_path / "db.sqlite3")
    assert (told["wal"]["pages"], told["wal"]["waiting_pages"]) == (7, 4)
    assert "unavailable" not in told
