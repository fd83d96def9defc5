"""The tables that the templates show, by name, and their columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Column:
    """`path` is where its value stands in a row, `kind` how it is put, `of` where its limit stands."""

    label: Promise | str
    path: str
    kind: str = "text"
    of: str = ""
    warns: Callable[[Values], bool] | None = None
    """Whether the value in this row should draw the eye."""


@dataclass(frozen=True, slots=True)
class Table:
    """The first column has the rows' heads. `good` and `bad` say how a row is: `bad` is one with an `error`."""

    label: Promise | str
    columns: tuple[Column, ...]
    good: Promise | str = ""
    bad: Promise | str = ""
    findable: bool = False
    """Whether the search shows and hides its rows one by one."""


def _asked(label: Promise) -> Table:
    return Table(
        label,
        (
            Column(pgettext_lazy("status", "Package"), "name"),
            Column(pgettext_lazy("status", "Installed"), "installed", "code"),
            Column(pgettext_lazy("status", "Asked for"), "asked", "code"),
            Column(pgettext_lazy("status", "File"), "file", "code"),
        ),
        findable=True,
    )


def _statements(label: Promise) -> Table:
    return Table(
        label,
        (
            Column(pgettext_lazy("status", "Statement"), "statement", "code"),
            Column(pgettext_lazy("status", "Calls"), "calls", "count"),
            Column(pgettext_lazy("status", "Mean"), "mean_ms", "ms"),
            Column(pgettext_lazy("status", "Altogether"), "total_ms", "ms"),
            Column(pgettext_lazy("status", "Of all time"), "time_ratio", "share"),
            Column(pgettext_lazy("status", "Rows"), "rows", "count"),
        ),
    )


def _indexes(label: Promise) -> Table:
    return Table(
        label,
        (
            Column(pgettext_lazy("status", "Index"), "index", "code"),
            Column(pgettext_lazy("status", "Table"), "table", "code"),
            Column(pgettext_lazy("status", "Covered by"), "covered_by", "code"),
            Column(pgettext_lazy("status", "Size"), "size_bytes", "bytes"),
        ),
    )


_SLOT_IS_LOST = ("unreserved", "lost")

TABLES: Mapping[str, Table] = {
    # Databases
    "blocked": Table(
        pgettext_lazy("status", "Who waits for a lock, and for whom"),
        (
            Column(pgettext_lazy("status", "Process"), "pid", "code"),
            Column(pgettext_lazy("status", "Waits for"), "blocked_by", "codes"),
            Column(pgettext_lazy("status", "Waits"), "waits_s", "seconds"),
            Column(pgettext_lazy("status", "Table"), "relation", "code"),
            Column(pgettext_lazy("status", "Mode"), "mode", "code"),
        ),
    ),
    "largest_tables": Table(
        pgettext_lazy("status", "Largest tables"),
        (
            Column(pgettext_lazy("status", "Table"), "table", "code"),
            Column(pgettext_lazy("status", "Size"), "size_bytes", "bytes"),
            Column(pgettext_lazy("status", "Indexes"), "index_bytes", "bytes"),
            Column(pgettext_lazy("status", "Free"), "free_bytes", "bytes"),
            Column(pgettext_lazy("status", "Rows"), "rows", "count"),
            Column(pgettext_lazy("status", "Dead rows"), "dead_rows", "count"),
            Column(pgettext_lazy("status", "Dead"), "dead_ratio", "share"),
            Column(pgettext_lazy("status", "Vacuumed"), "last_vacuum_at", "ago"),
            Column(pgettext_lazy("status", "Analyzed"), "last_analyze_at", "ago"),
        ),
    ),
    "invalid_indexes": _indexes(pgettext_lazy("status", "Invalid indexes")),
    "duplicate_indexes": _indexes(pgettext_lazy("status", "Duplicate indexes")),
    "unused_indexes": _indexes(pgettext_lazy("status", "Unused indexes")),
    "slowest_statements": _statements(pgettext_lazy("status", "Slowest statements")),
    "busiest_statements": _statements(pgettext_lazy("status", "Statements that take most time")),
    "standbys": Table(
        pgettext_lazy("status", "Standbys"),
        (
            Column(pgettext_lazy("status", "Standby"), "name"),
            Column(pgettext_lazy("status", "State"), "state", "word", warns=lambda row: row["state"] != "streaming"),
            Column(pgettext_lazy("status", "Mode"), "sync", "word"),
            Column(pgettext_lazy("status", "Behind"), "lag_bytes", "bytes"),
            Column(pgettext_lazy("status", "Lag"), "lag_s", "seconds"),
        ),
    ),
    "slots": Table(
        pgettext_lazy("status", "Replication slots"),
        (
            Column(pgettext_lazy("status", "Slot"), "name"),
            Column(pgettext_lazy("status", "Kind"), "type", "word"),
            Column(pgettext_lazy("status", "In use"), "active", warns=lambda row: row["active"] is False),
            Column(
                pgettext_lazy("status", "State"),
                "wal_status",
                "word",
                warns=lambda row: row["wal_status"] in _SLOT_IS_LOST,
            ),
            Column(pgettext_lazy("status", "Log kept"), "retained_bytes", "bytes", of="limit_bytes"),
        ),
    ),
    "sources": Table(
        pgettext_lazy("status", "Replicated from"),
        (
            Column(pgettext_lazy("status", "Source"), "name"),
            Column(pgettext_lazy("status", "Receives"), "receives", warns=lambda row: row["receives"] is False),
            Column(pgettext_lazy("status", "Applies"), "applies", warns=lambda row: row["applies"] is False),
            Column(pgettext_lazy("status", "Lag"), "lag_s", "seconds"),
            Column(
                pgettext_lazy("status", "Error"), "apply_error", "count", warns=lambda row: bool(row["apply_error"])
            ),
        ),
    ),
    "apps": Table(
        pgettext_lazy("status", "Tables by app"),
        (
            Column(pgettext_lazy("status", "App"), "name", "code"),
            Column(pgettext_lazy("status", "Tables"), "value", "count"),
        ),
    ),
    # Caches
    "servers": Table(
        pgettext_lazy("status", "Servers"),
        (
            Column(pgettext_lazy("status", "Server"), "server", "code"),
            Column(pgettext_lazy("status", "Version"), "version"),
            Column(pgettext_lazy("status", "Up"), "uptime_s", "seconds"),
            Column(pgettext_lazy("status", "Memory"), "memory.used_bytes", "bytes", of="memory.limit_bytes"),
            Column(pgettext_lazy("status", "Hit ratio"), "hit_ratio", "share"),
            Column(pgettext_lazy("status", "Evicted"), "evicted", "count"),
            Column(pgettext_lazy("status", "Clients"), "clients.connected", "count", of="clients.limit"),
            Column(pgettext_lazy("status", "Entries"), "entries", "count"),
            Column(pgettext_lazy("status", "Role"), "replication.role", "role"),
        ),
        good=pgettext_lazy("status", "online"),
        bad=pgettext_lazy("status", "down"),
    ),
    "keys": Table(
        pgettext_lazy("status", "Keys by database"),
        (
            Column(pgettext_lazy("status", "Database"), "name", "code"),
            Column(pgettext_lazy("status", "Keys"), "keys", "count"),
            Column(pgettext_lazy("status", "With expiry"), "with_expiry", "count"),
        ),
    ),
    "replicas": Table(
        pgettext_lazy("status", "Replicas"),
        (
            Column(pgettext_lazy("status", "State"), "state", "word", warns=lambda row: row["state"] != "online"),
            Column(pgettext_lazy("status", "Lag"), "lag_s", "seconds"),
            Column(pgettext_lazy("status", "Behind"), "lag_bytes", "bytes"),
        ),
    ),
    # Celery
    "workers": Table(
        pgettext_lazy("status", "Workers"),
        (
            Column(pgettext_lazy("status", "Worker"), "name"),
            Column(pgettext_lazy("status", "Up"), "uptime", "seconds"),
            Column(pgettext_lazy("status", "Concurrency"), "pool.max-concurrency", "count"),
            Column(pgettext_lazy("status", "Prefetched"), "prefetch_count", "count"),
            Column(pgettext_lazy("status", "Tasks done"), "total", "total"),
            Column(pgettext_lazy("status", "Most memory"), "rusage.maxrss", "kib"),
        ),
        good=pgettext_lazy("status", "online"),
        bad=pgettext_lazy("status", "silent"),
        findable=True,
    ),
    "queues": Table(
        pgettext_lazy("status", "Queues"),
        (
            Column(pgettext_lazy("status", "Queue"), "name", "code"),
            Column(pgettext_lazy("status", "Waiting"), "length", "count"),
            Column(pgettext_lazy("status", "Oldest"), "oldest_age_s", "seconds"),
            Column(
                pgettext_lazy("status", "Workers"),
                "workers",
                "count",
                warns=lambda row: row["workers"] == 0 and bool(row["length"]),  # nobody takes them
            ),
            Column(pgettext_lazy("status", "Consumers"), "consumers", "count"),
        ),
        findable=True,
    ),
    "beats": Table(
        pgettext_lazy("status", "Schedulers"),
        (
            Column(pgettext_lazy("status", "Beat"), "name"),
            Column(pgettext_lazy("status", "Alive"), "alive", warns=lambda row: row["alive"] is False),
            Column(pgettext_lazy("status", "Last seen"), "seen_at", "ago"),
        ),
        findable=True,
    ),
    # Packages
    "missing": _asked(pgettext_lazy("status", "Missing")),
    "behind": _asked(pgettext_lazy("status", "Behind")),
    "ahead": _asked(pgettext_lazy("status", "Ahead")),
}
