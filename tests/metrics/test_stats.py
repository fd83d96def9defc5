"""The figures that are declared are those that the providers return, of real servers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import override_settings

from status import observe
from status.core.observation import Json
from status.formats.format import Showing
from status.formats.metrics import made
from status.formats.metrics.counters import readings
from status.formats.metrics.metric import Kind
from status.formats.metrics.stats import CACHES, CELERY, DATABASES, STATS, SYSTEM, Stat
from status.formats.metrics.walking import found
from status.providers.base import load
from status.providers.databases.mysql import replication as mysql
from status.providers.databases.postgresql import replication as postgresql
from status.totals.keeper import Told
from status.totals.newest import load as load_counters
from tests.conftest import StartCeleryWorker
from tests.servers.mariadb import MariaDB
from tests.servers.memcached import Memcached
from tests.servers.postgres import Postgres
from tests.servers.valkey import Valkey
from tests.sites import celery_project, databases, site_caches

PATHS = {"databases": "status.providers.django.stats.databases", "caches": "status.providers.django.stats.caches"}
PATHS |= {"celery": "status.providers.celery.stats.celery", "system": "status.providers.system.system"}

pytestmark = pytest.mark.usefixtures("databases_allowed")

OF_A_CONTAINER = {"cpu.throttled_ratio", "memory.killed_for_memory"}
OF_A_MACHINE = {"swap.used_bytes"}
"""Where it has any."""
OF_STAMPED = {"totals.queues.{queue}.oldest_age_s"}


@contextmanager
def stats(name: str, **kwargs: Any) -> Iterator[None]:
    with override_settings(STATUS_PROVIDERS={"stats": [("it", PATHS[name], (), kwargs)]}):
        yield


def look() -> Json:
    """What the provider returned, by component where it has any."""
    (seen,) = observe("stats").observations
    assert not seen.failed, seen.error
    return {part.name: part.value for part in seen.components} if seen.components else seen.value


def missing(table: tuple[Stat, ...], *trees: Json) -> set[str]:
    """Paths that lead nowhere in any of the values."""
    return {stat.path for stat in table if not any(list(found(tree, stat.path)) for tree in trees)}


def metrics() -> dict[str, Any]:
    """Of a host with this one process."""
    showing = Showing([observe("stats")], frozenset({"stats"}))
    read = {key: load_counters(each.counters) for key, each in readings(showing).items()}
    families = made.of_reports(showing, time.time(), Told({}, read))
    return {family.metric.name: dict(family.series) for family in families}


def test_tables_are_of_providers_that_there_are() -> None:
    for path in STATS:
        function = load(path)
        assert f"{function.__module__}.{getattr(function, '__qualname__', '')}" == path
    assert set(PATHS.values()) == set(STATS)


class Row(dict[str, Json]):
    """Of a server with every column that is asked for."""

    def __missing__(self, key: str) -> Json:
        return 1


class Replicating:
    """What is asked of a database, to one that replicates and is replicated: none of ours does."""

    is_mariadb = True

    def rows(self, *asked: str) -> list[Row]:
        return [Row(kind=kind) for kind in ("standby", "slot", "self")]


def replicating() -> Json:
    ask: Any = Replicating()
    return {"pg": postgresql.figures(ask), "my": mysql.figures(ask)}


def test_figures_of_databases(postgres: Postgres, mariadb: MariaDB, tmp_path: Path) -> None:
    import sqlite3

    file = tmp_path / "db.sqlite3"
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE it (id)")
    sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}
    pooled = postgres.django_database(OPTIONS={"pool": {"min_size": 1, "max_size": 2}})
    entries = {"pg": pooled, "my": mariadb.django_database(), "lite": sqlite}
    postgres.sql("SELECT pg_create_physical_replication_slot('metrics', true)")
    try:
        with databases(**entries), stats("databases", aliases=list(entries)):
            pool: Any = connections["pg"]
            pool.ensure_connection()  # it is made when it is first used
            assert missing(DATABASES, look(), replicating()) == set()
            told = metrics()
            pool.close()
            pool.close_pool()
    finally:
        connection.close()
        postgres.sql("SELECT pg_drop_replication_slot('metrics')")
    assert told["django_status_database_slot_retained_bytes"][("pg", "metrics")] >= 0
    assert told["django_status_database_pool_limit"] == {("pg",): 2}
    assert told["django_status_database_connections"][("pg",)] >= 1
    assert told["django_status_database_connections_limit"][("my",)] == 151
    assert 0 < told["django_status_database_connections_used_ratio"][("pg",)] < 1
    assert set(told["django_status_database_deadlocks_total"]) == {("pg",), ("my",)}
    assert told["django_status_database_log_size_bytes"][("lite",)] > 0


def test_figures_of_caches(valkey: Valkey, memcached: Memcached) -> None:
    backend = "django.core.cache.backends"
    entries = {
        "redis": {"BACKEND": f"{backend}.redis.RedisCache", "LOCATION": valkey.url},
        "memcached": {"BACKEND": f"{backend}.memcached.PyMemcacheCache", "LOCATION": memcached.url},
        "memory": {"BACKEND": f"{backend}.locmem.LocMemCache", "LOCATION": "metrics"},
    }
    with site_caches(default=entries["memory"], **entries), stats("caches"):
        from django.core.cache import caches

        caches["redis"].set("it", 1)
        assert missing(CACHES, look()) == set()
        time.sleep(1.1)
        told = metrics()
    server = f"127.0.0.1:{valkey.port}"
    assert told["django_status_cache_memory_used_bytes"][("redis", server)] > 0
    assert told["django_status_cache_keys"][("redis", server, "db0")] >= 1
    assert told["django_status_cache_entries"][("memory", "")] == 0
    assert told["django_status_cache_clients_limit"][("memcached", f"127.0.0.1:{memcached.port}")] == 1024


def test_figures_of_celery(valkey: Valkey, start_celery_worker: StartCeleryWorker) -> None:
    start_celery_worker(valkey.url, "mail@web-1")
    with celery_project(valkey.url), stats("celery", workers=["mail@web-1"]):
        assert missing(CELERY, look()) <= OF_STAMPED
        time.sleep(1.1)
        told = metrics()
    assert told["django_status_celery_workers"] == {(): 1}
    assert told["django_status_celery_workers_missing"] == {(): 0}
    assert told["django_status_celery_queue_length"] == {("celery",): 0}


def test_figures_of_the_system() -> None:
    with stats("system"):
        assert missing(SYSTEM, look()) <= {*OF_A_CONTAINER, *OF_A_MACHINE, "server.processes"}
        time.sleep(1.1)
        told = metrics()
    assert told["django_status_system_cpu_limit"][()] > 0
    assert told["django_status_system_process_resident_bytes"][()] > 1_000_000
    assert 0 < told["django_status_system_disk_used_ratio"][()] < 1


def test_figures_of_a_judged_resource_are_told_as_well() -> None:
    with override_settings(STATUS_JUDGED=["stats"]), stats("system"):
        assert metrics()["django_status_system_memory_limit_bytes"][()] > 0


def test_what_is_of_one_process_alone_is_no_counter() -> None:
    """Scrapes are answered in turn by all processes: it would go back, and be taken for a server that began anew."""
    own = [stat.metric for stats in STATS.values() for stat in stats if {"pool", "process"} & {*stat.path.split(".")}]
    assert {metric.kind for metric in own} == {Kind.GAUGE}
    assert "django_status_database_pool_requests_failed" in {metric.name for metric in own}


def test_milliseconds_become_seconds() -> None:
    scales = {stat.path: stat.scale for stat in DATABASES}
    assert scales["{database}.locks.waited_ms"] == 0.001
    assert scales["{database}.server.uptime_s"] == 1.0
    for table in STATS.values():
        for stat in table:
            key = stat.path.rpartition(".")[2]
            unit = {"_s": "seconds", "_ms": "seconds", "_bytes": "bytes", "_ratio": "ratio"}
            expected = next((unit[end] for end in unit if key.endswith(end)), "")
            assert stat.metric.unit == expected, stat.path
