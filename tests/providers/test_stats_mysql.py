"""What is told of a MariaDB database, each figure beside what the server says over a second connection.

MySQL itself is not among the servers of the tests: what differs there is tried by its statements' text alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from time import sleep, time
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction
from django.test import override_settings

from status import observe
from status.providers.databases.asking import Asking
from status.providers.databases.connections import bounded
from status.providers.databases.mysql import locks, replication, server, tables
from status.providers.databases.mysql.asking import MysqlAsking
from status.providers.django.stats import databases
from status.testing import inline
from tests.conftest import started
from tests.servers.mariadb import MariaDB
from tests.sites import databases as site
from tests.waiting import wait_until

MySQLdb = pytest.importorskip("MySQLdb", reason="apt-get install libmariadb-dev pkg-config; pip install mysqlclient")


@pytest.fixture(scope="module")
def shop() -> Iterator[MariaDB]:
    """A server of this module's own, with a shop in it."""
    with started(MariaDB) as server:
        server.sql(
            "CREATE TABLE orders (id int PRIMARY KEY AUTO_INCREMENT, customer int, note varchar(40), KEY(customer))",
            "INSERT INTO orders (customer, note) SELECT seq % 50, seq FROM seq_1_to_20000",
            "CREATE TABLE `an-order` (a int)",
            "CREATE TABLE parts (a int) PARTITION BY HASH (a) PARTITIONS 4",
            "CREATE USER poor@'127.0.0.1' IDENTIFIED BY 's3cret'",
            "GRANT ALL ON status.* TO poor@'127.0.0.1'",
            database="status",
        )
        yield server


@contextmanager
def session(server: MariaDB) -> Iterator[Any]:
    """A second connection's cursor, as the mariadb client's."""
    connection = MySQLdb.connect(
        host="127.0.0.1", port=server.port, user=server.USER, passwd=server.PASSWORD, db="status"
    )
    try:
        yield connection.cursor()
    finally:
        connection.close()


def status(server: MariaDB, name: str) -> int:
    return int(server.sql(f"SHOW GLOBAL STATUS LIKE '{name}'").split()[-1])


def look(server: MariaDB, **overrides: Any) -> dict[str, Any]:
    with site(main=server.django_database(**overrides)):
        told: dict[str, Any] = databases.look_at("main")
    return told


def look_anew(server: MariaDB) -> dict[str, Any] | None:
    """What is told once somebody waits. InnoDB looks at its locks anew when nobody has asked for 0.1 s."""
    sleep(0.2)
    told = look(server)
    return told if told["locks"]["blocked"] else None


def test_the_server_and_its_threads(shop: MariaDB) -> None:
    told = look(shop)
    assert told["server"]["version"] == shop.sql("SELECT VERSION()")
    assert told["server"]["read_only"] is False
    assert told["server"]["uptime_s"] <= status(shop, "Uptime")
    begun = datetime.fromisoformat(told["server"]["started_at"]).timestamp()
    assert abs(time() - begun - status(shop, "Uptime")) < 3
    with session(shop), session(shop):
        wait_until(lambda: look(shop)["connections"]["total"] == 3)
        threads = look(shop)["connections"]
    assert threads["limit"] == int(shop.sql("SELECT @@max_connections"))
    assert threads["used_ratio"] == pytest.approx(3 / threads["limit"], abs=1e-6)
    assert threads["most"] == status(shop, "Max_used_connections")
    assert threads["failed"] <= status(shop, "Aborted_connects")
    assert threads["refused"] == 0


def test_the_buffer_pool_and_the_slow_queries(shop: MariaDB) -> None:
    told = look(shop)
    asked, read = (status(shop, f"Innodb_buffer_pool_{name}") for name in ("read_requests", "reads"))
    assert told["cache"]["hit_ratio"] == pytest.approx((asked - read) / asked, abs=0.01)
    assert told["cache"]["limit_bytes"] == int(shop.sql("SELECT @@innodb_buffer_pool_size"))
    total, free = (status(shop, f"Innodb_buffer_pool_pages_{name}") for name in ("total", "free"))
    assert told["cache"]["used_ratio"] == pytest.approx((total - free) / total, abs=0.01)
    with session(shop) as cursor:
        cursor.execute("SET long_query_time = 0")
        cursor.execute("SELECT 1")
    after = look(shop)["queries"]
    assert after["slow"] == status(shop, "Slow_queries") > told["queries"]["slow"]
    assert (after["slow_from_s"], after["slow_are_logged"]) == (10.0, False)
    assert told["queries"]["total"] < after["total"] <= status(shop, "Questions")


def test_who_waits_for_whom_and_the_oldest_transaction(shop: MariaDB) -> None:
    assert look(shop)["oldest"] == {"transaction_age_s": None}
    with session(shop) as holds, session(shop) as waits:
        holds.execute("BEGIN")
        holds.execute("UPDATE orders SET note = 'hunter2' WHERE id = 1")
        waits.execute("SET innodb_lock_wait_timeout = 30")
        thread = threading.Thread(target=waits.execute, args=("UPDATE orders SET note = 'x' WHERE id = 1",))
        thread.start()
        wait_until(lambda: look(shop)["locks"]["waiting"] == 1)
        told: Any = wait_until(lambda: look_anew(shop), timeout_s=20)
        holds.execute("ROLLBACK")
        thread.join()
        pids = []
        for cursor in (holds, waits):
            cursor.execute("SELECT CONNECTION_ID()")
            pids.append(cursor.fetchone()[0])
    [blocked] = told["locks"]["blocked"]
    assert (blocked["pid"], blocked["blocked_by"]) == (pids[1], [pids[0]])
    assert (blocked["mode"], blocked["relation"]) == ("X", "status.orders")
    assert 0 <= blocked["waits_s"] < 30
    assert told["oldest"]["transaction_pid"] == pids[0]
    assert 0 <= told["oldest"]["transaction_age_s"] < 60
    assert told["locks"]["waits"] == status(shop, "Innodb_row_lock_waits")
    assert told["locks"]["deadlocks"] == status(shop, "Innodb_deadlocks")
    assert "hunter2" not in str(told)


def test_many_who_block_are_cut_after_a_whole_one(shop: MariaDB) -> None:
    """The server cuts the list of them after so many characters, in the midst of one."""
    wait_until(lambda: int(shop.sql("SELECT CONNECTION_ID()")) >= 10)
    with session(shop) as first, session(shop) as second, session(shop) as waits:
        pids = []
        for cursor in (first, second):
            cursor.execute("BEGIN")
            cursor.execute("SELECT id FROM orders WHERE id = 2 LOCK IN SHARE MODE")
            cursor.execute("SELECT CONNECTION_ID()")
            pids.append(cursor.fetchone()[0])
        thread = threading.Thread(target=waits.execute, args=("UPDATE orders SET note = 'x' WHERE id = 2",))
        thread.start()
        whole: Any = wait_until(lambda: look_anew(shop), timeout_s=20)
        most = len(f"{pids[0]},{pids[1]}") - 1
        cut: Any = look(shop, OPTIONS={"init_command": f"SET group_concat_max_len = {most}"})
        for cursor in (first, second):
            cursor.execute("ROLLBACK")
        thread.join()
    [blocked] = whole["locks"]["blocked"]
    assert (sorted(blocked["blocked_by"]), blocked["blocked_by_total"]) == (pids, 2)
    [blocked] = cut["locks"]["blocked"]
    assert (len(blocked["blocked_by"]), blocked["blocked_by_total"]) == (1, 2)
    assert blocked["blocked_by"][0] in pids


def test_a_server_that_counts_less_is_told_with_its_gaps(shop: MariaDB, monkeypatch: pytest.MonkeyPatch) -> None:
    """As others that speak MySQL's protocol do."""
    monkeypatch.setattr(
        server, "_STATUS", "SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected', 'Questions')"
    )
    told = look(shop)
    assert (told["connections"]["total"], told["connections"]["running"]) == (1, None)
    assert told["cache"]["hit_ratio"] is told["cache"]["used_ratio"] is told["cache"]["dirty_bytes"] is None
    assert told["cache"]["limit_bytes"] == int(shop.sql("SELECT @@innodb_buffer_pool_size"))
    assert set(told["unavailable"]) == {"server", "connections", "cache", "queries", "locks"}
    assert told["unavailable"]["queries"] == "this server has no Slow_queries"
    assert {"vendor", "settings", "largest_tables"} < set(told)


def test_the_largest_tables_by_their_files(shop: MariaDB) -> None:
    largest, *others = look(shop)["largest_tables"]
    assert largest["table"] == "orders"
    view = "SELECT FILE_SIZE FROM information_schema.INNODB_SYS_TABLESPACES WHERE NAME = 'status/orders'"
    assert largest["size_bytes"] == int(shop.sql(view))
    assert largest["rows"] == pytest.approx(20000, rel=0.1)
    assert {table["table"] for table in others} == {"an-order", "parts"}
    [parts] = [table for table in others if table["table"] == "parts"]
    view = "SELECT SUM(FILE_SIZE) FROM information_schema.INNODB_SYS_TABLESPACES WHERE NAME LIKE 'status/parts%'"
    assert parts["size_bytes"] == int(shop.sql(view))
    with site(main=shop.django_database(name="mysql")):
        assert databases.look_at("main")["largest_tables"]
    shop.create_database("em-pty")
    assert look(shop, name="em-pty")["largest_tables"] == []


def test_a_user_without_privileges_says_what_it_can_not_see(shop: MariaDB, monkeypatch: pytest.MonkeyPatch) -> None:
    told = look(shop, USER="poor")
    process = "needs PROCESS: permission denied"
    replica = "needs REPLICA MONITOR: permission denied"
    assert told["unavailable"] == {"oldest": process, "locks.blocked": process, "replication": replica}
    assert told["connections"]["total"] >= 1
    assert {table["table"] for table in told["largest_tables"]} == {"orders", "an-order", "parts"}
    assert told["locks"]["waiting"] == 0
    # Many would be opened one by one: they are left alone.
    monkeypatch.setattr(tables, "MOST_OPENED", 2)
    told = look(shop, USER="poor")
    assert told["unavailable"]["largest_tables"] == process
    assert "largest_tables" not in told


def test_what_is_replicated_and_how_far_behind() -> None:
    with started(MariaDB) as source, started(MariaDB) as replica:
        for number, server in enumerate((source, replica), start=1):
            server.arguments = (f"--server-id={number}", "--log-bin=bin")
            server.restart()
        assert look(replica)["replication"] == {"sources_total": 0, "sources": []}
        source.sql("CREATE TABLE t (a varchar(20) PRIMARY KEY)", database="status")
        replica.sql(
            f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={source.port}, MASTER_USER='{source.USER}',"
            f" MASTER_PASSWORD='{source.PASSWORD}', MASTER_USE_GTID=slave_pos",
            "START SLAVE",
        )
        wait_until(lambda: look(replica)["replication"]["sources"][0]["lag_s"] == 0, timeout_s=20)
        [told] = look(replica)["replication"]["sources"]
        well = {"name": "", "receives": True, "applies": True, "lag_s": 0, "receive_error": 0, "apply_error": 0}
        assert told == well
        replica.sql("INSERT INTO t VALUES ('hunter2')", database="status")
        source.sql("INSERT INTO t VALUES ('hunter2')", database="status")
        wait_until(lambda: not look(replica)["replication"]["sources"][0]["applies"], timeout_s=20)
        told = look(replica)
        assert told["replication"]["sources"] == [{**well, "applies": False, "lag_s": None, "apply_error": 1062}]
        assert "hunter2" not in str(told)


def test_a_question_that_takes_too_long_leaves_the_others(shop: MariaDB, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_OLDEST", "SELECT SLEEP(60)")
    monkeypatch.setattr(locks, "_MARIADB", "SELECT nonsense")
    told = look(shop)
    assert (
        told["unavailable"]
        == {
            "oldest": "no answer in 0.67 s",
            "locks.blocked": "Unknown column 'nonsense' in 'SELECT'",
        }
        or told["unavailable"]["locks.blocked"] == "Unknown column 'nonsense' in 'field list'"
    )
    assert told["largest_tables"]


def test_a_server_that_answers_nothing_leaves_what_2x_told(shop: MariaDB, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = MysqlAsking._ask
    monkeypatch.setattr(MysqlAsking, "_ask", lambda self, _, values, within_s: ask(self, "SELECT nope", (), within_s))
    told = look(shop)
    assert {"server", "connections", "oldest", "largest_tables", "tables"} < set(told["unavailable"])
    assert not {"server", "connections", "oldest", "locks", "largest_tables"} & set(told)


def test_a_connection_lost_on_the_way_fails(shop: MariaDB, monkeypatch: pytest.MonkeyPatch) -> None:
    def kill(ask: MysqlAsking) -> dict[str, Any]:
        with ask.connection.cursor() as cursor:
            cursor.execute("SELECT CONNECTION_ID()")
            shop.sql(f"KILL {cursor.fetchone()[0]}")
        return {}

    monkeypatch.setattr(replication, "figures", kill)
    with pytest.raises(OperationalError):
        look(shop)


def test_nothing_can_be_written_and_no_connection_stays(shop: MariaDB, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_OLDEST", "DELETE FROM orders")
    told = look(shop)
    assert "READ ONLY transaction" in told["unavailable"]["oldest"]
    wait_until(lambda: status(shop, "Threads_connected") == 1)


def test_in_a_tests_transaction_it_sees_what_is_written_there_and_leaves_it_alone(shop: MariaDB) -> None:
    providers = {"stats": [("databases", "status.providers.django.stats.databases")]}
    with (
        site(main=shop.django_database()),
        override_settings(STATUS_PROVIDERS=providers),
        inline(),
        transaction.atomic("main"),
        connections["main"].cursor() as cursor,
    ):
        cursor.execute("SELECT @@max_statement_time")
        before = cursor.fetchone()
        [seen] = observe("stats").observations
        told: Any = seen.components[0].value
        assert told["in_atomic_block"] is True
        assert told["tables"]["total"] == 3
        cursor.execute("SELECT @@max_statement_time")
        assert cursor.fetchone() == before
        cursor.execute("INSERT INTO orders (customer) VALUES (-1)")  # it is no read-only transaction
        transaction.set_rollback(True, "main")


@pytest.mark.parametrize(
    ("version", "statement"), [((8, 0, 21), "SHOW SLAVE STATUS"), ((8, 4, 0), "SHOW REPLICA STATUS")]
)
def test_mysql_is_asked_in_its_own_words(version: tuple[int, ...], statement: str) -> None:
    """A stand-in, as no MySQL can be had here."""

    class Stub(MysqlAsking):
        is_mariadb = False

        def __init__(self) -> None:
            self.version = version
            self.unavailable = {}
            self.asked: list[str] = []

        def rows(self, what: str, statement: str, needs: str = "", values: Any = ()) -> Any:
            self.asked.append(statement)
            return [{"Channel_Name": "a", "Seconds_Behind_Source": 3, "Replica_IO_Running": "Yes"}]

    stub = Stub()
    figures: Any = replication.figures(stub)
    [told] = figures["replication"]["sources"]
    assert stub.asked == [statement]
    assert (told["name"], told["lag_s"], told["receives"], told["applies"]) == ("a", 3, True, False)


def test_mysql_bounds_what_it_selects_by_a_hint(shop: MariaDB, monkeypatch: pytest.MonkeyPatch) -> None:
    """MariaDB takes the hint for a comment, and so answers."""
    asked: list[str] = []
    ask = Asking._ask

    def record(self: Asking, statement: str, *args: Any) -> Any:
        asked.append(statement)
        return ask(self, statement, *args)

    monkeypatch.setattr(Asking, "_ask", record)
    with site(main=shop.django_database()), bounded("main") as connection:
        asking = MysqlAsking(connection)
        asking.is_mariadb = False
        assert asking.row("one", "SELECT 1 AS a") == {"a": 1}
        assert asking.row("tables", "SHOW TABLES")
    assert asked == ["SELECT /*+ MAX_EXECUTION_TIME(667) */ 1 AS a", "SHOW TABLES"]
