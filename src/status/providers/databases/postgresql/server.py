"""The server, and what it counts for this database: commits, hits, how far the wraparound of transaction ids is."""

from __future__ import annotations

from ....core.observation import Json
from ..asking import Asking, number, picked, ratio
from .asking import PostgresAsking

WRAPAROUND = 2**31 - 1 - 3_000_000
"""The age at which writes are refused (postgresql.org/docs, "Preventing Transaction ID Wraparound Failures")."""

_STATEMENT = """
SELECT current_setting('server_version') AS version,
  extract(epoch FROM pg_postmaster_start_time())::float8 AS started_at,
  extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8 AS uptime_s,
  pg_is_in_recovery() AS in_recovery,
  s.xact_commit AS commits, s.xact_rollback AS rollbacks, s.deadlocks, s.conflicts,
  s.blks_hit AS hits, s.blks_read AS reads, s.temp_bytes,
  extract(epoch FROM s.stats_reset)::float8 AS counted_since_at,
  c.timed, c.requested,
  w.age, w.multixact_age, w.datname AS database
FROM pg_stat_database s,
  LATERAL ({checkpoints}) c,
  LATERAL (SELECT age(datfrozenxid) AS age, mxid_age(datminmxid) AS multixact_age, datname
           FROM pg_database ORDER BY greatest(age(datfrozenxid), mxid_age(datminmxid)) DESC LIMIT 1) w
WHERE s.datname = current_database()
"""
_CHECKPOINTS = "SELECT num_timed AS timed, num_requested AS requested FROM pg_stat_checkpointer"
_CHECKPOINTS_BEFORE_17 = "SELECT checkpoints_timed AS timed, checkpoints_req AS requested FROM pg_stat_bgwriter"


def figures(ask: Asking) -> dict[str, Json]:
    assert isinstance(ask, PostgresAsking)  # noqa: S101
    checkpoints = _CHECKPOINTS if ask.version >= 170000 else _CHECKPOINTS_BEFORE_17
    row = ask.row("server", _STATEMENT.format(checkpoints=checkpoints))
    if not row:
        return {}
    hits, reads = row["hits"], row["reads"]
    return {
        "server": picked(row, "version", "started_at", "uptime_s", "in_recovery"),
        "transactions": picked(row, "commits", "rollbacks", "deadlocks", "conflicts", "temp_bytes", "counted_since_at"),
        "cache": {"hit_ratio": _share(hits, reads)},
        "wraparound": {
            "age": row["age"],
            "limit": WRAPAROUND,
            "used_ratio": ratio(row["age"], WRAPAROUND),
            "multixact_age": row["multixact_age"],
            "multixact_used_ratio": ratio(row["multixact_age"], WRAPAROUND),
            "database": row["database"],
        },
        "checkpoints": picked(row, "timed", "requested"),
    }


def size(ask: Asking) -> dict[str, Json]:
    """By itself: it asks the file system for each of the database's files, which may be slow."""
    return ask.row("size_bytes", "SELECT pg_database_size(current_database()) AS size_bytes")


def _share(hits: Json, reads: Json) -> float | None:
    return ratio(hits, number(hits) + number(reads))
