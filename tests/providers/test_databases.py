"""Each database on its own connection, with its own deadline, by a real query."""

from __future__ import annotations

import os
import re
import sqlite3
import threading
from pathlib import Path
from time import monotonic
from typing import Any

import psutil
import psycopg
import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test import override_settings

from status import State, observe
from status.core import bounds
from status.core.observation import Observation
from status.core.runner import Runner
from status.engine import engine
from status.providers.databases.connections import _cut, own_connection, own_connections
from status.providers.django.health import databases
from status.providers.django.stats import databases as stats
from status.testing import inline
from tests.servers.mariadb import MariaDB
from tests.servers.postgres import Postgres
from tests.sites import DEADLINE_S
from tests.sites import databases as site
from tests.waiting import wait_until

SQLITE = "django.db.backends.sqlite3"


def look() -> dict[str, Observation]:
    """Alias → what was observed of it."""
    [seen] = observe("health", ["databases"]).observations
    return {part.name: part for part in seen.components}


def sockets_to(port: int) -> list[Any]:
    return [
        each
        for each in psutil.Process().net_connections("tcp")
        if each.raddr and each.raddr.port == port and each.status == psutil.CONN_ESTABLISHED
    ]


# What passes


@pytest.mark.usefixtures("patient")
def test_a_postgresql_that_answers_passes(postgres: Postgres) -> None:
    with site(main=postgres.django_database()):
        assert look()["main"].state is State.PASS


@pytest.mark.usefixtures("patient")
def test_a_mariadb_that_answers_passes(mariadb: MariaDB) -> None:
    with site(main=mariadb.django_database()):
        assert look()["main"].state is State.PASS


@pytest.mark.usefixtures("patient")
def test_an_sqlite_file_passes(tmp_path: Path) -> None:
    file = tmp_path / "a b%c?.sqlite3"  # what a URI must quote
    file.touch()
    with site(main={"ENGINE": SQLITE, "NAME": file}):
        assert look()["main"].state is State.PASS


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("name", [":memory:", "file:shared?mode=memory&cache=shared"])
def test_a_database_in_memory_passes_and_says_so(name: str) -> None:
    with site(main={"ENGINE": SQLITE, "NAME": name}):
        seen = look()["main"]
    assert (seen.state, seen.detail) == (State.PASS, "in memory: each connection has its own")


@pytest.mark.usefixtures("patient")
def test_a_site_without_a_database_has_nothing_to_fail() -> None:
    with site():
        assert look() == {}


# What fails


@pytest.mark.usefixtures("patient")
def test_a_missing_sqlite_file_fails_and_is_not_created(tmp_path: Path) -> None:
    file = tmp_path / "gone.sqlite3"
    with site(main={"ENGINE": SQLITE, "NAME": file}):
        seen = look()["main"]
    assert (seen.state, seen.error) == (State.FAIL, "OperationalError: unable to open database file")
    assert not file.exists()


@pytest.mark.usefixtures("patient")
def test_a_missing_sqlite_file_given_as_a_uri_is_not_created_either(tmp_path: Path) -> None:
    file = tmp_path / "gone.sqlite3"
    with site(main={"ENGINE": SQLITE, "NAME": f"file:{file}"}):
        assert look()["main"].state is State.FAIL
    assert not file.exists()


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    "name",
    [
        "file:{}#part",
        "file:{}?nomode=1",
        "file:{}?mode=rwc",
        "file:{}?m%6Fde=%72wc",
        "file:{}?mode+x=ro",
        "file:{}?",
        "{}?mode=y.db",
        "file:{}?cache=shared",
        "/{}",
    ],
)
def test_however_a_missing_file_is_named_it_is_not_created(name: str, tmp_path: Path) -> None:
    with site(main={"ENGINE": SQLITE, "NAME": name.format(tmp_path / "gone")}):
        assert look()["main"].state is State.FAIL
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    "name", ["file:{}?mode=ro", "file:{}?immutable=1", "file:{}?mode=rwc&cache=private", "file:{}#part", "{}", "/{}"]
)
def test_however_a_file_is_named_it_passes(name: str, tmp_path: Path) -> None:
    (tmp_path / "here").touch()
    with site(main={"ENGINE": SQLITE, "NAME": name.format(tmp_path / "here")}):
        assert look()["main"].state is State.PASS


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("options", ["mode=bogus", "mode=ro&mode=rw"])
def test_a_name_that_sqlite_refuses_to_the_site_fails(options: str, tmp_path: Path) -> None:
    (tmp_path / "here").touch()
    with site(main={"ENGINE": SQLITE, "NAME": f"file:{tmp_path / 'here'}?{options}"}):
        assert "access mode" in str(look()["main"].error)


@pytest.mark.usefixtures("patient")
def test_a_relative_name_is_found_where_the_site_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").touch()
    with site(plain={"ENGINE": SQLITE, "NAME": "here"}, uri={"ENGINE": SQLITE, "NAME": "file:here?cache=private"}):
        assert {part.state for part in look().values()} == {State.PASS}


@pytest.mark.usefixtures("patient")
def test_a_garbage_sqlite_file_fails(tmp_path: Path) -> None:
    file = tmp_path / "garbage.sqlite3"
    file.write_bytes(b"this was never a database" * 100)
    with site(main={"ENGINE": SQLITE, "NAME": file}):
        assert look()["main"].error == "DatabaseError: file is not a database"


@pytest.mark.usefixtures("patient")
def test_one_that_refuses_fails_alone(postgres: Postgres, refused_port: int) -> None:
    gone = postgres.django_database(PORT=str(refused_port))
    with site(main=postgres.django_database(), gone=gone):
        seen = look()
    assert (seen["main"].state, seen["gone"].state) == (State.PASS, State.FAIL)
    assert "refused" in str(seen["gone"].error)


@pytest.mark.usefixtures("patient")
def test_a_wrong_password_fails_and_is_not_told(postgres: Postgres) -> None:
    with site(main=postgres.django_database(PASSWORD="hunter2")):
        seen = look()["main"]
    assert "password authentication failed" in str(seen.error)
    assert "hunter2" not in str(seen.error)


@pytest.mark.usefixtures("patient")
def test_an_engine_that_is_not_installed_fails_alone(postgres: Postgres) -> None:
    oracle = {"ENGINE": "django.db.backends.oracle", "NAME": "x"}
    with site(main=postgres.django_database(), other=oracle):
        seen = look()
        ping = observe("health", ["ping"])
    assert (seen["main"].state, seen["other"].state, ping.state) == (State.PASS, State.FAIL, State.PASS)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("server", ["own_postgres", "own_mariadb"])
def test_a_server_stopped_in_its_tracks_fails_at_the_deadline_and_recovers(
    server: str, request: pytest.FixtureRequest
) -> None:
    running: Any = request.getfixturevalue(server)
    with site(main=running.django_database()):
        wait_until(lambda: look()["main"].state is State.PASS)
        running.stop_in_its_tracks()
        started = monotonic()
        seen = look()["main"]
        assert monotonic() - started < DEADLINE_S + 0.5
        assert (seen.state, seen.error) == (State.FAIL, "no answer in 0.5 s")
        running.resume()
        wait_until(lambda: look()["main"].state is State.PASS, timeout_s=20)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("port", ["silent_port", "unreachable_port"])
@pytest.mark.parametrize("server", ["postgres", "mariadb"])
def test_a_port_that_never_answers_fails_at_the_deadline(
    server: str, port: str, request: pytest.FixtureRequest
) -> None:
    running: Any = request.getfixturevalue(server)
    entry = running.django_database(PORT=str(request.getfixturevalue(port)))
    with site(main=entry):
        started = monotonic()
        assert look()["main"].error == "no answer in 0.5 s"
        assert monotonic() - started < DEADLINE_S + 0.5


@pytest.mark.usefixtures("hurried")
def test_a_query_that_hangs_is_cut_off_at_the_deadline(own_postgres: Postgres) -> None:
    """Connected, then stopped: no timeout of the driver covers that."""
    ended = threading.Event()

    def hang() -> bool:
        try:
            with connections["main"].cursor() as cursor:
                cursor.execute("SELECT 1")
                own_postgres.stop_in_its_tracks()
                cursor.execute("SELECT 2")
        finally:
            ended.set()
        return True

    with site(main=own_postgres.django_database()), override_settings(STATUS_PROVIDERS={"health": [("hang", hang)]}):
        assert observe("health").observations[0].timed_out
        assert ended.wait(5)
        own_postgres.resume()


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("server", "sleep", "running"),
    [
        ("postgres", "SELECT pg_sleep(60)", "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)'"),
        (
            "mariadb",
            "SELECT SLEEP(60)",
            "SELECT count(*) FROM information_schema.processlist WHERE state = 'User sleep'",
        ),
    ],
)
def test_a_slow_query_ends_on_the_server_too(
    server: str, sleep: str, running: str, request: pytest.FixtureRequest
) -> None:
    database: Any = request.getfixturevalue(server)

    def slow() -> bool:
        with connections["main"].cursor() as cursor:
            cursor.execute(sleep)
        return True

    def at_work() -> int:
        return int(database.sql(running).split()[-1])

    with site(main=database.django_database()), override_settings(STATUS_PROVIDERS={"health": [("slow", slow)]}):
        assert observe("health").observations[0].timed_out
        for _ in range(5):
            observe("health")
        assert at_work() <= 3
        wait_until(lambda: at_work() == 0, timeout_s=10)


@pytest.mark.usefixtures("hurried")
def test_with_an_older_libpq_the_query_is_cut_off_without_asking_the_server(
    own_postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There psycopg would ask with the GIL held, for as long as the server is stopped."""
    monkeypatch.setattr("status.providers.databases.connections._can_cancel", lambda: False)
    ended = threading.Event()

    def slow() -> bool:
        try:
            with connections["main"].cursor() as cursor:
                cursor.execute("SELECT pg_sleep(20)")
        finally:
            ended.set()
        return True

    entry = own_postgres.django_database()
    with site(main=entry), override_settings(STATUS_PROVIDERS={"health": [("slow", slow)]}):
        assert observe("health").observations[0].timed_out
        assert ended.wait(5)


def assert_a_cut_ends_the_connection(postgres: Postgres) -> None:
    with site(main=postgres.django_database()):
        wrapper = own_connection("main")
        with wrapper.cursor() as cursor:
            assert _cut(wrapper)
            with pytest.raises(OperationalError):
                cursor.execute("SELECT 1")
        wrapper.close()


def test_an_older_libpq_is_never_asked_to_cancel(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psycopg.capabilities, "has_cancel_safe", lambda: False)
    monkeypatch.setattr(psycopg.Connection, "cancel_safe", lambda self, **kwargs: pytest.fail("cancelled"))
    monkeypatch.setattr(
        "status.providers.databases.connections.start_daemon", lambda *args: pytest.fail("cancelled aside")
    )
    assert_a_cut_ends_the_connection(postgres)


def test_without_a_thread_to_cancel_in_the_connection_is_cut_all_the_same(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(*args: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("status.providers.databases.connections.start_daemon", no_more)
    assert_a_cut_ends_the_connection(postgres)


@pytest.mark.usefixtures("hurried")
def test_a_run_found_overdue_while_connecting_is_cut_off_once_it_is_connected(own_postgres: Postgres) -> None:
    ended = threading.Event()

    def slow() -> bool:
        try:
            with connections["main"].cursor() as cursor:
                cursor.execute("SELECT pg_sleep(600)")
        finally:
            ended.set()
        return True

    entry = own_postgres.django_database()
    with site(main=entry), override_settings(STATUS_PROVIDERS={"health": [("slow", slow)]}):
        own_postgres.stop_in_its_tracks()
        assert observe("health").observations[0].timed_out
        own_postgres.resume()
        assert wait_until(lambda: observe("health") and ended.is_set(), timeout_s=10)


def test_a_statement_of_sqlite_is_cut_off_that_began_after_the_first_cut() -> None:
    long = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000000) SELECT max(x) FROM n"
    run = bounds.Bounds(0.0)
    token = bounds.current.set(run)
    over = threading.Event()

    def cut_again() -> bool:
        run.cut()
        return over.is_set()

    with site(main={"ENGINE": SQLITE, "NAME": ":memory:"}), own_connections():
        bounds.current.reset(token)
        connections["main"].ensure_connection()
        run.cut()  # nothing runs
        cutting = threading.Thread(target=wait_until, args=(cut_again, 10.0))
        cutting.start()
        try:
            with pytest.raises(OperationalError, match="interrupted"), connections["main"].cursor() as cursor:
                cursor.execute(long)
        finally:
            over.set()
            cutting.join()


@pytest.mark.usefixtures("hurried")
def test_a_descriptor_is_not_closed_while_it_is_being_cut(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed, its number may be that of the site's next socket, which would be shut down in its place."""
    overdue, taking_back, open_still = threading.Event(), threading.Event(), []
    remove, dup = bounds.Bounds.remove, os.dup

    def late() -> bool:
        with connections["main"].cursor() as cursor:
            cursor.execute("SELECT 1")
        return overdue.wait(20)

    def remove_after_telling(self: bounds.Bounds, cut: Any) -> None:
        taking_back.set()
        remove(self, cut)

    def dup_late(descriptor: int) -> int:
        overdue.set()
        open_still.append(taking_back.wait(20) and Path(f"/proc/self/fd/{descriptor}").exists())
        return dup(descriptor)

    monkeypatch.setattr(bounds.Bounds, "remove", remove_after_telling)
    monkeypatch.setattr("status.providers.databases.connections.os.dup", dup_late)
    with site(main=postgres.django_database()), override_settings(STATUS_PROVIDERS={"health": [("late", late)]}):
        assert observe("health").observations[0].timed_out
        wait_until(lambda: open_still)
    assert open_still == [True]


# Its own connection


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("server", ["postgres", "mariadb"])
def test_it_leaves_no_connection_behind(server: str, request: pytest.FixtureRequest) -> None:
    running: Any = request.getfixturevalue(server)
    with site(main=running.django_database()):
        for _ in range(10):
            assert look()["main"].state is State.PASS
        wait_until(lambda: not sockets_to(running.port))


@pytest.mark.usefixtures("patient")
def test_the_requests_connection_and_transaction_are_not_used(postgres: Postgres) -> None:
    with site(main=postgres.django_database()), transaction.atomic(using="main"):
        with connections["main"].cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            [mine] = cursor.fetchone()
        asked: list[int] = []

        def whose() -> bool:
            with connections["main"].cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                asked.extend(cursor.fetchone())
            return True

        with override_settings(STATUS_PROVIDERS={"health": [("whose", whose)]}):
            assert observe("health").state is State.PASS
    assert asked
    assert mine not in asked


@pytest.mark.usefixtures("patient")
def test_an_alias_with_a_pool_is_checked_beside_the_pool(postgres: Postgres) -> None:
    entry = postgres.django_database(OPTIONS={"pool": {"min_size": 1, "max_size": 1, "timeout": 0.5}})
    with site(main=entry):
        try:
            connections["main"].ensure_connection()  # takes the pool's only connection
            pool: Any = connections["main"].pool  # type: ignore[attr-defined]
            assert look()["main"].state is State.PASS
            assert pool.get_stats()["requests_num"] == 1
        finally:
            connections["main"].close()
            connections["main"].close_pool()  # type: ignore[attr-defined]


@pytest.mark.usefixtures("patient")
def test_a_run_costs_the_server_at_most_three_transactions(own_postgres: Postgres) -> None:
    def transactions() -> int:
        counted = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'status'"
        return int(own_postgres.sql("SELECT pg_stat_force_next_flush()", counted).split()[-1])

    with site(main=own_postgres.django_database()):
        look()
        before = wait_until(transactions)
        for _ in range(10):
            look()
        wait_until(lambda: transactions() >= before + 10)
        assert transactions() - before <= 30


@pytest.mark.usefixtures("patient")
def test_a_server_behind_a_transaction_pooler_is_asked_nothing_that_stays(postgres: Postgres) -> None:
    """A timeout set for the session would be the next client's; LOCAL ends with the transaction."""
    from status.providers.databases.reply import _question

    with site(main=postgres.django_database()), connections["main"].cursor() as cursor:
        cursor.execute(_question(connections["main"]))
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_what_is_closed_is_not_cut_off_any_more(tmp_path: Path) -> None:
    """Its descriptor may be the site's the next moment."""
    (tmp_path / "here").touch()
    run = bounds.Bounds(0.0)
    token = bounds.current.set(run)
    try:
        with site(main={"ENGINE": SQLITE, "NAME": tmp_path / "here"}), own_connections():
            assert len(run._cuts) == 1
        assert not run._cuts
    finally:
        bounds.current.reset(token)


def test_a_database_in_memory_is_closed_too() -> None:
    """Django itself leaves it open, so as not to lose it; that of a check is nobody's."""
    with site(main={"ENGINE": SQLITE, "NAME": ":memory:"}), own_connections():
        connections["main"].ensure_connection()
        raw = connections["main"].connection
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        raw.execute("SELECT 1")


# Called directly, and inline


def test_called_as_a_function_it_returns_the_whole_mapping(tmp_path: Path) -> None:
    (tmp_path / "here").touch()
    entries = {name: {"ENGINE": SQLITE, "NAME": tmp_path / name} for name in ("here", "gone")}
    with site(**entries):
        assert databases() == {"here": True, "gone": False}


def test_it_can_be_asked_for_some_aliases(tmp_path: Path) -> None:
    with site(one={"ENGINE": SQLITE, "NAME": ":memory:"}, two={"ENGINE": SQLITE, "NAME": ":memory:"}):
        assert list(databases(aliases=["two"])) == ["two"]


@pytest.mark.parametrize(
    ("aliases", "said"),
    [
        (["nope"], r"DATABASES has no 'nope' \(it has: default\)"),
        ("default", "aliases is a list of texts, not a str"),
        ([], "aliases names none: a check of nothing would always pass"),
    ],
)
@pytest.mark.parametrize("provider", [databases, stats])
def test_a_wrong_alias_is_named(provider: Any, aliases: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        provider.names(aliases=aliases)


@pytest.mark.django_db
def test_inline_it_uses_the_tests_own_connection() -> None:
    with inline():
        report = observe("health", ["databases"])
    assert report.state is State.PASS
    assert connection.in_atomic_block


def test_the_engine_of_a_process_is_a_runner() -> None:
    assert isinstance(engine().runner, Runner)


# Stats


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("server", ["postgres", "mariadb"])
def test_stats_have_the_keys_of_2x_and_no_password(server: str, request: pytest.FixtureRequest) -> None:
    running: Any = request.getfixturevalue(server)
    with site(main=running.django_database()):
        [seen] = observe("stats", ["databases"]).observations
    [main] = seen.components
    assert isinstance(main.value, dict)
    assert set(main.value) >= {
        "vendor",
        "is_usable",
        "allow_thread_sharing",
        "autocommit",
        "commit_on_exit",
        "in_atomic_block",
        "settings",
    }
    assert (main.value["vendor"], main.value["is_usable"]) == (
        "postgresql" if server == "postgres" else "mysql",
        True,
    )
    settings = main.value["settings"]
    assert isinstance(settings, dict)
    assert not {"USER", "PASSWORD"} & set(settings)
    assert not re.search(running.PASSWORD, str(main.value))


@pytest.mark.usefixtures("patient")
def test_stats_show_objects_in_options_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "db").touch()
    options = {"factory": sqlite3.Connection, "uri": True, "password": "hunter2"}
    with site(main={"ENGINE": SQLITE, "NAME": tmp_path / "db", "OPTIONS": {"factory": options["factory"]}}):
        [seen] = observe("stats", ["databases"]).observations
    value: Any = seen.components[0].value
    assert value["settings"]["OPTIONS"] == {"factory": "Connection"}
