"""What is told of a PostgreSQL database, each figure beside what its own views say over a second connection."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from time import monotonic
from typing import Any, cast

import psycopg
import pytest
from django.db import connections, transaction
from django.test import override_settings

from status import State, observe
from status.providers.databases.postgresql.server import WRAPAROUND
from status.providers.django.stats import databases
from status.testing import inline
from tests.conftest import started
from tests.servers.postgres import DebianPostgres, Postgres, PostgresStandby
from tests.servers.process import running
from tests.sites import databases as site
from tests.waiting import wait_until

OF_2X = {
    "vendor",
    "is_usable",
    "allow_thread_sharing",
    "autocommit",
    "commit_on_exit",
    "in_atomic_block",
    "settings",
}
SHOP = """
CREATE TABLE orders (id bigserial PRIMARY KEY, customer int, note text);
CREATE INDEX orders_customer ON orders (customer);
CREATE INDEX orders_customer_again ON orders (customer);
CREATE INDEX orders_customer_note ON orders (customer, note);
CREATE INDEX orders_like ON orders (note text_pattern_ops);
CREATE INDEX orders_some ON orders (customer) WHERE customer > 5;
CREATE INDEX orders_some_again ON orders (customer) WHERE customer > 5;
CREATE INDEX orders_lower ON orders (lower(note));
CREATE INDEX orders_lower_again ON orders (lower(note));
CREATE UNIQUE INDEX orders_unique ON orders (id, customer);
INSERT INTO orders (customer, note) SELECT n % 50, 'note ' || n FROM generate_series(1, 20000) n;
VACUUM ANALYZE orders;
DELETE FROM orders WHERE id <= 2000;
CREATE TABLE small (id int PRIMARY KEY);
INSERT INTO small VALUES (1), (2);
CREATE TABLE twice (a int);
INSERT INTO twice VALUES (1), (1);
CREATE SCHEMA other;
CREATE TABLE other.elsewhere (a int);
GRANT ALL ON ALL TABLES IN SCHEMA public, other TO app;
GRANT USAGE ON SCHEMA other TO app;
"""


@pytest.fixture(scope="module")
def shop() -> Iterator[Postgres]:
    """A server of this module's own, with a shop in it."""
    with started(Postgres) as server:
        for statement in SHOP.split(";\n"):
            server.sql(statement, database="status")
        # It can't succeed, and leaves an index that is not valid.
        with pytest.raises(Exception, match="could not create unique index"):
            server.sql("CREATE UNIQUE INDEX CONCURRENTLY twice_a ON twice (a)", database="status")
        yield server


@contextmanager
def session(server: Postgres, user: str = "postgres", **options: Any) -> Iterator[psycopg.Connection[Any]]:
    """A second connection, as psql's."""
    address: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port,
        "dbname": "status",
        "password": server.PASSWORD,
    }
    with psycopg.connect(**address, user=user, **options) as connection:
        yield connection


def ask(server: Postgres, statement: str) -> Any:
    with session(server, autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
        assert row is not None
        return row[0] if len(row) == 1 else row


def nobody_else(server: Postgres) -> None:
    """A server ends a session a moment after its client has closed it."""
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    wait_until(lambda: ask(server, sessions) == 1)


def look(server: Postgres, **overrides: Any) -> dict[str, Any]:
    """What is told to a superuser, or as `overrides` say."""
    with site(main=server.django_database(**{"USER": "postgres", **overrides})):
        told: dict[str, Any] = databases.look_at("main")
    return told


def look_among(server: Postgres, sessions: int, **overrides: Any) -> dict[str, Any]:
    """What is told once there are so many sessions, ours among them: those of the last look end a moment after it."""

    def told() -> dict[str, Any] | None:
        seen = look(server, **overrides)
        return seen if seen["connections"]["total"] == sessions else None

    return cast("dict[str, Any]", wait_until(told))


# Beside psql's views


def test_all_of_2x_is_there_and_all_of_it_as_it_was(shop: Postgres) -> None:
    told = look(shop)
    assert set(told) >= OF_2X
    flags = [told[name] for name in sorted(OF_2X - {"vendor", "settings"})]
    assert flags == [False, True, True, False, True]
    assert told["settings"]["NAME"] == "status"
    assert not {"USER", "PASSWORD"} & set(told["settings"])


def test_the_server(shop: Postgres) -> None:
    told = look(shop)
    server = told["server"]
    assert server["version"] == ask(shop, "SHOW server_version")
    since = ask(shop, "SELECT pg_postmaster_start_time()")
    assert abs(datetime.fromisoformat(server["started_at"]) - since).total_seconds() < 1
    assert 0 < server["uptime_s"] <= ask(shop, "SELECT extract(epoch FROM now() - pg_postmaster_start_time())::float")
    assert server["in_recovery"] is False
    assert told["size_bytes"] == ask(shop, "SELECT pg_database_size('status')")
    timed, requested = ask(shop, "SELECT num_timed, num_requested FROM pg_stat_checkpointer")
    assert told["checkpoints"] == {"timed": timed, "requested": requested}


def test_transactions_and_hits(shop: Postgres) -> None:
    counters = "SELECT xact_commit, xact_rollback, deadlocks, blks_hit, blks_read FROM pg_stat_database"
    before = ask(shop, f"{counters} WHERE datname = 'status'")
    told = look(shop)
    after = ask(shop, f"{counters} WHERE datname = 'status'")
    for name, least, most in zip(("commits", "rollbacks", "deadlocks"), before, after, strict=False):
        assert least <= told["transactions"][name] <= most
    ratios = [hit / (hit + read) for hit, read in (before[3:], after[3:])]
    assert min(ratios) - 0.001 <= told["cache"]["hit_ratio"] <= max(ratios) + 0.001
    of_indexes = "SELECT sum(idx_blks_hit)::float / sum(idx_blks_hit + idx_blks_read) FROM pg_statio_user_indexes"
    assert told["cache"]["index_hit_ratio"] == pytest.approx(ask(shop, of_indexes), abs=1e-5)


def test_a_rollback_and_a_deadlock_are_counted(shop: Postgres) -> None:
    before = look(shop)["transactions"]
    with session(shop) as one, session(shop) as other:
        one.execute("SELECT FROM small WHERE id = 1 FOR UPDATE")
        other.execute("SELECT FROM small WHERE id = 2 FOR UPDATE")
        failed: list[BaseException] = []

        def lock(connection: psycopg.Connection[Any], key: int) -> None:
            try:
                connection.execute("SELECT FROM small WHERE id = %s FOR UPDATE", [key])
            except psycopg.errors.DeadlockDetected as error:
                failed.append(error)
                connection.rollback()

        threads = [threading.Thread(target=lock, args=pair) for pair in ((one, 2), (other, 1))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(failed) == 1
    wait_until(lambda: look(shop)["transactions"]["deadlocks"] == before["deadlocks"] + 1)
    assert look(shop)["transactions"]["rollbacks"] > before["rollbacks"]


def test_sessions_by_state_against_the_limit(shop: Postgres) -> None:
    with session(shop), session(shop) as open_one:
        open_one.execute("SELECT 1")
        told = look_among(shop, 3)["connections"]
        assert told["limit"] == int(ask(shop, "SHOW max_connections"))
        assert told["reserved"] == 3
        assert told["by_state"] == {"active": 1, "idle": 1, "idle_in_transaction": 1}
        assert told["total"] == 3
        assert told["used_ratio"] == 3 / told["limit"]
        assert told["in_database"] == {"total": 3}


def test_a_limit_of_the_database_is_told_beside_its_sessions(shop: Postgres) -> None:
    shop.sql("ALTER DATABASE status CONNECTION LIMIT 7")
    try:
        assert look_among(shop, 1)["connections"]["in_database"] == {
            "total": 1,
            "limit": 7,
            "used_ratio": round(1 / 7, 6),
        }
    finally:
        shop.sql("ALTER DATABASE status CONNECTION LIMIT -1")


def test_the_oldest_transaction_and_statement_without_their_literals(shop: Postgres) -> None:
    assert look(shop)["oldest"] == {"transaction_age_s": None, "query_age_s": None}
    with session(shop) as idle, session(shop) as busy:
        idle.execute("SELECT 'hunter2' AS /* a secret */ word")

        def sleep() -> None:
            with suppress(psycopg.errors.QueryCanceled):
                busy.execute("SELECT pg_sleep(30), 'hunter2'")

        thread = threading.Thread(target=sleep)
        thread.start()
        try:
            pids = idle.info.backend_pid, busy.info.backend_pid
            wait_until(lambda: look(shop)["oldest"]["query_age_s"])
            oldest = look(shop)["oldest"]
            since = (
                "SELECT extract(epoch FROM clock_timestamp() - xact_start)::float FROM pg_stat_activity WHERE pid = "
            )
            assert 0 < oldest["transaction_age_s"] <= ask(shop, f"{since}{pids[0]}")
            assert (oldest["transaction_pid"], oldest["query_pid"]) == pids
            assert oldest["transaction_state"] == "idle_in_transaction"
            assert oldest["transaction_statement"] == "SELECT ? AS word"
            assert oldest["query_statement"] == "SELECT pg_sleep(?), ?"
        finally:
            busy.cancel_safe()
            thread.join()


def test_a_prepared_transaction_that_was_forgotten(own_postgres: Postgres) -> None:
    own_postgres.arguments = ("-c", "max_prepared_transactions=2")
    own_postgres.restart()
    with session(own_postgres, autocommit=True) as connection:
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE t (a int)")
        connection.execute("PREPARE TRANSACTION 'forgotten'")
    told = look(own_postgres)["oldest"]
    assert (
        0
        < told["prepared_age_s"]
        <= ask(own_postgres, "SELECT extract(epoch FROM clock_timestamp() - prepared)::float FROM pg_prepared_xacts")
    )


def test_who_waits_for_whom(shop: Postgres) -> None:
    assert look(shop)["locks"] == {"waiting": 0, "blocked": []}
    with session(shop) as holds, session(shop) as first, session(shop) as second:
        holds.execute("UPDATE small SET id = id WHERE id = 1")
        threads = [
            threading.Thread(target=first.execute, args=("UPDATE small SET id = id WHERE id = 1",)),
            threading.Thread(target=second.execute, args=("TRUNCATE small",)),
        ]
        threads[0].start()
        wait_until(lambda: look(shop)["locks"]["waiting"] == 1)
        threads[1].start()
        wait_until(lambda: look(shop)["locks"]["waiting"] == 2)
        told = look(shop)["locks"]
        pids = [each.info.backend_pid for each in (holds, first, second)]
        truth = {pid: ask(shop, f"SELECT pg_blocking_pids({pid})") for pid in pids[1:]}
        since = {pid: ask(shop, f"SELECT min(waitstart) FROM pg_locks WHERE pid = {pid}") for pid in pids[1:]}
        now = ask(shop, "SELECT clock_timestamp()")
        holds.rollback()
        threads[0].join()
        first.rollback()
        threads[1].join()
        second.rollback()
    row, table = told["blocked"]
    assert [row["pid"], table["pid"]] == pids[1:]
    assert (row["lock"], row["mode"], row["relation"]) == ("transactionid", "ShareLock", "small")
    assert (table["lock"], table["mode"], table["relation"]) == ("relation", "AccessExclusiveLock", "small")
    for each in (row, table):
        assert each["blocked_by"] == sorted(truth[each["pid"]])
        assert 0 <= each["waits_s"] <= (now - since[each["pid"]]).total_seconds()


def test_how_far_the_wraparound_is(shop: Postgres) -> None:
    told = look(shop)["wraparound"]
    database, age = ask(shop, "SELECT datname, age(datfrozenxid) FROM pg_database ORDER BY 2 DESC, 1 LIMIT 1")
    assert abs(told["age"] - age) <= 5
    assert told["limit"] == WRAPAROUND
    assert told["used_ratio"] == pytest.approx(told["age"] / WRAPAROUND, abs=1e-6)
    assert told["database"] in ("postgres", "template0", "template1", "status", database)


def test_the_largest_tables(shop: Postgres) -> None:
    first, *others = look(shop)["largest_tables"]
    assert {table["table"] for table in others} >= {"small", "twice", "other.elsewhere"}
    assert first["table"] == "orders"
    assert first["size_bytes"] == ask(shop, "SELECT pg_total_relation_size('orders')")
    assert first["index_bytes"] == ask(shop, "SELECT pg_indexes_size('orders')")
    rows, dead, vacuum, analyze = ask(
        shop,
        "SELECT n_live_tup, n_dead_tup, last_vacuum, last_analyze FROM pg_stat_user_tables WHERE relname = 'orders'",
    )
    assert (first["rows"], first["dead_rows"]) == (rows, dead) == (18000, 2000)
    assert first["dead_ratio"] == 0.1
    for told, truth in ((first["last_vacuum_at"], vacuum), (first["last_analyze_at"], analyze)):
        assert abs(datetime.fromisoformat(told) - truth).total_seconds() < 1
    assert others[-1]["last_vacuum_at"] is None


def test_the_indexes_that_can_be_spared(shop: Postgres) -> None:
    told = look(shop)["indexes"]
    assert told["total"] == ask(shop, "SELECT count(*) FROM pg_stat_user_indexes")
    assert {(each["index"], each["covered_by"]) for each in told["duplicate"]} == {
        ("orders_customer", "orders_customer_note"),
        ("orders_customer_again", "orders_customer"),
        ("orders_some_again", "orders_some"),
        ("orders_lower_again", "orders_lower"),
    } or {(each["index"], each["covered_by"]) for each in told["duplicate"]} == {
        ("orders_customer", "orders_customer_note"),
        ("orders_customer_again", "orders_customer_note"),
        ("orders_some_again", "orders_some"),
        ("orders_lower_again", "orders_lower"),
    }
    assert told["duplicate_total"] == 4
    unused = "SELECT count(*) FROM pg_stat_user_indexes JOIN pg_index USING (indexrelid) WHERE idx_scan = 0"
    assert told["unused_total"] == ask(shop, f"{unused} AND indisvalid AND NOT indisunique")
    assert "orders_like" in {each["index"] for each in told["unused"]}
    assert "orders_unique" not in {each["index"] for each in told["unused"]}
    for each in told["unused"] + told["duplicate"]:
        assert each["size_bytes"] == ask(shop, f"SELECT pg_relation_size('{each['index']}')")
    assert [(each["index"], each["table"]) for each in told["invalid"]] == [("twice_a", "twice")]
    assert told["invalid_total"] == 1


def test_an_index_that_was_used_is_not_among_the_unused(shop: Postgres) -> None:
    with session(shop, autocommit=True) as connection:
        connection.execute("SET enable_seqscan = off")
        connection.execute("SELECT count(*) FROM orders WHERE note LIKE 'note 7%'")
    wait_until(lambda: "orders_like" not in {each["index"] for each in look(shop)["indexes"]["unused"]})


def test_a_standby_its_slot_and_its_own_word(own_postgres: Postgres) -> None:
    with running(PostgresStandby(own_postgres)) as standby:
        wait_until(lambda: look(own_postgres)["replication"]["standbys"])
        own_postgres.sql("CREATE TABLE t (a int)", "CHECKPOINT", database="status")
        wait_until(lambda: look(own_postgres)["replication"]["standbys"][0]["lag_bytes"] == 0)
        told = look(own_postgres)["replication"]
        assert told["standbys"] == [
            {"name": "walreceiver", "state": "streaming", "sync": "async", "lag_bytes": 0, "lag_s": 0}
        ]
        [slot] = told["slots"]
        assert (slot["name"], slot["active"], slot["type"]) == ("standby", True, "physical")
        assert "replay" not in told
        behind = look(standby)
        assert behind["server"]["in_recovery"] is True
        assert behind["replication"]["replay"] == {"state": "replaying", "lag_bytes": 0, "lag_s": 0}
        standby.sql("SELECT pg_wal_replay_pause()")
        own_postgres.sql("INSERT INTO t SELECT generate_series(1, 1000)", database="status")
        wait_until(lambda: look(standby)["replication"]["replay"]["lag_bytes"] > 0)
        replay = look(standby)["replication"]["replay"]
        assert replay["state"] == "paused"
        assert replay["lag_s"] > 0
        lag = look(own_postgres)["replication"]["standbys"][0]
        truth = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::int FROM pg_stat_replication"
        assert lag["lag_bytes"] == ask(own_postgres, truth) > 0
    wait_until(lambda: not look(own_postgres)["replication"]["standbys"])
    own_postgres.sql("INSERT INTO t SELECT generate_series(1, 1000)", database="status")
    own_postgres.sql("ALTER SYSTEM SET max_slot_wal_keep_size = '100MB'", "SELECT pg_reload_conf()")
    wait_until(lambda: "limit_bytes" in look(own_postgres)["replication"]["slots"][0])
    [slot] = look(own_postgres)["replication"]["slots"]
    truth = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::int FROM pg_replication_slots"
    assert slot["retained_bytes"] == ask(own_postgres, truth)
    assert (slot["active"], slot["limit_bytes"]) == (False, 100 * 1024**2)
    assert slot["used_ratio"] == pytest.approx(slot["retained_bytes"] / slot["limit_bytes"], abs=1e-6)


# Of Debian: an older version, with pg_stat_statements


@pytest.fixture(scope="module")
def debian() -> Iterator[DebianPostgres]:
    with ExitStack() as stack:
        server = stack.enter_context(started_with(DebianPostgres, "-c", "shared_preload_libraries=pg_stat_statements"))
        server.sql(
            'CREATE SCHEMA "Kept Here"', 'CREATE EXTENSION pg_stat_statements SCHEMA "Kept Here"', database="status"
        )
        yield server


@contextmanager
def started_with(kind: type[DebianPostgres], *arguments: str) -> Iterator[DebianPostgres]:
    with started(kind) as server:
        server.arguments = arguments
        server.restart()
        yield server


def test_an_older_version_tells_the_same(debian: DebianPostgres) -> None:
    told = look(debian)
    assert "unavailable" not in told
    assert set(told) > OF_2X | {"server", "connections", "locks", "checkpoints", "wraparound", "indexes"}
    timed, requested = ask(debian, "SELECT checkpoints_timed, checkpoints_req FROM pg_stat_bgwriter")
    assert told["checkpoints"] == {"timed": timed, "requested": requested}


def test_the_slowest_statements_without_their_literals(debian: DebianPostgres) -> None:
    with session(debian, autocommit=True) as connection:
        for _ in range(3):
            connection.execute("SELECT pg_sleep(0.05), 'hunter2'")
        connection.execute("DO $$ BEGIN PERFORM pg_sleep(0.2), 'hunter2'; END $$")
        connection.execute("COMMENT ON SCHEMA public IS 'hunter2'")
    told = look(debian)
    assert "hunter2" not in str(told)
    slowest = {each["statement"]: each for each in told["slowest_statements"]}
    sleep = slowest["SELECT pg_sleep($1), $2"]
    calls, mean, total, rows = ask(
        debian,
        'SELECT calls, mean_exec_time, total_exec_time, rows FROM "Kept Here".pg_stat_statements'
        " WHERE query LIKE 'SELECT pg_sleep%'",
    )
    assert (sleep["calls"], sleep["rows"]) == (calls, rows) == (3, 3)
    assert sleep["mean_ms"] == pytest.approx(mean, abs=0.001)
    assert sleep["total_ms"] == pytest.approx(total, abs=0.001)
    assert 0 < sleep["time_ratio"] <= 1
    assert slowest["DO ?"]["mean_ms"] > sleep["mean_ms"]
    for kind, by in (("slowest", "mean_ms"), ("busiest", "total_ms")):
        order = [each[by] for each in told[f"{kind}_statements"]]
        assert order == sorted(order, reverse=True)


def test_who_may_not_see_others_statements_sees_none_of_their_text(debian: DebianPostgres) -> None:
    debian.sql('GRANT USAGE ON SCHEMA "Kept Here" TO app', database="status")
    with session(debian, autocommit=True) as connection:
        connection.execute("SELECT pg_sleep(0.1) AS of_a_superuser")
    told = look(debian, USER="app")
    assert "of_a_superuser" not in str(told)
    assert None in {each["statement"] for each in told["slowest_statements"]}
    reason = "needs pg_read_all_stats: those of other roles are hidden"
    assert told["unavailable"]["slowest_statements.statement"] == reason


def test_an_extension_that_is_not_loaded_says_so(own_debian: DebianPostgres) -> None:
    own_debian.sql("CREATE EXTENSION pg_stat_statements", database="status")
    told = look(own_debian)
    assert "shared_preload_libraries" in told["unavailable"]["slowest_statements"]
    assert "slowest_statements" not in told
    assert told["apps"] == {}


@pytest.fixture
def own_debian() -> Iterator[DebianPostgres]:
    with started(DebianPostgres) as server:
        yield server


# What is missing


def test_without_the_extension_that_alone_is_missing(shop: Postgres) -> None:
    told = look(shop)
    assert told["unavailable"] == {
        "slowest_statements": "needs pg_stat_statements: the extension is not in this database"
    }


def test_a_role_without_privileges_says_what_it_can_not_see(shop: Postgres) -> None:
    with session(shop) as other:
        other.execute("SELECT 'of another role'")
        told = look_among(shop, 2, USER="app")
    hidden = "needs pg_read_all_stats: sessions of other roles are hidden"
    assert told["unavailable"] == {
        "connections.by_state": hidden,
        "oldest": hidden,
        "slowest_statements": "needs pg_stat_statements: the extension is not in this database",
    }
    assert told["connections"]["total"] == 2
    assert told["connections"]["by_state"] == {"active": 1, "hidden": 1}
    assert told["size_bytes"] > 0
    assert told["largest_tables"][0]["table"] == "orders"
    assert told["locks"] == {"waiting": 0, "blocked": []}


def test_a_role_that_is_refused_a_view_is_told_the_rest(own_postgres: Postgres) -> None:
    own_postgres.sql("REVOKE SELECT ON pg_locks, pg_stat_replication FROM PUBLIC", database="status")
    told = look(own_postgres, USER="app")
    assert "permission denied for view pg_locks" in told["unavailable"]["locks"]
    assert "permission denied" in told["unavailable"]["replication"]
    assert "locks" not in told
    assert told["size_bytes"] > 0
    assert told["migrations"]["count"] > 0


def test_a_table_that_is_locked_is_estimated_and_not_waited_for(shop: Postgres) -> None:
    with session(shop) as holds:
        holds.execute("LOCK orders")
        begun = monotonic()
        told = look(shop)
        assert monotonic() - begun < 20
    first = told["largest_tables"][0]
    assert first["table"] == "orders"
    assert first["index_bytes"] is None
    assert told["unavailable"]["largest_tables.size_bytes"].startswith("a table is locked")
    assert told["indexes"]["duplicate_total"] <= 4


def test_a_question_that_takes_too_long_leaves_the_others(shop: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    from status.providers.databases.postgresql import locks, replication

    monkeypatch.setattr(locks, "_STATEMENT", "SELECT pg_sleep(60)")
    monkeypatch.setattr(replication, "_STATEMENT", "SELECT nonsense")
    begun = monotonic()
    told = look(shop)
    assert monotonic() - begun < 20
    assert told["unavailable"]["locks"] == "no answer in 0.67 s"
    assert told["unavailable"]["replication"] == 'column "nonsense" does not exist'
    assert told["indexes"]["total"] > 0


def test_a_connection_lost_on_the_way_fails(shop: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    from status.providers.databases.postgresql import locks

    monkeypatch.setattr(locks, "_STATEMENT", "SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(Exception, match="terminating connection"):
        look(shop)


def test_a_server_that_answers_nothing_leaves_what_2x_told(shop: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    from status.providers.databases.postgresql import asking

    monkeypatch.setattr(asking, "_BOUND", "SELECT nonsense; ")
    told = look(shop)
    assert set(told) == OF_2X | {"unavailable"}
    assert set(told["unavailable"].values()) == {'column "nonsense" does not exist'}
    assert {"server", "connections", "oldest", "locks", "largest_tables", "indexes"} < set(told["unavailable"])


@pytest.mark.usefixtures("hurried")
def test_one_that_is_stopped_or_refuses_fails_alone(own_postgres: Postgres, refused_port: int) -> None:
    providers = {"stats": [("databases", "status.providers.django.stats.databases")]}
    gone = own_postgres.django_database(PORT=str(refused_port))
    entries = {"main": own_postgres.django_database(), "gone": gone}
    with site(**entries), override_settings(STATUS_PROVIDERS=providers):

        def seen() -> dict[str, Any]:
            return {part.name: part for part in observe("stats").observations[0].components}

        wait_until(lambda: seen()["main"].error is None, timeout_s=20)
        own_postgres.stop_in_its_tracks()
        begun = monotonic()
        found = seen()
        assert monotonic() - begun < 5
        assert found["main"].error == "no answer in 0.5 s"
        assert "refused" in str(found["gone"].error)
        own_postgres.resume()
        wait_until(lambda: seen()["main"].error is None, timeout_s=20)


# Its own connection


@pytest.mark.usefixtures("patient")
def test_nothing_can_be_written_and_nothing_stays(shop: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    from status.providers.databases.postgresql import locks

    monkeypatch.setattr(locks, "_STATEMENT", "DELETE FROM small RETURNING id")
    told = look(shop)
    assert told["unavailable"]["locks"] == "cannot execute DELETE in a read-only transaction"
    assert ask(shop, "SELECT count(*) FROM small") == 2
    nobody_else(shop)


@pytest.mark.usefixtures("patient")
def test_it_is_one_transaction_on_one_connection(own_postgres: Postgres) -> None:
    def counted() -> tuple[int, int]:
        row = own_postgres.sql(
            "SELECT pg_stat_force_next_flush()",
            "SELECT sessions, xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'status'",
        ).split()[-1]
        sessions, transactions = row.split("|")
        return int(sessions), int(transactions)

    with site(main=own_postgres.django_database()):
        databases.look_at("main")
        wait_until(lambda: counted()[0] >= 1)
        before = counted()
        for _ in range(5):
            databases.look_at("main")
        wait_until(lambda: counted()[0] >= before[0] + 5)
        sessions, transactions = counted()
    assert sessions - before[0] == 5
    assert transactions - before[1] <= 5 * 4  # to log in, for Django's time zone, whether it is usable, and ours


@pytest.mark.usefixtures("patient")
def test_observed_it_has_all_of_it(shop: Postgres) -> None:
    entry = shop.django_database(OPTIONS={"server_side_binding": True})
    providers = {"stats": [("databases", "status.providers.django.stats.databases")]}
    with site(main=entry), override_settings(STATUS_PROVIDERS=providers):
        [seen] = observe("stats").observations
        [part] = seen.components
    assert (part.name, part.state, part.error) == ("main", State.PASS, None)
    assert isinstance(part.value, dict)
    assert part.value["largest_tables"]


def test_in_a_tests_transaction_it_sees_what_is_written_there_and_leaves_it_alone(
    shop: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    from status.providers.databases.postgresql import locks

    monkeypatch.setattr(locks, "_STATEMENT", "SELECT nonsense")
    providers = {"stats": [("databases", "status.providers.django.stats.databases")]}
    with site(main=shop.django_database(USER="postgres")), override_settings(STATUS_PROVIDERS=providers), inline():
        with transaction.atomic("main"), connections["main"].cursor() as cursor:
            cursor.execute("CREATE TABLE mine (a int)")
            cursor.execute("SHOW statement_timeout")
            timeout = cursor.fetchone()
            [seen] = observe("stats").observations
            told: Any = seen.components[0].value
            assert told["unavailable"]["locks"] == 'column "nonsense" does not exist'
            assert told["in_atomic_block"] is True
            assert told["tables"]["total"] == 4
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == timeout
            cursor.execute("INSERT INTO mine VALUES (1)")  # it is no read-only transaction
            cursor.execute("SELECT count(*) FROM mine")
            assert cursor.fetchone() == (1,)
            transaction.set_rollback(True, "main")
        # And outside of one it opens none that stays.
        observe("stats")
        with connections["main"].cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id_if_assigned(), now() = statement_timestamp()")
            assert cursor.fetchone() == (None, True)


# Its pool


@pytest.mark.usefixtures("patient")
def test_a_pool_is_told_of_and_not_touched(shop: Postgres) -> None:
    with site(main=shop.django_database(OPTIONS={"pool": {"min_size": 1, "max_size": 4}})):
        try:
            told = databases.look_at("main")
            assert told["unavailable"]["pool"] == "needs a request: this process has not used its pool yet"
            assert "pool" not in told
            assert not connections["main"]._connection_pools.get("main")  # type: ignore[attr-defined]
            connections["main"].ensure_connection()
            pool: Any = connections["main"].pool  # type: ignore[attr-defined]
            pool.wait()
            before = pool.get_stats()
            told = databases.look_at("main")["pool"]
            after = pool.get_stats()
            assert before == after
            assert (told["limit"], told["least"], told["size"], told["in_use"]) == (4, 1, before["pool_size"], 1)
            assert told["used_ratio"] == 0.25
            assert (told["requests"], told["waiting"]) == (before["requests_num"], 0)
            assert told["connections_made"] == before["connections_num"]
        finally:
            connections["main"].close()
            connections["main"].close_pool()  # type: ignore[attr-defined]
    assert "pool" not in look(shop)
