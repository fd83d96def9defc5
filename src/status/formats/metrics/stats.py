"""Which figures of the stats that ship become metrics: one line each, and nothing by guessing.

A path leads through what a provider returns, by component first. In it `{database}` takes any key, `servers[server]`
each entry of a list by what the entry has under `server`. What is taken so are the values of the metric's labels, in
their order; where a path takes fewer, the last ones are empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .metric import PREFIX, Kind, Metric

MILLISECONDS = 0.001


@dataclass(frozen=True, slots=True)
class Stat:
    """A figure: where it is, and the metric that it becomes once it is multiplied with the scale."""

    path: str
    metric: Metric
    scale: float = 1.0


def _stats(root: str, name: str, labels: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> tuple[Stat, ...]:
    """Of rows of a path below the root, a metric's name without that of all, what it means, and perhaps more labels."""
    found = []
    for path, short, means, *more in rows:
        kind = Kind.COUNTER if short.endswith("_total") else Kind.GAUGE
        metric = Metric(f"{PREFIX}{name}_{short}", means, (*labels, *more), kind)
        found.append(Stat(f"{root}{path}", metric, MILLISECONDS if path.endswith("_ms") else 1.0))
    return tuple(found)


DATABASES = _stats(
    "{database}.",
    "database",
    ("database",),
    (
        ("server.uptime_s", "uptime_seconds", "Since the server started."),
        ("connections.total", "connections", "Connections to the whole server, this check's own included."),
        ("connections.limit", "connections_limit", "The most that it takes."),
        ("connections.used_ratio", "connections_used_ratio", "Connections of their limit."),
        ("connections.in_database.total", "connections_here", "Connections to this database alone (PostgreSQL)."),
        ("connections.running", "connections_running", "Connections that run a statement (MySQL, MariaDB)."),
        ("connections.refused", "connections_refused_total", "Refused for want of room (MySQL, MariaDB)."),
        ("size_bytes", "size_bytes", "Of the database."),
        ("used_ratio", "size_used_ratio", "Of the size that it may grow to (SQLite)."),
        ("wal.size_bytes", "log_size_bytes", "Of the write-ahead log (SQLite)."),
        ("cache.hit_ratio", "cache_hit_ratio", "Blocks found in the server's memory, of all that were asked for."),
        ("cache.used_ratio", "cache_used_ratio", "Of the buffer pool (MySQL, MariaDB)."),
        ("transactions.commits", "commits_total", "Transactions committed (PostgreSQL)."),
        ("transactions.rollbacks", "rollbacks_total", "Transactions rolled back (PostgreSQL)."),
        ("transactions.deadlocks", "deadlocks_total", "Deadlocks."),
        ("locks.deadlocks", "deadlocks_total", "Deadlocks."),
        ("transactions.temp_bytes", "temporary_bytes_total", "Written to temporary files (PostgreSQL)."),
        ("queries.total", "queries_total", "Statements (MySQL, MariaDB)."),
        ("queries.slow", "slow_queries_total", "Statements over `long_query_time` (MySQL, MariaDB)."),
        ("locks.waiting", "locks_waiting", "Sessions that wait for a lock."),
        ("locks.waited_ms", "locks_waited_seconds_total", "Waited for locks of rows (MySQL, MariaDB)."),
        ("oldest.transaction_age_s", "oldest_transaction_seconds", "Age of the oldest transaction that is open."),
        ("oldest.query_age_s", "oldest_query_seconds", "Age of the statement that runs the longest (PostgreSQL)."),
        ("wraparound.used_ratio", "wraparound_used_ratio", "Of the ids up to the wraparound (PostgreSQL)."),
        ("checkpoints.requested", "checkpoints_requested_total", "Checkpoints before their time (PostgreSQL)."),
        ("replication.replay.lag_s", "replication_lag_seconds", "What a standby is behind.", "source"),
        (
            "replication.standbys[name].lag_s",
            "standby_lag_seconds",
            "What a standby is behind, as its primary sees it.",
            "standby",
        ),
        (
            "replication.standbys[name].lag_bytes",
            "standby_log_bytes",
            "The log that it has still to replay.",
            "standby",
        ),
        (
            "replication.slots[name].retained_bytes",
            "slot_retained_bytes",
            "The log that a slot keeps (PostgreSQL).",
            "slot",
        ),
        ("replication.sources[name].lag_s", "replication_lag_seconds", "What a standby is behind.", "source"),
        ("pool.in_use", "pool_in_use", "Connections of the answering process's pool that are in use."),
        ("pool.limit", "pool_limit", "The most that the pool opens."),
        ("pool.waiting", "pool_waiting", "Requests of this process that wait for a connection."),
        # Each process has a pool of its own: a counter of whichever answers would go back with every other scrape.
        ("pool.requests_failed", "pool_requests_failed", "Requests of this process that got none in time, so far."),
        ("migrations.unapplied_total", "migrations_unapplied", "Migrations that `migrate` would apply."),
    ),
)

CACHES = (
    *_stats(
        "{cache}.servers[server].",
        "cache",
        ("cache", "server"),
        (
            ("uptime_s", "uptime_seconds", "Since the server started."),
            ("memory.used_bytes", "memory_used_bytes", "Memory in use."),
            ("memory.limit_bytes", "memory_limit_bytes", "The most that it takes, where there is a limit."),
            ("memory.used_ratio", "memory_used_ratio", "Of that limit."),
            ("memory.resident_bytes", "memory_resident_bytes", "Memory of the server's process (Redis)."),
            ("hit_ratio", "hit_ratio", "Keys found, of all that were asked for."),
            ("hits", "hits_total", "Keys that were found."),
            ("misses", "misses_total", "Keys that were not."),
            ("evicted", "evictions_total", "Entries removed for want of room."),
            ("clients.connected", "clients", "Clients that are connected."),
            ("clients.limit", "clients_limit", "The most that it takes."),
            ("clients.rejected", "clients_rejected_total", "Clients refused for want of room."),
            ("slow_log", "slow_commands", "Entries of the slow log (Redis)."),
        ),
    ),
    *_stats(
        "{cache}.servers[server].", "cache", ("cache", "server"), (("entries", "entries", "Entries in the cache."),)
    ),
    *_stats(
        "{cache}.servers[server].keys.{keyspace}.",
        "cache",
        ("cache", "server", "keyspace"),
        (("keys", "keys", "Keys of a database of the server (Redis)."),),
    ),
    *_stats(
        "{cache}.",
        "cache",
        ("cache", "server"),
        (
            ("entries", "entries", "Entries in the cache."),
            ("limit", "entries_limit", "The most that it keeps (memory, files, tables)."),
            ("used_ratio", "entries_used_ratio", "Of that limit."),
            ("used_bytes", "memory_used_bytes", "Memory in use."),
        ),
    ),
)

CELERY = (
    *_stats(
        "totals.",
        "celery",
        (),
        (
            ("workers.online", "workers", "Workers that answered."),
            ("workers.expected", "workers_expected", "Workers that STATUS_CELERY_WORKERS names."),
            ("workers.missing", "workers_missing", "Of these, those that did not answer."),
            ("concurrency", "concurrency", "Processes or threads of all pools."),
            ("used_ratio", "used_ratio", "Of these, those that are at a task."),
            ("tasks.active", "tasks_active", "Tasks that are run."),
            ("tasks.reserved", "tasks_reserved", "Tasks that workers have fetched and not begun."),
            ("tasks.scheduled", "tasks_scheduled", "Tasks that workers keep for a later time."),
        ),
    ),
    *_stats(
        "totals.queues.{queue}.",
        "celery_queue",
        ("queue",),
        (
            ("length", "length", "Messages that wait in the broker."),
            ("workers", "workers", "Workers that take from it."),
            (
                "oldest_age_s",
                "oldest_seconds",
                "Age of the message that comes next (Redis, where messages are stamped).",
            ),
        ),
    ),
)

SYSTEM = _stats(
    "",
    "system",
    (),
    (
        ("cpu.limit", "cpu_limit", "Processors that may be used."),
        ("cpu.used", "cpu_used", "Processors in use since this process looked last."),
        ("cpu.used_ratio", "cpu_used_ratio", "Of those that may be."),
        ("cpu.throttled_ratio", "cpu_throttled_ratio", "Periods in which the container had to wait."),
        ("load.one_minute", "load_1m", "Processes that run or wait, over a minute."),
        ("load.five_minutes", "load_5m", "Over five."),
        ("load.fifteen_minutes", "load_15m", "Over fifteen."),
        ("memory.used_bytes", "memory_used_bytes", "Of the container where that is limited, else of the machine."),
        ("memory.limit_bytes", "memory_limit_bytes", "Its limit."),
        ("memory.used_ratio", "memory_used_ratio", "Of that limit."),
        ("memory.killed_for_memory", "memory_kills_total", "Processes that the kernel killed for memory (container)."),
        ("swap.used_bytes", "swap_used_bytes", "Of the machine."),
        ("disk.used_bytes", "disk_used_bytes", "Of the file system that is looked at."),
        ("disk.limit_bytes", "disk_limit_bytes", "What it has room for."),
        ("disk.used_ratio", "disk_used_ratio", "Of that room."),
        ("disk.inodes.used_ratio", "disk_inodes_used_ratio", "Of its inodes."),
        ("process.rss_bytes", "process_resident_bytes", "Memory of the answering process."),
        ("process.threads", "process_threads", "Its threads."),
        ("process.open_files.open", "process_open_files", "Its open files, sockets among them."),
        ("process.open_files.limit", "process_open_files_limit", "The most that it may open."),
        ("process.uptime_s", "process_uptime_seconds", "Since it started."),
        ("server.processes", "processes", "Processes of the site on this host, as far as they are registered."),
    ),
)

STATS = {
    "status.providers.django.stats.databases": DATABASES,
    "status.providers.django.stats.caches": CACHES,
    "status.providers.celery.stats.celery": CELERY,
    "status.providers.system.system": SYSTEM,
}
"""By where the provider's function is defined, whatever a project calls the provider."""
