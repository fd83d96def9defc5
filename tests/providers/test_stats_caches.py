"""What each kind of cache tells of itself, held against what its server says to somebody else."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import redis
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from pymemcache.client.base import Client  # type: ignore[import-untyped]

from status import State, observe
from status.core.observation import Observation
from status.providers.caches import local, memcached, table
from status.providers.caches import redis as redis_figures
from status.providers.django.stats import caches as stats
from tests.servers.valkey import Valkey
from tests.sites import databases, site_caches
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.servers.mariadb import MariaDB
    from tests.servers.memcached import Memcached
    from tests.servers.postgres import Postgres

LOCAL = "django.core.cache.backends.locmem.LocMemCache"
FILES = "django.core.cache.backends.filebased.FileBasedCache"
TABLE = "django.core.cache.backends.db.DatabaseCache"
REDIS = "django.core.cache.backends.redis.RedisCache"
DJANGO_REDIS = "django_redis.cache.RedisCache"
MEMCACHED = "django.core.cache.backends.memcached.PyMemcacheCache"
PROVIDERS = {"stats": [("caches", "status.providers.django.stats.caches")]}


def look() -> dict[str, Observation]:
    """Alias → what was observed of it."""
    with override_settings(STATUS_PROVIDERS=PROVIDERS):
        [seen] = observe("stats", ["caches"]).observations
    return {part.name: part for part in seen.components}


def value(alias: str = "main") -> Any:
    seen = look()[alias]
    assert seen.state is State.PASS, seen.error
    return seen.value


def server(alias: str = "main") -> Any:
    [only] = value(alias)["servers"]
    return only


def set_user(valkey: Valkey, *rules: str) -> None:
    """Have the server know a user `site` with these rights."""
    client: Any = redis.Redis.from_url(valkey.url)
    client.execute_command("ACL", "SETUSER", "site", "on", *rules)


pytestmark = pytest.mark.usefixtures("patient")


# Redis


@pytest.mark.parametrize("backend", [REDIS, DJANGO_REDIS])
def test_redis_tells_what_info_tells_another_client(backend: str, own_valkey: Valkey) -> None:
    client = redis.Redis.from_url(own_valkey.url)
    client.config_set("maxmemory", "64mb")
    client.config_set("maxmemory-policy", "allkeys-lru")
    client.mset({f"key-{number}": "x" for number in range(20)})
    client.expire("key-0", 1000)
    client.get("key-0")
    client.get("nowhere")
    redis.Redis(port=own_valkey.port, db=3).set("other", "x")
    client.config_set("slowlog-log-slower-than", 0)
    client.ping()
    client.config_set("slowlog-log-slower-than", -1)
    with site_caches(main={"BACKEND": backend, "LOCATION": own_valkey.url}):
        seen = server()
    info = client.info()
    assert seen["server"] == f"127.0.0.1:{own_valkey.port}"
    assert (seen["software"], seen["version"]) == ("valkey", info["valkey_version"])
    assert abs(seen["uptime_s"] - info["uptime_in_seconds"]) <= 2
    memory = seen["memory"]
    assert (memory["limit_bytes"], memory["policy"]) == (64 * 2**20, "allkeys-lru")
    assert memory["used_bytes"] == pytest.approx(info["used_memory"], rel=0.2)
    assert memory["used_ratio"] == pytest.approx(memory["used_bytes"] / memory["limit_bytes"], abs=1e-4)
    assert (seen["hits"], seen["misses"], seen["hit_ratio"]) == (1, 1, 0.5)
    assert (seen["evicted"], seen["expired"]) == (info["evicted_keys"], info["expired_keys"]) == (0, 0)
    assert seen["clients"]["limit"] == info["maxclients"]
    assert seen["clients"]["connected"] >= 1
    assert seen["clients"]["used_ratio"] == pytest.approx(seen["clients"]["connected"] / info["maxclients"], abs=1e-4)
    assert seen["keys"] == {"db0": {"keys": 20, "with_expiry": 1}, "db3": {"keys": 1, "with_expiry": 0}}
    saved_at = datetime.fromtimestamp(info["rdb_last_save_time"], timezone.utc)
    assert seen["persistence"]["last_save_at"] == saved_at.isoformat()
    assert seen["persistence"]["last_save"] == info["rdb_last_bgsave_status"] == "ok"
    assert seen["persistence"]["changes_since_save"] == info["rdb_changes_since_last_save"]
    assert seen["persistence"]["aof"] is False
    assert seen["replication"] == {"role": "master", "replicas": 0, "listed": []}
    assert seen["slow_log"] == client.slowlog_len() > 0
    assert "unavailable" not in seen


def test_a_redis_without_a_limit_and_without_a_question_has_no_ratios(own_valkey: Valkey) -> None:
    with site_caches(main=own_valkey.django_cache()):
        seen = server()
    assert seen["memory"]["limit_bytes"] is seen["memory"]["used_ratio"] is seen["hit_ratio"] is None


def test_evictions_and_the_append_only_file_are_told(own_valkey: Valkey) -> None:
    client = redis.Redis.from_url(own_valkey.url)
    client.config_set("appendonly", "yes")
    used = int(client.info("memory")["used_memory"])
    client.config_set("maxmemory-policy", "allkeys-lru")
    client.config_set("maxmemory", used + 200_000)
    for number in range(300):
        client.set(f"key-{number}", "x" * 2000)
    with site_caches(main=own_valkey.django_cache()):
        seen = server()
    info = client.info()
    assert 0 < seen["evicted"] <= info["evicted_keys"]  # whoever connects takes room, too
    assert seen["persistence"]["aof"] is True
    assert seen["persistence"]["aof_last_write"] == info["aof_last_write_status"] == "ok"
    assert seen["persistence"]["aof_size_bytes"] == pytest.approx(info["aof_current_size"], abs=500)


def test_a_replica_tells_its_leader_and_its_lag(own_valkey: Valkey, request: pytest.FixtureRequest) -> None:
    with Valkey.start("--replicaof", f"127.0.0.1 {own_valkey.port}") as replica:
        follower = redis.Redis.from_url(replica.url)
        wait_until(lambda: follower.info("replication")["master_link_status"] == "up", timeout_s=30)
        leader = redis.Redis.from_url(own_valkey.url)
        wait_until(lambda: leader.info("replication").get("slave0", {}).get("state") == "online", timeout_s=30)
        with site_caches(main=own_valkey.django_cache(LOCATION=[own_valkey.url, replica.url])):
            first, second = value()["servers"]
            assert first["replication"]["replicas"] == 1
            [listed] = first["replication"]["listed"]
            assert listed["state"] == "online"
            assert listed["lag_s"] <= 5
            assert listed["lag_bytes"] >= 0
            assert (second["replication"]["role"], second["replication"]["link_is_up"]) == ("slave", True)
            assert 0 <= second["replication"]["lag_s"] <= 20
            assert second["replication"]["lag_bytes"] == 0
            own_valkey.kill()
            wait_until(lambda: follower.info("replication")["master_link_status"] == "down", timeout_s=30)
            second = value()["servers"][1]
        assert second["replication"]["link_is_up"] is False


@pytest.mark.parametrize(
    ("rights", "there", "missing"),
    [
        ("+@all -info", {"slow_log"}, {"figures": "needs the right to INFO: "}),
        ("+@all -slowlog", {"memory", "keys"}, {"slow_log": "needs the right to SLOWLOG: "}),
        ("+get", set[str](), {"figures": "needs the right to INFO: ", "slow_log": "needs the right to SLOWLOG: "}),
    ],
)
def test_a_user_without_a_right_is_told_the_rest(
    rights: str, there: set[str], missing: dict[str, str], own_valkey: Valkey
) -> None:
    set_user(own_valkey, ">pw", "~*", *rights.split())
    location = own_valkey.url.replace("redis://", "redis://site:pw@")
    with site_caches(main=own_valkey.django_cache(LOCATION=location)):
        seen = server()
    assert there <= set(seen)
    assert {what: text[: len(missing[what])] for what, text in seen["unavailable"].items()} == missing


def test_a_command_that_was_renamed_away_is_told(request: pytest.FixtureRequest) -> None:
    with Valkey.start("--rename-command", "SLOWLOG", "") as running, site_caches(main=running.django_cache()):
        seen = server()
        assert seen["unavailable"]["slow_log"].startswith("needs the command SLOWLOG: ")
        assert seen["uptime_s"] >= 0


def test_a_wrong_password_fails_and_is_not_told(own_valkey: Valkey) -> None:
    set_user(own_valkey, ">right", "+@all")
    location = own_valkey.url.replace("redis://", "redis://site:hunter2@")
    with site_caches(main=own_valkey.django_cache(LOCATION=location)):
        seen = look()["main"]
    assert seen.state is State.FAIL
    assert "hunter2" not in str(seen.error)


@pytest.mark.parametrize("backend", [REDIS, DJANGO_REDIS])
def test_of_several_redis_one_that_is_down_is_told_in_its_place(
    backend: str, valkey: Valkey, refused_port: int, silent_port: int
) -> None:
    down = [f"redis://:hunter2@127.0.0.1:{refused_port}/0", f"redis://127.0.0.1:{silent_port}/0"]
    with (
        site_caches(main={"BACKEND": backend, "LOCATION": [down[0], valkey.url, down[1]]}),
        override_settings(STATUS_TIMEOUT=2.0),
    ):
        started = monotonic()
        seen = value()["servers"]
        assert monotonic() - started < 2.0
    assert "refused" in seen[0]["error"]
    assert seen[1]["memory"]["used_bytes"] > 0
    assert "Timeout" in seen[2]["error"]
    assert "hunter2" not in str(seen)


def test_where_no_redis_answers_the_cache_fails_with_all_their_reasons(refused_port: int) -> None:
    down = f"redis://127.0.0.1:{refused_port}/0"
    with site_caches(one={"BACKEND": REDIS, "LOCATION": down}, two={"BACKEND": REDIS, "LOCATION": [down, down]}):
        seen = look()
    assert seen["one"].state is seen["two"].state is State.FAIL
    assert str(seen["one"].error).startswith("ConnectionError: ")
    assert str(seen["two"].error).count(f"127.0.0.1:{refused_port}: ConnectionError") == 2


def test_a_redis_stopped_in_its_tracks_fails_at_the_deadline(own_valkey: Valkey) -> None:
    with site_caches(main=own_valkey.django_cache()), override_settings(STATUS_TIMEOUT=0.5):
        wait_until(lambda: look()["main"].state is State.PASS)
        own_valkey.stop_in_its_tracks()
        started = monotonic()
        assert look()["main"].state is State.FAIL
        assert monotonic() - started < 1.0
        own_valkey.resume()
        wait_until(lambda: look()["main"].state is State.PASS, timeout_s=20)


def test_neither_keys_are_looked_at_nor_anything_written(own_valkey: Valkey) -> None:
    client = redis.Redis.from_url(own_valkey.url)
    with site_caches(main=own_valkey.django_cache()):
        look()
        client.config_resetstat()
        look()
    commands = {name.removeprefix("cmdstat_") for name in client.info("commandstats")}
    assert commands <= {
        "info",
        "slowlog|len",
        "config|resetstat",
        "client|setinfo",
        "hello",
        "select",
        "client|setname",
    }


@pytest.mark.parametrize("kind", ["valkey", "memcached"])
def test_no_connection_is_left(kind: str, request: pytest.FixtureRequest) -> None:
    running: Any = request.getfixturevalue(kind)

    def open_ones() -> int:
        found = psutil.Process().net_connections("tcp")
        return len([e for e in found if e.raddr and e.raddr.port == running.port and e.status == "ESTABLISHED"])

    with site_caches(main=running.django_cache()):
        before = open_ones()
        for _ in range(10):
            look()
        wait_until(lambda: open_ones() <= before)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("redis://user:pw@cache.example.org:7000/2", "cache.example.org:7000"),
        ("rediss://cache.example.org", "cache.example.org:6379"),
        ("redis://[::1]:7000/0", "[::1]:7000"),
        ("unix:///run/my%20redis.sock?db=1", "/run/my redis.sock"),
        ("redis://cache.example.org:nonsense", "cache.example.org:6379"),
        ("", "none"),
    ],
)
def test_a_server_goes_by_its_address_alone(url: str, name: str) -> None:
    assert redis_figures._name(url) == name


def test_an_older_redis_that_says_less_is_told_with_gaps() -> None:
    """A stand-in for its answer: version 2.8 can't be had."""
    old = {"redis_version": "2.8.0", "used_memory": 5, "role": "slave", "master_link_status": "down"}
    seen = redis_figures._figures(old)
    assert (seen["software"], seen["version"]) == ("redis", "2.8.0")
    assert seen["hit_ratio"] is None
    assert seen["clients"] == dict.fromkeys(("connected", "limit", "used_ratio", "blocked", "rejected"))
    replication: Any = seen["replication"]
    assert (replication["link_is_up"], replication["lag_s"], replication["lag_bytes"]) == (False, None, None)


@pytest.mark.parametrize("servers", [1, 2])
def test_a_missing_client_is_told_with_its_extra(servers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with site_caches(main={"BACKEND": REDIS, "LOCATION": ["redis://127.0.0.1:1"] * servers}, other={"BACKEND": LOCAL}):
        seen = look()
    assert seen["main"].error == "MissingExtra: redis is not installed: pip install django-status[redis]"
    assert seen["other"].state is State.PASS


# memcached


def test_memcached_tells_what_stats_tells_another_client(own_memcached: Memcached) -> None:
    client = Client(("127.0.0.1", own_memcached.port))
    for number in range(5):
        client.set(f"key-{number}", "x" * 100)
    client.get("key-0")
    client.get("nowhere")
    with site_caches(main=own_memcached.django_cache()):
        seen = server()
    stats = {name.decode(): told for name, told in client.stats().items()}
    client.close()
    assert seen["server"] == own_memcached.url
    assert seen["version"] == stats["version"].decode()
    assert abs(seen["uptime_s"] - int(stats["uptime"])) <= 2
    assert seen["entries"] == int(stats["curr_items"]) == 5
    assert seen["memory"]["used_bytes"] == int(stats["bytes"]) > 500
    assert seen["memory"]["limit_bytes"] == int(stats["limit_maxbytes"]) == 64 * 2**20
    assert seen["memory"]["used_ratio"] == pytest.approx(int(stats["bytes"]) / 2**26, abs=1e-4)
    assert (seen["hits"], seen["misses"], seen["hit_ratio"]) == (1, 1, 0.5)
    assert (seen["evicted"], seen["expired_unread"]) == (0, 0)
    assert seen["clients"]["limit"] == int(stats["max_connections"])
    assert seen["clients"]["connected"] >= 1
    assert seen["threads"] == int(stats["threads"])


def test_pylibmcs_servers_are_asked_without_pylibmc(memcached: Memcached) -> None:
    backend = "django.core.cache.backends.memcached.PyLibMCCache"
    with site_caches(main={"BACKEND": backend, "LOCATION": memcached.url}):
        assert server()["memory"]["limit_bytes"] == 64 * 2**20


def test_of_several_memcached_one_that_is_down_is_told_in_its_place(
    memcached: Memcached, refused_port: int, silent_port: int
) -> None:
    location = [f"127.0.0.1:{refused_port}", memcached.url, f"127.0.0.1:{silent_port}"]
    with site_caches(main=memcached.django_cache(LOCATION=location)), override_settings(STATUS_TIMEOUT=2.0):
        seen = value()["servers"]
    assert "refused" in seen[0]["error"]
    assert seen[1]["entries"] is not None
    assert "timed out" in seen[2]["error"]


@contextmanager
def answering(answer: bytes, *, over: Path | None = None) -> Iterator[Any]:
    """A server that answers a first question with this and hangs up; at a port, or a Unix socket."""
    with socket.socket(socket.AF_UNIX if over else socket.AF_INET) as listener:
        listener.bind(str(over) if over else ("127.0.0.1", 0))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(100)
                connection.sendall(answer)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()
        thread.join(5)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"CLIENT_ERROR unauthenticated\r\n", "Refused: CLIENT_ERROR unauthenticated"),
        (b"", "Refused: it closed the connection: its protocol may be the binary one, as with SASL"),
        (b"x" * 100_000, "Refused: its answer is longer than 64 KiB: this is no memcached"),
    ],
)
def test_a_server_that_is_no_memcached_of_ours_is_told(answer: bytes, error: str) -> None:
    with answering(answer) as (host, port), site_caches(main={"BACKEND": MEMCACHED, "LOCATION": f"{host}:{port}"}):
        assert look()["main"].error == error


def test_a_memcached_at_a_unix_socket_is_asked_there(tmp_path: Path) -> None:
    path = tmp_path / "memcached.sock"
    answer = b"STAT uptime 7\r\nSTAT version 1.6.0 (beta)\r\nEND\r\n"
    with answering(answer, over=path), site_caches(main={"BACKEND": MEMCACHED, "LOCATION": f"unix:{path}"}):
        seen = server()
    assert (seen["server"], seen["uptime_s"], seen["version"]) == (str(path), 7, "1.6.0 (beta)")
    assert seen["memory"] == {"used_bytes": None, "limit_bytes": None, "used_ratio": None}


def test_a_unix_socket_that_is_not_there_fails(tmp_path: Path) -> None:
    with site_caches(main={"BACKEND": MEMCACHED, "LOCATION": f"unix:{tmp_path}/nowhere"}):
        assert "FileNotFoundError" in str(look()["main"].error)


def test_a_memcached_behind_tls_is_asked_through_it(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            plain, _ = listener.accept()
            with serving.wrap_socket(plain, server_side=True) as connection:
                connection.recv(100)
                connection.sendall(b"STAT uptime 7\r\nEND\r\n")

        thread = Thread(target=serve, daemon=True)
        thread.start()
        context = ssl.create_default_context(cafile=str(certificate))
        location = f"127.0.0.1:{listener.getsockname()[1]}"
        entry = {"BACKEND": MEMCACHED, "LOCATION": location, "OPTIONS": {"tls_context": context}}
        with site_caches(main=entry):
            assert server()["uptime_s"] == 7
        thread.join(5)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("cache:11212", ("cache", 11212)),
        ("cache", ("cache", 11211)),
        ("[::1]:7", ("::1", 7)),
        ("::1", ("::1", 11211)),
        (("cache", "7"), ("cache", 7)),
        ("/run/m.sock", "/run/m.sock"),
        ("unix:/run/m.sock", "/run/m.sock"),
    ],
)
def test_an_address_is_read_as_djangos_backends_read_it(given: object, address: object) -> None:
    assert memcached._address(given) == address


def test_a_server_has_no_time_once_its_share_is_over() -> None:
    with pytest.raises(TimeoutError):
        memcached._left_s(monotonic() - 1)


# Without a server


def test_local_memory_is_that_of_this_process(tmp_path: Path) -> None:
    entry = {"BACKEND": LOCAL, "LOCATION": str(tmp_path), "OPTIONS": {"MAX_ENTRIES": 50}}
    with site_caches(main=entry):
        for number in range(10):
            caches["main"].set(f"key-{number}", "x" * 100)
        store: Any = caches["main"]
        held = sum(map(len, store._cache.values()))
        assert value() == {
            "backend": LOCAL,
            "kind": "memory",
            "scope": "this process",
            "entries": 10,
            "limit": 50,
            "used_ratio": 0.2,
            "used_bytes": held,
        }


def test_of_very_many_entries_in_memory_the_bytes_are_not_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "MOST_WEIGHED", 1)
    with site_caches(main={"BACKEND": LOCAL, "LOCATION": "many"}):
        caches["main"].set_many({"a": 1, "b": 2})
        assert "used_bytes" not in value()


@pytest.mark.parametrize(
    ("settings", "limit"),
    [
        ({}, 300),
        ({"max_entries": 7}, 7),
        ({"OPTIONS": {"MAX_ENTRIES": "8"}}, 8),
        ({"OPTIONS": {"MAX_ENTRIES": []}}, 300),
    ],
)
def test_the_limit_is_as_django_reads_it(settings: dict[str, Any], limit: int) -> None:
    assert local.limit(settings) == BaseCache(settings)._max_entries == limit


def test_files_are_counted_and_weighed_and_what_else_lies_there_is_not(tmp_path: Path) -> None:
    with site_caches(main={"BACKEND": FILES, "LOCATION": tmp_path / "cache"}):
        assert value()["entries"] == 0
        assert not (tmp_path / "cache").exists()
        caches["main"].set_many({f"key-{number}": "x" * 1000 for number in range(6)})
        (tmp_path / "cache" / "README").write_text("ours")
        seen = value()
    sizes = [path.stat().st_size for path in (tmp_path / "cache").glob("*.djcache")]
    assert (seen["entries"], seen["used_bytes"]) == (len(sizes), sum(sizes))
    assert (seen["limit"], seen["used_ratio"], seen["counted_all"]) == (300, 0.02, True)


@pytest.mark.parametrize(("bound", "number"), [("MOST_FILES", 3), ("WALK", 0.0)])
def test_of_too_many_files_not_all_are_looked_at(
    bound: str, number: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, bound, number)
    with site_caches(main={"BACKEND": FILES, "LOCATION": tmp_path}):
        caches["main"].set_many({f"key-{number}": "x" for number in range(6)})
        seen = value()
    assert seen["counted_all"] is False
    assert 1 <= seen["entries"] <= 3


def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for its refusal: root, who may run these tests, may read every folder."""

    def refuse(path: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with site_caches(main={"BACKEND": FILES, "LOCATION": tmp_path}):
        assert value() == {
            "backend": FILES,
            "kind": "files",
            "limit": 300,
            "unavailable": {"entries": "needs the right to read the cache's folder: Permission denied"},
        }


def test_a_dummy_cache_says_so() -> None:
    with site_caches(main={"BACKEND": "django.core.cache.backends.dummy.DummyCache"}):
        assert (value()["kind"], value()["note"]) == ("dummy", "it keeps nothing")


class Foreign(BaseCache):
    """Of another package."""


def test_of_a_foreign_backend_it_is_told_that_nothing_can_be() -> None:
    with site_caches(main={"BACKEND": f"{__name__}.Foreign"}):
        assert value() == {
            "backend": f"{__name__}.Foreign",
            "kind": "foreign",
            "unavailable": {
                "figures": "needs a backend of Django's or django-redis: of another it is not known what to ask"
            },
        }


def test_a_backend_that_is_not_there_fails_alone() -> None:
    with site_caches(main={"BACKEND": LOCAL}, other={"BACKEND": "nowhere.Cache"}):
        seen = look()
    assert seen["main"].state is State.PASS
    assert "no backend 'nowhere.Cache'" in str(seen["other"].error)


# In a database


@contextmanager
def table_in(entry: dict[str, Any], rows: int) -> Iterator[None]:
    """A cache's table in this database, with so many rows."""
    cache = {"BACKEND": TABLE, "LOCATION": "stats_cache"}
    with databases(default=entry), site_caches(default=cache, main=cache):
        call_command("createcachetable", verbosity=0)
        try:
            for start in range(0, rows, 500):
                with connections["default"].cursor() as cursor:
                    cursor.executemany(
                        "INSERT INTO stats_cache (cache_key, value, expires) VALUES (%s, %s, %s)",
                        [
                            (f"key-{number}", "x", "2040-01-01 00:00:00")
                            for number in range(start, min(start + 500, rows))
                        ],
                    )
            yield
        finally:
            with connections["default"].cursor() as cursor:
                cursor.execute("DROP TABLE stats_cache")
            connections["default"].close()


def test_a_table_without_statistics_is_counted(tmp_path: Path) -> None:
    (tmp_path / "db").touch()
    with table_in({"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "db"}, 6):
        assert value() == {
            "backend": TABLE,
            "kind": "table",
            "database": "default",
            "entries": 6,
            "limit": 300,
            "used_ratio": 0.02,
            "estimated": False,
            "counted_all": True,
        }


def test_a_large_table_without_statistics_is_counted_up_to_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "MOST_COUNTED", 5)
    (tmp_path / "db").touch()
    with table_in({"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "db"}, 6):
        seen = value()
    assert (seen["entries"], seen["counted_all"]) == (5, False)


def test_postgresql_estimates_a_table_that_it_has_analysed(postgres: Postgres) -> None:
    with table_in(postgres.django_database(), 40):
        before = value()
        assert (before["entries"], before["estimated"], before["counted_all"]) == (40, False, True)
        postgres.sql("ANALYZE stats_cache", database="status")
        seen = value()
        size = int(postgres.sql("SELECT pg_total_relation_size('stats_cache')", database="status"))
    assert (seen["entries"], seen["estimated"], seen["used_bytes"]) == (40, True, size)


def test_a_table_that_is_locked_fails_at_the_deadline(postgres: Postgres) -> None:
    with table_in(postgres.django_database(), 1):
        with connections["default"].cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE stats_cache IN ACCESS EXCLUSIVE MODE")
            try:
                with override_settings(STATUS_TIMEOUT=0.5):
                    started = monotonic()
                    assert look()["main"].state is State.FAIL
                    assert monotonic() - started < 1.0
            finally:
                cursor.execute("ROLLBACK")
        assert value()["entries"] == 1


def test_mariadb_counts_a_small_table_and_estimates_a_large_one(
    mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    with table_in(mariadb.django_database(), 40):
        assert (value()["entries"], value()["estimated"]) == (40, False)
        monkeypatch.setattr(table, "MOST_COUNTED", 5)
        with connections["default"].cursor() as cursor:
            cursor.execute("ANALYZE TABLE stats_cache")
            cursor.fetchall()
        seen = value()
    assert seen["estimated"] is True
    assert 5 <= seen["entries"] <= 80
    assert seen["used_bytes"] > 0


@pytest.mark.parametrize("server", ["sqlite", "postgres", "mariadb"])
def test_a_table_that_was_never_made_fails(server: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    (tmp_path / "db").touch()
    entry: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "db"}
    if server != "sqlite":
        entry = request.getfixturevalue(server).django_database()
    with databases(default=entry), site_caches(main={"BACKEND": TABLE, "LOCATION": "nowhere"}):
        assert "nowhere" in str(look()["main"].error)


# Arguments


def test_aliases_may_be_chosen_and_called_as_a_function_it_returns_the_whole_mapping() -> None:
    with site_caches(one={"BACKEND": LOCAL}, two={"BACKEND": LOCAL}):
        assert list(stats(aliases=["two"])) == ["two"]
        assert list(stats()) == ["one", "two"]


@pytest.mark.parametrize(
    ("aliases", "error"),
    [
        (["main", "nowhere"], r"CACHES has no 'nowhere' \(it has: main\)"),
        ("main", "aliases is a list of texts, not a str"),
        ([1], "aliases"),
    ],
)
def test_aliases_that_are_none_are_named_at_start(aliases: Any, error: str) -> None:
    with site_caches(main={"BACKEND": LOCAL}):
        with pytest.raises(ValueError, match=error):
            stats.names(aliases=aliases)
        entry = ("caches", "status.providers.django.stats.caches", (), {"aliases": aliases})
        with override_settings(STATUS_PROVIDERS={"stats": [entry]}):
            [seen] = observe("stats").observations
    assert "can't be used: ValueError" in str(seen.error)
