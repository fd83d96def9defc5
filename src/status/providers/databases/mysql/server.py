"""The server: its threads against the limit, its buffer pool and its slow queries."""

from __future__ import annotations

import time

from ....core.observation import Json
from ...moments import moment
from ..asking import Asking, number, ratio, used

_VARIABLES = """SELECT @@version AS version, @@max_connections AS most, @@long_query_time AS long_query_s,
  @@slow_query_log AS is_logged, @@innodb_buffer_pool_size AS pool_bytes, @@read_only AS is_read_only"""
_COUNTERS = {
    "Uptime": "server",
    "Threads_connected": "connections",
    "Threads_running": "connections",
    "Max_used_connections": "connections",
    "Connection_errors_max_connections": "connections",
    "Aborted_connects": "connections",
    "Innodb_buffer_pool_read_requests": "cache",
    "Innodb_buffer_pool_reads": "cache",
    "Innodb_buffer_pool_pages_total": "cache",
    "Innodb_buffer_pool_pages_free": "cache",
    "Innodb_buffer_pool_bytes_dirty": "cache",
    "Slow_queries": "queries",
    "Questions": "queries",
    "Innodb_row_lock_current_waits": "locks",
    "Innodb_row_lock_waits": "locks",
    "Innodb_row_lock_time": "locks",
    "Innodb_row_lock_time_avg": "locks",
    "Innodb_row_lock_time_max": "locks",
    "Innodb_deadlocks": "",  # MariaDB's alone
}
"""Each counter, and the part of the figures that has a gap without it."""
_STATUS = "SHOW GLOBAL STATUS WHERE Variable_name IN ({})".format(", ".join(f"'{name}'" for name in _COUNTERS))


def figures(ask: Asking) -> dict[str, Json]:
    told: dict[str, Json] = {}
    variables = ask.row("server", _VARIABLES)
    rows = ask.rows("connections", _STATUS)
    counted = {str(row["Variable_name"]): int(str(row["Value"])) for row in rows or () if str(row["Value"]).isdecimal()}
    if variables:
        told["server"] = _server(variables, counted)
    if variables and rows is not None:
        told |= _counters(variables, counted)
        ask.unavailable |= _gaps(counted)
    return told


def _server(variables: dict[str, Json], counted: dict[str, int]) -> Json:
    told: dict[str, Json] = {"version": variables["version"], "read_only": bool(variables["is_read_only"])}
    if (uptime := counted.get("Uptime")) is not None:
        told |= {"started_at": moment(time.time() - uptime), "uptime_s": uptime}
    return told


def _counters(variables: dict[str, Json], counted: dict[str, int]) -> dict[str, Json]:
    """Every counter may be missing: other servers speak MySQL's protocol too, and count less."""
    asked, pages = counted.get("Innodb_buffer_pool_read_requests"), counted.get("Innodb_buffer_pool_pages_total")
    return {
        "connections": {
            **used(counted.get("Threads_connected"), variables["most"]),
            "running": counted.get("Threads_running"),
            "most": counted.get("Max_used_connections"),
            "refused": counted.get("Connection_errors_max_connections"),
            "failed": counted.get("Aborted_connects"),
        },
        "cache": {
            "hit_ratio": _rest(asked, counted.get("Innodb_buffer_pool_reads")),
            "limit_bytes": variables["pool_bytes"],
            "used_ratio": _rest(pages, counted.get("Innodb_buffer_pool_pages_free")),
            "dirty_bytes": counted.get("Innodb_buffer_pool_bytes_dirty"),
        },
        "queries": {
            "total": counted.get("Questions"),
            "slow": counted.get("Slow_queries"),
            "slow_from_s": number(variables["long_query_s"]),
            "slow_are_logged": bool(variables["is_logged"]),
        },
        "locks": {
            "waiting": counted.get("Innodb_row_lock_current_waits"),
            "waits": counted.get("Innodb_row_lock_waits"),
            "waited_ms": counted.get("Innodb_row_lock_time"),
            "mean_wait_ms": counted.get("Innodb_row_lock_time_avg"),
            "longest_wait_ms": counted.get("Innodb_row_lock_time_max"),
            "deadlocks": counted.get("Innodb_deadlocks"),  # MySQL does not count them here
        },
    }


def _rest(whole: int | None, part: int | None) -> float | None:
    """The share that is left of the whole without the part; None where one of them is not counted."""
    return None if whole is None or part is None else ratio(whole - part, whole)


def _gaps(counted: dict[str, int]) -> dict[str, Json]:
    """The counters that this server lacks, by the part of the figures that they are for."""
    lacking: dict[str, list[str]] = {}
    for name, part in _COUNTERS.items():
        if part and name not in counted:
            lacking.setdefault(part, []).append(name)
    return {part: f"this server has no {', '.join(names)}" for part, names in lacking.items()}
