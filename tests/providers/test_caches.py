"""Each cache gives back what it was given, and loses none of the site's entries to the check."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from django.utils.module_loading import import_string

from status import State, observe
from status.core import bounds
from status.core.observation import Observation
from status.engine import engine
from status.providers.caches import instance
from status.providers.django.health import caches as check_caches
from status.testing import inline
from tests.checking import told_at_start
from tests.servers.memcached import Memcached
from tests.servers.postgres import Postgres
from tests.servers.valkey import Valkey
from tests.sites import DEADLINE_S, databases, site_caches
from tests.waiting import wait_until

LOCAL = "django.core.cache.backends.locmem.LocMemCache"
FILES = "django.core.cache.backends.filebased.FileBasedCache"
TABLE = "django.core.cache.backends.db.DatabaseCache"


def look() -> dict[str, Observation]:
    """Alias → what was observed of it."""
    [seen] = observe("health", ["caches"]).observations
    return {part.name: part for part in seen.components}


@pytest.fixture
def table_cache(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A database cache with its table, in a site whose database is an SQLite file."""
    (tmp_path / "db").touch()
    entry = {"BACKEND": TABLE, "LOCATION": "cached", "OPTIONS": {"MAX_ENTRIES": 5}}
    with databases(default={"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "db"}):
        with site_caches(default=entry):
            call_command("createcachetable")
        yield entry


@pytest.fixture
def entry(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """The settings of a cache of each kind, with room for five entries where it culls by itself."""
    room = {"OPTIONS": {"MAX_ENTRIES": 5}}
    kind = request.param
    if kind == "local":
        return {"BACKEND": LOCAL, "LOCATION": str(tmp_path), **room}
    if kind == "files":
        return {"BACKEND": FILES, "LOCATION": tmp_path / "cache", **room}
    if kind == "table":
        table: dict[str, Any] = request.getfixturevalue("table_cache")
        return table
    server: Any = request.getfixturevalue(kind)
    cache: dict[str, Any] = server.django_cache()
    return cache


ALL = ("local", "files", "table", "valkey", "memcached")


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("entry", ALL, indirect=True)
def test_a_cache_that_gives_back_what_it_was_given_passes(entry: dict[str, Any]) -> None:
    with site_caches(main=entry):
        seen = look()["main"]
    assert (seen.state, seen.error) == (State.PASS, None)


@pytest.mark.usefixtures("patient")
def test_a_dummy_cache_passes_and_says_so() -> None:
    with site_caches(main={"BACKEND": "django.core.cache.backends.dummy.DummyCache"}):
        seen = look()["main"]
    assert (seen.state, seen.detail) == (State.PASS, "a dummy cache: it keeps nothing")


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("entry", ["local", "files", "table"], indirect=True)
def test_a_full_cache_loses_none_of_the_sites_entries(entry: dict[str, Any]) -> None:
    keys = [f"key-{number}" for number in range(5)]
    with site_caches(main=entry):
        caches["main"].set_many(dict.fromkeys(keys, "mine"), None)
        for _ in range(5):
            assert look()["main"].state is State.PASS
        assert sorted(caches["main"].get_many(keys)) == keys


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("entry", ["files", "valkey", "table"], indirect=True)
def test_it_leaves_no_entry_behind(entry: dict[str, Any], request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with site_caches(main=entry):
        look()
        if entry["BACKEND"] == FILES:
            assert not list((tmp_path / "cache").glob("*.djcache"))
        elif entry["BACKEND"] == TABLE:
            with connections["default"].cursor() as cursor:
                cursor.execute("SELECT count(*) FROM cached")
                assert cursor.fetchone() == (0,)
        else:
            assert not list(caches["main"]._cache.get_client().scan_iter("*status-check*"))  # type: ignore[attr-defined]


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("server", ["valkey", "memcached"])
def test_it_leaves_no_connection_behind(server: str, request: pytest.FixtureRequest) -> None:
    running: Any = request.getfixturevalue(server)
    process = psutil.Process()

    def sockets() -> list[Any]:
        return [each for each in process.net_connections("tcp") if each.raddr and each.raddr.port == running.port]

    with site_caches(main=running.django_cache()):
        before = len([each for each in sockets() if each.status == psutil.CONN_ESTABLISHED])
        for _ in range(10):
            assert look()["main"].state is State.PASS
        wait_until(lambda: len([e for e in sockets() if e.status == psutil.CONN_ESTABLISHED]) <= before)


# Dead, silent, swallowing


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("options", [{}, {"ignore_exc": True}], ids=["telling", "swallowing"])
def test_a_dead_memcached_fails(options: dict[str, Any], refused_port: int) -> None:
    entry = {
        "BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache",
        "LOCATION": f"127.0.0.1:{refused_port}",
        "OPTIONS": options,
    }
    with site_caches(main=entry):
        seen = look()["main"]
    assert seen.state is State.FAIL
    assert "refused" in str(seen.error)


@pytest.mark.usefixtures("patient")
def test_of_several_memcached_a_dead_one_fails_the_cache_every_time(memcached: Memcached, refused_port: int) -> None:
    entry = memcached.django_cache()
    entry["LOCATION"] = [entry["LOCATION"], f"127.0.0.1:{refused_port}"]
    with site_caches(main=entry):
        assert {look()["main"].state for _ in range(10)} == {State.FAIL}


@pytest.mark.usefixtures("patient")
def test_a_dead_redis_fails(valkey: Valkey, refused_port: int) -> None:
    entry = {**valkey.django_cache(), "LOCATION": f"redis://:hunter2@127.0.0.1:{refused_port}/0"}
    with site_caches(main=entry):
        seen = look()["main"]
    assert "refused" in str(seen.error)
    assert "hunter2" not in str(seen.error)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("server", ["own_valkey", "own_memcached"])
def test_a_server_stopped_in_its_tracks_fails_at_the_deadline_and_recovers(
    server: str, request: pytest.FixtureRequest
) -> None:
    running: Any = request.getfixturevalue(server)
    with site_caches(main=running.django_cache()):
        wait_until(lambda: look()["main"].state is State.PASS)
        running.stop_in_its_tracks()
        started = monotonic()
        seen = look()["main"]
        assert monotonic() - started < DEADLINE_S + 0.5
        assert seen.state is State.FAIL
        running.resume()
        wait_until(lambda: look()["main"].state is State.PASS, timeout_s=20)


class Forgetful(LocMemCache):
    """A backend that loses what it is told without a word."""

    def set(self, *args: Any, **kwargs: Any) -> None:
        return None


class Confused(LocMemCache):
    """A backend that mixes its answers up."""

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return "something else"


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(("backend", "gave"), [("Forgetful", "nothing"), ("Confused", "something else")])
def test_a_backend_that_swallows_its_errors_fails(backend: str, gave: str) -> None:
    with site_caches(main={"BACKEND": f"{__name__}.{backend}"}):
        assert look()["main"].error == f"it was given a value and gave back {gave}"


@pytest.mark.usefixtures("patient")
def test_a_backend_that_is_not_there_fails_alone() -> None:
    with site_caches(main={"BACKEND": LOCAL}, other={"BACKEND": "nowhere.Cache"}):
        seen = look()
    assert (seen["main"].state, seen["other"].state) == (State.PASS, State.FAIL)


# Redis with replicas


@pytest.mark.usefixtures("patient")
def test_the_lag_of_a_replica_is_no_failure(valkey: Valkey, own_valkey: Valkey) -> None:
    """The second server is no replica at all: it never has what the first was given."""
    entry = valkey.django_cache()
    entry["LOCATION"] = [valkey.url, own_valkey.url]
    with site_caches(main=entry):
        assert {look()["main"].state for _ in range(5)} == {State.PASS}


@pytest.mark.usefixtures("patient")
def test_a_replica_that_is_gone_is_one(valkey: Valkey, refused_port: int) -> None:
    entry = valkey.django_cache()
    entry["LOCATION"] = [valkey.url, f"redis://127.0.0.1:{refused_port}"]
    with site_caches(main=entry):
        assert {look()["main"].state for _ in range(5)} == {State.FAIL}


# What the site has set for itself


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("backend", ["redis.RedisCache", "memcached.PyMemcacheCache"])
@pytest.mark.parametrize("location", ["", []], ids=["empty text", "empty list"])
def test_a_cache_without_a_server_fails(backend: str, location: object) -> None:
    with site_caches(main={"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": location}):
        assert look()["main"].state is State.FAIL


@pytest.mark.parametrize(
    ("location", "bounded"),
    [
        ("redis://h/1?socket_timeout=20&db=3&retry_on_timeout=yes", "redis://h/1?db=3"),
        ("redis://h/1?socket%5Ftimeout=20&username=a%26b", "redis://h/1?username=a%26b"),
        ("unix:///run/redis.sock?max_connections=1", "unix:///run/redis.sock"),
        ("redis://h/1", "redis://h/1"),
    ],
)
def test_a_url_of_redis_does_not_stand_above_the_checks_bounds(location: str, bounded: str) -> None:
    assert instance.unbounded(location) == bounded


DJANGO_REDIS = "django_redis.cache.RedisCache"


@pytest.mark.usefixtures("patient")
def test_django_redis_is_checked_beside_the_sites_pool(valkey: Valkey) -> None:
    entry = {
        "BACKEND": DJANGO_REDIS,
        "LOCATION": valkey.url,
        "OPTIONS": {"CONNECTION_POOL_KWARGS": {"max_connections": 1}},
    }
    with site_caches(main=entry):
        pool = caches["main"].client.get_client().connection_pool  # type: ignore[attr-defined]
        held = pool.get_connection()
        try:
            assert look()["main"].state is State.PASS
        finally:
            pool.release(held)
            pool.disconnect()


@pytest.mark.usefixtures("hurried")
def test_django_redis_stopped_in_its_tracks_fails_at_the_deadline_and_ends_by_itself(own_valkey: Valkey) -> None:
    with site_caches(main={"BACKEND": DJANGO_REDIS, "LOCATION": own_valkey.url}):
        wait_until(lambda: look()["main"].state is State.PASS)
        own_valkey.stop_in_its_tracks()
        assert look()["main"].state is State.FAIL
        tracks = engine().runner._tracks.values()  # type: ignore[attr-defined]
        wait_until(lambda: not any(track.alive for track in tracks))
        own_valkey.resume()


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("backend", ["django.core.cache.backends.redis.RedisCache", DJANGO_REDIS])
def test_no_timeout_of_the_sites_keeps_a_run_going_that_nobody_asks_after(backend: str, own_valkey: Valkey) -> None:
    patience = {"CONNECTION_POOL_KWARGS": {"socket_timeout": 60, "retry_on_timeout": True}}
    entry = {
        "BACKEND": backend,
        "LOCATION": f"{own_valkey.url}?socket_timeout=60&socket_connect_timeout=60&retry_on_timeout=yes",
        "OPTIONS": patience if backend == DJANGO_REDIS else {"socket_timeout": 60, "retry_on_timeout": True},
    }
    with site_caches(main=entry):
        wait_until(lambda: look()["main"].state is State.PASS)
        own_valkey.stop_in_its_tracks()
        observe("health", ["caches"], timeout_s=0.01)  # gives up before the deadline: nothing is cut off
        tracks = engine().runner._tracks.values()  # type: ignore[attr-defined]
        wait_until(lambda: not any(track.alive for track in tracks))
        own_valkey.resume()


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("options", [{}, {"IGNORE_EXCEPTIONS": True}], ids=["telling", "swallowing"])
def test_a_dead_django_redis_fails_with_its_reason(options: dict[str, Any], refused_port: int) -> None:
    entry = {"BACKEND": DJANGO_REDIS, "LOCATION": f"redis://127.0.0.1:{refused_port}", "OPTIONS": options}
    with site_caches(main=entry):
        seen = look()["main"]
    assert seen.state is State.FAIL
    assert "refused" in str(seen.error)


@pytest.mark.usefixtures("patient")
def test_of_django_redis_a_replica_may_lag_and_must_answer(
    valkey: Valkey, own_valkey: Valkey, refused_port: int
) -> None:
    lagging = {"BACKEND": DJANGO_REDIS, "LOCATION": [valkey.url, own_valkey.url]}
    gone = {"BACKEND": DJANGO_REDIS, "LOCATION": f"{valkey.url},redis://127.0.0.1:{refused_port}"}
    with site_caches(lagging=lagging, gone=gone):
        for _ in range(5):
            seen = look()
            assert (seen["lagging"].state, seen["gone"].state) == (State.PASS, State.FAIL)


@pytest.mark.usefixtures("patient")
def test_each_shard_of_django_redis_is_tried_and_none_of_the_sites_pools_is_made(
    valkey: Valkey, own_valkey: Valkey, refused_port: int
) -> None:
    from django_redis.pool import ConnectionFactory  # type: ignore[import-untyped]

    sharded = {"BACKEND": DJANGO_REDIS, "OPTIONS": {"CLIENT_CLASS": "django_redis.client.ShardClient"}}
    well = {**sharded, "LOCATION": [valkey.url, own_valkey.url]}
    gone = {**sharded, "LOCATION": [valkey.url, f"redis://127.0.0.1:{refused_port}"]}
    before = dict(ConnectionFactory._pools)
    with site_caches(well=well, gone=gone):
        for _ in range(5):
            seen = look()
            assert (seen["well"].state, seen["gone"].state) == (State.PASS, State.FAIL)
    assert before == ConnectionFactory._pools


@pytest.mark.usefixtures("patient")
def test_a_check_that_uses_django_redis_leaves_the_sites_pool_alone(own_valkey: Valkey) -> None:
    """It is the process's: to disconnect it would be to cut a request off."""
    entry = {"BACKEND": DJANGO_REDIS, "LOCATION": own_valkey.url, "OPTIONS": {"CLOSE_CONNECTION": True}}

    def use() -> bool:
        return caches["main"].get("x", True)  # type: ignore[no-any-return]

    with site_caches(main=entry), override_settings(STATUS_PROVIDERS={"health": [("use", use)]}):
        pool = caches["main"].client.get_client().connection_pool  # type: ignore[attr-defined]
        held = pool.get_connection()
        try:
            assert observe("health").state is State.PASS
            assert held.is_connected
        finally:
            pool.release(held)
            pool.disconnect()


@pytest.mark.usefixtures("patient")
def test_a_broken_replica_behind_a_separator_is_not_overlooked(valkey: Valkey) -> None:
    """The site would read from it, every other time."""
    with site_caches(main=valkey.django_cache(LOCATION=f"{valkey.url};")):
        assert look()["main"].state is State.FAIL


def test_a_client_that_connects_anew_is_cut_off_each_time(own_valkey: Valkey) -> None:
    run = bounds.Bounds(0.0)
    token = bounds.current.set(run)
    try:
        with instance.fresh(RedisCache, {}, own_valkey.url) as cache:
            run.cut()  # not connected yet
            pool = cache._cache._get_connection_pool(write=True)  # type: ignore[attr-defined]
            for _ in range(2):
                connection = pool.get_connection()
                assert connection.is_connected
                run.cut()
                assert not connection.is_connected
                pool.release(connection)
    finally:
        bounds.current.reset(token)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("kind", ["plain", "coroutine"])
def test_the_caches_that_a_check_itself_uses_are_closed_after_it(kind: str, own_valkey: Valkey) -> None:
    def use() -> bool:
        return caches["main"].get("x", True)  # type: ignore[no-any-return]

    async def ause() -> bool:
        return await caches["main"].aget("x", True)  # type: ignore[no-any-return]

    def clients() -> int:
        return sum(
            each.status == psutil.CONN_ESTABLISHED and bool(each.raddr) and each.raddr.port == own_valkey.port
            for each in psutil.Process().net_connections("tcp")
        )

    gc.disable()
    try:
        with (
            site_caches(main=own_valkey.django_cache()),
            override_settings(STATUS_PROVIDERS={"health": [("use", use if kind == "plain" else ause)]}),
        ):
            for _ in range(100):
                assert observe("health").state is State.PASS
            wait_until(lambda: clients() == 0)
    finally:
        gc.enable()


@pytest.mark.usefixtures("patient")
def test_a_cache_that_a_check_does_not_use_is_not_made_for_it() -> None:
    def end_a_request() -> bool:
        caches.close_all()
        return caches["main"].get("x", True)  # type: ignore[no-any-return]

    with (
        site_caches(main={"BACKEND": LOCAL}, other={"BACKEND": "nowhere.Cache"}),
        override_settings(STATUS_PROVIDERS={"health": [("it", end_a_request)]}),
    ):
        assert observe("health").state is State.PASS


@pytest.mark.usefixtures("patient")
def test_what_a_check_uses_is_a_cache_like_any_other() -> None:
    def use() -> bool:
        caches["main"].set("key", "value")
        caches.close_all()
        return isinstance(caches["main"], LocMemCache) and "key" in caches["main"]

    with site_caches(main={"BACKEND": LOCAL}), override_settings(STATUS_PROVIDERS={"health": [("use", use)]}):
        assert observe("health").state is State.PASS


@pytest.mark.usefixtures("patient")
def test_a_client_that_other_threads_must_not_touch_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """pylibmc ends the process when it is disconnected meanwhile. A stand-in for it, as it is built against C."""
    client: Any = SimpleNamespace(NotFound=KeyError, disconnect_all=lambda: None)
    client.Client = lambda *args, **kwargs: client
    monkeypatch.setitem(sys.modules, "pylibmc", client)
    run = bounds.Bounds(0.0)
    token = bounds.current.set(run)
    try:
        backend = import_string("django.core.cache.backends.memcached.PyLibMCCache")
        with instance.fresh(backend, {}, "127.0.0.1:1"):
            assert not run._cuts
        with instance.fresh(LocMemCache, {}, ""):
            assert run._cuts
    finally:
        bounds.current.reset(token)


# A cache in a database


@pytest.mark.usefixtures("patient")
def test_a_cache_in_a_database_does_not_take_from_the_sites_pool(postgres: Postgres) -> None:
    pooled = postgres.django_database(OPTIONS={"pool": {"min_size": 1, "max_size": 1, "timeout": 0.5}})
    with databases(default=pooled), site_caches(default={"BACKEND": TABLE, "LOCATION": "pooled_cache"}):
        try:
            call_command("createcachetable")
            connections["default"].ensure_connection()
            assert look()["default"].state is State.PASS
        finally:
            with connections["default"].cursor() as cursor:
                cursor.execute("DROP TABLE pooled_cache")
            connections["default"].close()
            connections["default"].close_pool()  # type: ignore[attr-defined]


@pytest.mark.usefixtures("patient")
def test_a_cache_table_that_was_never_made_fails(tmp_path: Path) -> None:
    (tmp_path / "db").touch()
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "db"}
    with databases(default=database), site_caches(main={"BACKEND": TABLE, "LOCATION": "nowhere"}):
        assert "no such table" in str(look()["main"].error)


# Called directly, and inline


def test_called_as_a_function_it_returns_the_whole_mapping(refused_port: int) -> None:
    gone = {
        "BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache",
        "LOCATION": f"127.0.0.1:{refused_port}",
    }
    with site_caches(main={"BACKEND": LOCAL}, gone=gone):
        assert check_caches() == {"main": True, "gone": False}


def test_inline_it_uses_the_tests_own_instance() -> None:
    with site_caches(main={"BACKEND": LOCAL}), inline():
        assert look()["main"].state is State.PASS


@pytest.mark.parametrize(
    ("aliases", "told"),
    [
        ("default", "aliases is a list of texts, not a str"),
        (["nope"], "aliases: CACHES has no 'nope' (it has: default)"),
        ([], "aliases names none: a check of nothing would always pass"),
    ],
)
def test_wrong_aliases_are_told_at_start(aliases: object, told: str) -> None:
    assert told in told_at_start("django.health.caches", aliases)
