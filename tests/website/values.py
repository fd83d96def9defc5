"""Values as the providers of stats give them of a shop's servers: taken from real ones, with the names changed."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any

KIB, MIB, GIB = 1024, 1024**2, 1024**3


def ago(seconds: float) -> str:
    return datetime.fromtimestamp(time.time() - seconds, timezone.utc).isoformat(timespec="seconds")


def _settings(**given: object) -> dict[str, object]:
    usual = {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False, "TIME_ZONE": None}
    return {"HOST": "", "PORT": "", **usual, **given}


def _table(name: str, size: int, rows: int, dead: int, vacuumed_s: float) -> dict[str, object]:
    return {
        "table": name,
        "size_bytes": size,
        "index_bytes": size // 3,
        "rows": rows,
        "dead_rows": dead,
        "dead_ratio": dead / (rows + dead),
        "last_vacuum_at": ago(vacuumed_s),
        "last_analyze_at": ago(vacuumed_s / 2),
    }


def _statement(text: str, calls: int, mean_ms: float) -> dict[str, object]:
    total_ms = calls * mean_ms
    share = total_ms / 9_000_000
    return {
        "statement": text,
        "calls": calls,
        "mean_ms": mean_ms,
        "total_ms": total_ms,
        "time_ratio": share,
        "rows": calls * 3,
    }


def postgresql() -> dict[str, Any]:
    """A busy primary with a little of everything, and a few things that matter."""
    return {
        "vendor": "postgresql",
        "is_usable": True,
        "settings": _settings(NAME="shop", HOST="db.shop.internal", PORT="5432"),
        "server": {"version": "18.4", "started_at": ago(3_540_000), "uptime_s": 3_540_000.2, "in_recovery": False},
        "transactions": {
            "commits": 481_204_551,
            "rollbacks": 20_114,
            "deadlocks": 3,
            "conflicts": 2,
            "temp_bytes": 12 * GIB,
            "counted_since_at": ago(3_540_000),
        },
        "cache": {"hit_ratio": 0.993112, "index_hit_ratio": 0.99991},
        "wraparound": {
            "age": 1_801_203_551,
            "limit": 2_144_483_647,
            "used_ratio": 0.839924,
            "multixact_age": 241_000_000,
            "multixact_used_ratio": 0.112381,
            "database": "shop",
        },
        "checkpoints": {"timed": 12_004, "requested": 31},
        "connections": {
            "total": 87,
            "limit": 100,
            "used_ratio": 0.87,
            "reserved": 3,
            "in_database": {"total": 81},
            "by_state": {"idle": 71, "active": 12, "idle_in_transaction": 4},
        },
        "oldest": {
            "transaction_age_s": 2_460.5,
            "transaction_pid": 41_207,
            "transaction_state": "idle_in_transaction",
            "transaction_statement": "UPDATE shop_order SET state = ? WHERE id = ? RETURNING id",
            "query_age_s": 4.2,
            "query_pid": 41_311,
            "query_statement": "SELECT count(*) FROM shop_order WHERE note LIKE ?",
            "prepared_age_s": 62.0,
        },
        "locks": {
            "waiting": 2,
            "blocked": [
                {
                    "pid": 41_311,
                    "blocked_by": [41_207],
                    "waits_s": 124.5,
                    "lock": "transactionid",
                    "mode": "ShareLock",
                    "relation": "shop_order",
                },
                {
                    "pid": 41_400,
                    "blocked_by": [41_207, 41_311],
                    "waits_s": 3.1,
                    "lock": "relation",
                    "mode": "AccessExclusiveLock",
                    "relation": "shop_order",
                },
            ],
        },
        "replication": {
            "standbys_total": 2,
            "standbys": [
                {"name": "replica-1", "state": "streaming", "sync": "async", "lag_bytes": 81_920, "lag_s": 0.012},
                {"name": "replica-2", "state": "catchup", "sync": "async", "lag_bytes": 3 * GIB, "lag_s": 640.0},
            ],
            "slots_total": 2,
            "slots": [
                {
                    "name": "replica_1",
                    "active": True,
                    "type": "physical",
                    "wal_status": "reserved",
                    "retained_bytes": 16 * MIB,
                    "limit_bytes": 40 * GIB,
                    "used_ratio": 0.0004,
                },
                {
                    "name": "warehouse",
                    "active": False,
                    "type": "logical",
                    "wal_status": "unreserved",
                    "retained_bytes": 38 * GIB,
                    "limit_bytes": 40 * GIB,
                    "used_ratio": 0.95,
                },
            ],
        },
        "size_bytes": 38_114_020_352,
        "largest_tables": [
            _table("shop_order", 14 * GIB, 41_204_551, 1_204_551, 4_000),
            _table("shop_basket_item", 9 * GIB, 88_120_004, 31_120_004, 900_000),
            _table("django_session", 310 * MIB, 1_201_345, 17, 300),
            {"table": "shop_import", "size_bytes": 12 * MIB, "index_bytes": None, "rows": 0, "dead_rows": 0},
        ],
        "indexes": {
            "total": 214,
            "unused_total": 12,
            "unused": [{"index": "shop_order_note_like", "table": "shop_order", "size_bytes": 910 * MIB}],
            "duplicate_total": 1,
            "duplicate": [
                {
                    "index": "shop_order_customer",
                    "table": "shop_order",
                    "covered_by": "shop_order_customer_created",
                    "size_bytes": 410 * MIB,
                }
            ],
            "invalid_total": 1,
            "invalid": [{"index": "shop_order_code_ccnew", "table": "shop_order", "size_bytes": 120 * MIB}],
        },
        "slowest_statements": [
            _statement('SELECT "shop_order".* FROM "shop_order" WHERE note LIKE $1 ORDER BY created DESC', 12, 8_400.2),
            _statement("REFRESH MATERIALIZED VIEW shop_turnover", 40, 2_210.9),
        ],
        "busiest_statements": [
            _statement('SELECT "django_session".* FROM "django_session" WHERE session_key = $1', 31_204_551, 0.08),
            {"statement": None, "calls": 12, "mean_ms": 3.1, "total_ms": 37.2, "time_ratio": 0.00001, "rows": 12},
        ],
        "tables": {"total": 61, "of_no_app": 3, "missing_total": 1, "missing": ["shop_voucher"]},
        "apps": {"auth": 6, "sessions": 1, "shop": 48},
        "migrations": {
            "count": 120,
            "unapplied_total": 2,
            "unapplied": ["shop.0041_voucher", "shop.0042_voucher_code"],
        },
        "pool": {
            "size": 4,
            "in_use": 4,
            "idle": 0,
            "least": 4,
            "limit": 4,
            "used_ratio": 1.0,
            "waiting": 2,
            "requests": 41_000,
            "requests_queued": 120,
            "requests_failed": 1,
            "mean_wait_ms": 12.4,
            "mean_use_ms": 3.1,
            "connections_lost": 2,
        },
        "unavailable": {
            "slowest_statements.statement": "needs pg_read_all_stats: those of other roles are hidden",
        },
    }


def standby() -> dict[str, Any]:
    """A quiet standby, asked by a role that may see little."""
    return {
        "vendor": "postgresql",
        "settings": _settings(NAME="shop", HOST="replica.shop.internal", PORT="5432", CONN_MAX_AGE=0),
        "server": {"version": "18.4", "started_at": ago(86_400), "uptime_s": 86_400.0, "in_recovery": True},
        "transactions": {"commits": 120, "rollbacks": 0, "deadlocks": 0, "conflicts": 0, "temp_bytes": 0},
        "cache": {"hit_ratio": 0.9999},
        "connections": {
            "total": 12,
            "limit": 100,
            "used_ratio": 0.12,
            "in_database": {"total": 12, "limit": 20},
            "by_state": {"hidden": 11, "active": 1},
        },
        "oldest": {"transaction_age_s": None, "query_age_s": None},
        "locks": {"waiting": 0, "blocked": []},
        "replication": {
            "standbys": [],
            "slots": [],
            "replay": {"state": "replaying", "lag_bytes": 81_920, "lag_s": 0.4},
        },
        "size_bytes": 38_114_020_352,
        "migrations": {"count": 120, "unapplied_total": 0, "unapplied": []},
        "unavailable": {
            "connections.by_state": "needs pg_read_all_stats: sessions of other roles are hidden",
            "oldest": "needs pg_read_all_stats: sessions of other roles are hidden",
            "slowest_statements": "needs pg_stat_statements: the extension is not in this database",
        },
    }


def mariadb() -> dict[str, Any]:
    return {
        "vendor": "mysql",
        "settings": _settings(NAME="legacy", HOST="maria.shop.internal", PORT=3306, CONN_MAX_AGE=None),
        "server": {
            "version": "10.11.19-MariaDB-0+deb12u1",
            "read_only": False,
            "started_at": ago(7_200),
            "uptime_s": 7_200,
        },
        "connections": {
            "total": 12,
            "limit": 151,
            "used_ratio": 0.0795,
            "running": 2,
            "most": 151,
            "refused": 4,
            "failed": 1,
        },
        "cache": {"hit_ratio": 0.998309, "limit_bytes": 128 * MIB, "used_ratio": 0.93, "dirty_bytes": 1_900_544},
        "queries": {"total": 1_204_551, "slow": 17, "slow_from_s": 10.0, "slow_are_logged": False},
        "locks": {
            "waiting": 1,
            "waits": 214,
            "waited_ms": 4_100,
            "mean_wait_ms": 19,
            "longest_wait_ms": 1_410,
            "deadlocks": 1,
            "blocked": [{"pid": 88, "blocked_by": [41], "waits_s": 1.4, "mode": "X", "relation": "legacy.stock"}],
        },
        "oldest": {"transaction_age_s": 12.5, "transaction_pid": 41},
        "replication": {
            "sources_total": 1,
            "sources": [
                {
                    "name": "main",
                    "receives": True,
                    "applies": False,
                    "lag_s": None,
                    "receive_error": 0,
                    "apply_error": 1062,
                }
            ],
        },
        "largest_tables": [
            {"table": "stock", "size_bytes": 210 * MIB, "index_bytes": 16 * MIB, "free_bytes": 4 * MIB, "rows": 900_001}
        ],
        "tables": {"total": 12, "of_no_app": 12, "missing_total": 0},
        "apps": {},
        "migrations": {"count": 0, "unapplied_total": 0, "unapplied": []},
        "unavailable": {"replication": "needs REPLICA MONITOR: permission denied"},
    }


def sqlite() -> dict[str, Any]:
    return {
        "vendor": "sqlite",
        "settings": _settings(NAME="/srv/shop/outbox.sqlite3", TIME_ZONE="UTC", ATOMIC_REQUESTS=True),
        "server": {"version": "3.40.1"},
        "size_bytes": 118_784 * KIB,
        "limit_bytes": 200 * MIB,
        "used_ratio": 0.58,
        "pages": 29_696,
        "page_size_bytes": 4096,
        "free_list": {"pages": 120, "size_bytes": 480 * KIB, "free_ratio": 0.0041},
        "journal_mode": "wal",
        "file": {"size_bytes": 118_784 * KIB},
        "wal": {"size_bytes": 2_286_632, "room_pages": 555, "pages": 555, "waiting_pages": 41},
        "checkpoint": {"last_at": ago(840), "known_by": "the file's time of change"},
        "tables": {"total": 2, "of_no_app": 0, "missing_total": 0},
        "apps": {"outbox": 2},
        "migrations": {"count": 4, "unapplied_total": 0, "unapplied": []},
        "unavailable": {"wal.pages": "needs SQLite 3.51: this is 3.40.1"},
    }


def databases() -> dict[str, dict[str, Any]]:
    return {"default": postgresql(), "replica": standby(), "legacy": mariadb(), "outbox": sqlite()}


def redis_server(name: str = "cache.shop.internal:6379", **given: object) -> dict[str, Any]:
    return {
        "server": name,
        "software": "valkey",
        "version": "9.1.2",
        "uptime_s": 356_400,
        "memory": {
            "used_bytes": 3_865_470_566,
            "limit_bytes": 4 * GIB,
            "used_ratio": 0.9,
            "peak_bytes": 4 * GIB,
            "resident_bytes": 4 * GIB,
            "policy": "allkeys-lru",
        },
        "hit_ratio": 0.9412,
        "hits": 941_200,
        "misses": 58_800,
        "evicted": 12_204,
        "expired": 88_120,
        "commands": 41_204_551,
        "operations_each_second": 1_204,
        "clients": {"connected": 214, "limit": 10_000, "used_ratio": 0.0214, "blocked": 1, "rejected": 3},
        "keys": {
            "db0": {"keys": 1_204_551, "with_expiry": 1_204_000},
            "db1": {"keys": 17, "with_expiry": 0},
        },
        "persistence": {
            "loading": True,
            "last_save_at": time.time() - 8_000,
            "last_save": "err",
            "changes_since_save": 41_207,
            "saving": False,
            "aof": True,
            "aof_last_write": "err",
            "aof_last_rewrite": "ok",
            "aof_size_bytes": 810 * MIB,
        },
        "replication": {
            "role": "master",
            "replicas": 2,
            "listed": [
                {"state": "online", "lag_s": 0, "lag_bytes": 14},
                {"state": "wait_bgsave", "lag_s": 12, "lag_bytes": 3 * MIB},
            ],
        },
        "slow_log": 12,
        **given,
    }


REPLICA = {"role": "slave", "link_is_up": False, "lag_s": 640, "lag_bytes": 81_920, "syncing": False}
BACKENDS = "django.core.cache.backends"


def caches() -> dict[str, dict[str, Any]]:
    memcached = {
        "server": "10.0.0.7:11211",
        "version": "1.6.18",
        "uptime_s": 840,
        "memory": {"used_bytes": 12 * MIB, "limit_bytes": 64 * MIB, "used_ratio": 0.1875},
        "entries": 41_207,
        "hit_ratio": 0.871,
        "evicted": 0,
        "expired_unread": 12,
        "clients": {"connected": 12, "limit": 1024, "used_ratio": 0.0117, "rejected": 0},
        "threads": 4,
    }
    down = {"server": "10.0.0.8:11211", "error": "ConnectionRefusedError: [Errno 111] Connection refused"}
    role = {"unavailable": {"slow_log": "needs the right to SLOWLOG: NOPERM"}}
    healthy = {"loading": False, "last_save_at": time.time() - 400, "last_save": "ok", "aof": False}
    replica = redis_server("replica:6379", replication=REPLICA, persistence=healthy, **role)
    up = {**REPLICA, "link_is_up": True, "lag_s": 1}
    room = {"entries": 290, "limit": 300, "used_ratio": 0.9667, "used_bytes": 812_004}
    return {
        "default": {"backend": f"{BACKENDS}.redis.RedisCache", "kind": "redis", "servers": [redis_server()]},
        "replica": {"backend": f"{BACKENDS}.redis.RedisCache", "kind": "redis", "servers": [replica]},
        "reader": {
            "backend": f"{BACKENDS}.redis.RedisCache",
            "kind": "redis",
            "servers": [redis_server("reader:6379", replication=up, persistence=healthy, keys={})],
        },
        "sessions": {
            "backend": f"{BACKENDS}.memcached.PyMemcacheCache",
            "kind": "memcached",
            "servers": [memcached, down, {**memcached, "server": "10.0.0.9:11211"}],
        },
        "pages": {"backend": f"{BACKENDS}.memcached.PyMemcacheCache", "kind": "memcached", "servers": [memcached]},
        "local": {"backend": f"{BACKENDS}.locmem.LocMemCache", "kind": "memory", "scope": "this process", **room},
        "files": {"backend": f"{BACKENDS}.filebased.FileBasedCache", "kind": "files", **room, "counted_all": False},
        "table": {
            "backend": f"{BACKENDS}.db.DatabaseCache",
            "kind": "table",
            "database": "default",
            "estimated": True,
            "counted_all": True,
            **room,
        },
        "off": {"backend": f"{BACKENDS}.dummy.DummyCache", "kind": "dummy", "entries": 0, "note": "it keeps nothing"},
        "other": {
            "backend": "shop.caches.Own",
            "kind": "foreign",
            "unavailable": {"figures": "needs a backend of Django's: of another it is not known what to ask"},
        },
    }


def worker(done: int, uptime: int = 356_400) -> dict[str, Any]:
    """As a worker of Celery's tells it."""
    return {
        "uptime": uptime,
        "prefetch_count": 16,
        "pool": {"max-concurrency": 4, "processes": [101, 102, 103, 104]},
        "total": {"shop.orders.tasks.confirm": done, "shop.mail.tasks.send": done // 3},
        "rusage": {"maxrss": 184_320 + done},
    }


def totals() -> dict[str, Any]:
    return {
        "workers": {
            "online": 5,
            "expected": 5,
            "missing": 1,
            "missing_names": ["mail@w2.shop.internal"],
            "unexpected": 1,
            "unexpected_names": ["import@w7.shop.internal"],
        },
        "concurrency": 20,
        "tasks": {"active": 17, "reserved": 41, "scheduled": 3, "registered": 48, "registered_names": ["shop.mail"]},
        "used_ratio": 0.85,
        "queues": {
            "celery": {"length": 1_207, "workers": 3, "consumers": 3, "oldest_age_s": 124.5},
            "mail": {"length": 0, "workers": 1, "consumers": 1},
            "parked": {"length": 12, "workers": 0, "consumers": 0, "oldest_age_s": 86_400.0},
        },
        "beat": {
            "celerybeat@w1": {"alive": True, "seen_at": ago(12)},
            "celerybeat@old": {"alive": False, "seen_at": ago(86_400)},
        },
        "unavailable": {"reserved": "told by 4 of 5 workers in time"},
    }


def system() -> dict[str, Any]:
    return {
        "cpu": {
            "processors": 8,
            "usable": 8,
            "of": "container",
            "limit": 2.0,
            "used": 1.83,
            "used_ratio": 0.915,
            "over_s": 10.1,
            "throttled_ratio": 0.214,
        },
        "load": {"one_minute": 3.42, "five_minutes": 2.17, "fifteen_minutes": 1.3},
        "memory": {
            "of": "container",
            "used_bytes": 1_932_735_283,
            "limit_bytes": 2 * GIB,
            "used_ratio": 0.9,
            "available_bytes": 214_748_365,
            "killed_for_memory": 2,
        },
        "swap": {"used_bytes": 0, "limit_bytes": 4 * GIB, "used_ratio": 0.0},
        "disk": {
            "path": "/srv/shop",
            "used_bytes": 30_475_571_200,
            "limit_bytes": 108_944_293_888,
            "used_ratio": 0.2797,
            "free_bytes": 78_468_722_688,
            "inodes": {"used": 692_092, "limit": 16_777_216, "used_ratio": 0.0413},
        },
        "process": {
            "pid": 7038,
            "uptime_s": 356_400.8,
            "rss_bytes": 99_655_680,
            "cpu_used_s": 8_412.18,
            "threads": 9,
            "open_files": {"open": 940, "limit": 1024, "used_ratio": 0.918},
            "python_threads": 8,
            "garbage": {"enabled": False, "collections": [209, 19, 1], "uncollectable": 3, "frozen": 0},
        },
        "server": {
            "name": "gunicorn",
            "version": "25.0.1",
            "worker_class": "gthread",
            "program": "gunicorn",
            "worker": 2,
            "workers": 4,
            "processes": 4,
        },
        "unavailable": {"worker": "needs STATUS_RUNTIME_DIR: there is no such folder"},
    }


def packages(count: int = 120) -> dict[str, Any]:
    def asked(name: str, installed: str | None, specifier: str) -> dict[str, object]:
        return {"name": name, "installed": installed, "asked": specifier, "file": "uv.lock"}

    return {
        "count": count,
        "files": [{"file": "uv.lock", "asks_for": 118, "skipped": 2}],
        "counts": {"behind": 12, "ahead": 1, "missing": 1},
        "missing": [asked("sentry-sdk", None, "==2.44.0")],
        "behind": [asked(f"package-{at}", f"1.{at}", f"==1.{at + 1}") for at in range(12)],
        "ahead": [asked("django", "6.1.3", ">=5.2,<6")],
        "unavailable": {"requirements.txt": "needs a file that can be read: it is not in UTF-8"},
        "installed": [{"name": f"package-{at:03}", "version": f"1.{at}"} for at in range(count)],
    }


def code() -> dict[str, Any]:
    return {
        "debug": True,
        "scm": "git",
        "branch": {"local": "main", "remote": "origin/main"},
        "commit": {
            "id": "5c2587a0a1ea8f0c7b72d87a5da85340769e9856",
            "summary": "Retry the webhook",
            "date": ago(7_300),
        },
        "tag": "v3.1",
        "dirty": True,
        "version": "3.1.0",
        "python": "3.13.0",
        "django": "6.1.3",
        "deploy": {
            "platform": "Kubernetes",
            "commit": "5c2587a0a1ea8f0c7b72d87a5da85340769e9856",
            "branch": "main",
            "release": "v3.1",
            "image": "registry.internal/shop:3.1",
            "deployment": "shop-web",
            "deployed_at": ago(7_000),
            "service": "web",
            "environment": "production",
            "instance": "shop-web-7f6c-x2",
            "namespace": "shop",
            "node": "node-3",
            "region": "eu-west-1",
            "told_by": {"commit": "SOURCE_COMMIT"},
            "files": {"REVISION": "5c2587a"},
            "distribution": {"name": "shop", "version": "3.1.0", "url": "https://git.internal/shop.git"},
        },
    }
