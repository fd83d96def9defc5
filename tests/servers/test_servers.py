"""The servers themselves: what the other tests rely on."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
import pytest
import redis
from pymemcache import Client  # type: ignore[import-untyped]

from tests.conftest import started
from tests.servers.mariadb import MariaDB
from tests.servers.memcached import Memcached
from tests.servers.ports import HOST, converse
from tests.servers.postgres import Postgres
from tests.servers.process import Server, ServerFailed, ServerMissing
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.reaper import is_gone
from tests.servers.valkey import Valkey
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import StartCeleryWorker

pytestmark = pytest.mark.faults  # they start, freeze and kill each server many times over

KINDS: list[type[Server]] = [Postgres, Valkey, MariaDB, RabbitMQ, Memcached]


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.label)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    kind: type[Server] = request.param
    with started(kind) as server:
        yield server


def test_it_answers_on_loopback_alone(server: Server) -> None:
    assert server.ping()
    # The server's own process alone: a child may be gone before it is asked.
    connections = psutil.Process(server.pid).net_connections("inet")
    assert {each.laddr.ip for each in connections if each.status == psutil.CONN_LISTEN} == {HOST}


def test_stopped_in_its_tracks_it_takes_connections_and_gives_no_answer(server: Server) -> None:
    server.stop_in_its_tracks()
    try:
        with socket.create_connection((HOST, server.port), timeout=1):
            assert not server.ping(0.3)
    finally:
        server.resume()
    wait_until(server.ping, message="no answer after resume")


def test_killed_it_refuses_and_restarted_it_answers_on_the_same_port(server: Server) -> None:
    port, family = server.port, server.family()
    server.kill()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port), timeout=1)
    assert all(is_gone(process) for process in family)
    server.restart()
    assert server.port == port
    assert server.ping()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.label)
def test_ended_while_frozen_it_leaves_nothing_behind(kind: type[Server]) -> None:
    with started(kind) as server:
        family = server.family()
        server.stop_in_its_tracks()
    assert all(is_gone(process) for process in family)
    assert not server.directory.exists()
    assert not _shared_memory(family)


def test_killed_for_good_postgres_leaves_no_shared_memory() -> None:
    with Postgres.start() as server:
        family = server.family()
        assert _shared_memory(family)
        server.kill()
    assert not _shared_memory(family)


def test_data_outlives_a_restart(own_postgres: Postgres, own_valkey: Valkey) -> None:
    own_postgres.sql("CREATE TABLE kept AS SELECT 42 AS answer", database="status")
    own_postgres.restart()
    assert own_postgres.sql("SELECT answer FROM kept", database="status") == "42"
    assert converse(own_valkey.port, b"SET kept 42\r\n", 3, 1) == b"+OK"
    own_valkey.restart()
    assert converse(own_valkey.port, b"GET kept\r\n", 8, 1) == b"$2\r\n42\r\n"


def test_postgres_knows_its_databases_and_passwords(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SELECT current_user, current_database()").fetchone() == ("app", "status")
        assert connection.info.server_version >= 18_00_00
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.url.replace("s3cret", "wrong"))
    postgres.create_database("another")
    assert "another" in postgres.sql("SELECT datname FROM pg_database").split()
    with pytest.raises(ServerFailed, match="syntax error"):
        postgres.sql("SELEC 1")


def test_mariadb_knows_its_databases_and_passwords(mariadb: MariaDB) -> None:
    import MySQLdb  # type: ignore[import-untyped]

    def connect(password: str) -> Any:
        return MySQLdb.connect(host=HOST, port=mariadb.port, user="app", password=password, database="status")

    connection = connect("s3cret")
    cursor = connection.cursor()
    cursor.execute("SELECT CURRENT_USER(), DATABASE()")
    assert cursor.fetchone() == ("app@127.0.0.1", "status")
    connection.close()
    with pytest.raises(MySQLdb.OperationalError, match="Access denied"):
        connect("wrong")
    mariadb.create_database("another")
    assert "another" in mariadb.sql("SHOW DATABASES").split()


def test_valkey_takes_arguments(valkey: Valkey) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        assert client.ping()
    with Valkey.start("--requirepass", "s3cret") as guarded:
        client = redis.Redis.from_url(guarded.url)
        with pytest.raises(redis.AuthenticationError):
            client.ping()
        client.close()


def test_memcached_keeps_what_it_is_given(memcached: Memcached) -> None:
    client = Client(memcached.url)
    client.set("key", "value")
    assert client.get("key") == b"value"
    client.close()


@pytest.mark.parametrize("broker", ["valkey", "rabbitmq"])
def test_a_worker_answers_over_a_real_broker(
    broker: str, request: pytest.FixtureRequest, start_celery_worker: StartCeleryWorker
) -> None:
    server: Server = request.getfixturevalue(broker)
    worker = start_celery_worker(server.url, "one@tests")
    start_celery_worker(server.url, "two@tests")
    assert worker.ping(2.0)
    worker.stop_in_its_tracks()
    assert not worker.ping(0.3)
    worker.resume()
    wait_until(lambda: worker.ping(0.5), message="no answer after resume")
    family = worker.family()
    worker.end()
    worker.directory.mkdir()  # which the fixture's own end expects
    assert all(is_gone(process) for process in family)
    assert not worker.ping(0.3)


def test_what_is_missing_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.servers.memcached.find_program", lambda name: None)
    with pytest.raises(ServerMissing, match=r"^memcached is not installed \(apt-get install memcached\)$"):
        Memcached.start().__enter__()


def test_what_fails_to_start_says_why_and_leaves_nothing_behind() -> None:
    with pytest.raises(ServerFailed, match="no-such-option"), Valkey.start("--no-such-option", "1"):
        pass


def test_the_servers_of_a_killed_test_process_are_ended_too() -> None:
    script = (
        "from tests.servers.postgres import Postgres\n"
        "with Postgres.start() as server:\n"
        "    print(server.pid, server.directory, flush=True)\n"
        "    input()\n"
    )
    command = [sys.executable, "-c", script]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as tests:
        assert tests.stdout is not None
        pid, directory = tests.stdout.readline().split()
        family = [psutil.Process(int(pid)), *psutil.Process(int(pid)).children(recursive=True)]
        os.kill(tests.pid, signal.SIGKILL)
    wait_until(lambda: all(is_gone(process) for process in family), message="the server lives on")
    wait_until(lambda: not Path(directory).exists(), message="its directory is still there")
    assert not _shared_memory(family)


def test_ports_misbehave_as_they_should(
    free_port: int, refused_port: int, silent_port: int, unreachable_port: int
) -> None:
    for port in (free_port, refused_port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((HOST, port), timeout=1)
    with socket.create_connection((HOST, silent_port), timeout=0.2) as connection:
        connection.sendall(b"hello?")
        with pytest.raises(TimeoutError):
            connection.recv(1)
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        socket.create_connection((HOST, unreachable_port), timeout=0.2)
    assert time.monotonic() - begun >= 0.2


def test_waiting_returns_what_came_and_says_what_did_not() -> None:
    answers = iter([0, None, "yes"])
    assert wait_until(lambda: next(answers)) == "yes"
    with pytest.raises(AssertionError, match=r"^not within 0.02 s: the bus$"):
        wait_until(lambda: False, timeout_s=0.02, message="the bus")
    with pytest.raises(AssertionError, match="asked late"):
        wait_until(lambda: False, timeout_s=0, message=lambda: "asked late")


def _shared_memory(family: list[psutil.Process]) -> list[str]:
    """The System V segments that these processes created: the only thing that outlives processes and directories."""
    pids = {str(process.pid) for process in family}
    segments = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    return [segment[1] for segment in segments if segment[4] in pids]
