"""The server: its threads against the limit, its buffer pool and its slow queries."""

from __future__ import annotations

import time

from ....core.observation import Json
from ..asking import Asking, moment, number, ratio, used

_VARIABLES = """SELECT @@version AS version, @@max_connections AS most, @@long_query_time AS long_query_s,
  @@slow_query_log AS is_logged, @@innodb_buffer_pool_size AS pool_bytes, @@read_only AS is_read_only"""
_COUNTERS = (
    "Uptime",
    "Threads_connected",
    "Threads_running",
    "Max_used_connections",
    "Connection_errors_max_connections",
    "Aborted_connects",
    "Innodb_buffer_pool_read_requests",
    "Innodb_buffer_pool_reads",
    "Innodb_buffer_pool_pages_total",
    "Innodb_buffer_pool_pages_free",
    "Innodb_buffer_pool_bytes_dirty",
    "Slow_queries",
    "Questions",
    "Innodb_row_lock_current_waits",
    "Innodb_row_lock_waits",
    "Innodb_row_lock_time",
    "Innodb_row_lock_time_avg",
    "Innodb_row_lock_time_max",
    "Innodb_deadlocks",
)
_STATUS = "SHOW GLOBAL STATUS WHERE Variable_name IN ({})".format(", ".join(f"'{name}'" for name in _COUNTERS))


def figures(ask: Asking) -> dict[str, Json]:
    told: dict[str, Json] = {}
    variables = ask.row("server", _VARIABLES)
    rows = ask.rows("connections", _STATUS)
    counted = {str(row["Variable_name"]): int(str(row["Value"])) for row in rows or ()}
    if variables:
        told["server"] = _server(variables, counted)
    if variables and counted:
        told |= _counters(variables, counted)
    return told


def _server(variables: dict[str, Json], counted: dict[str, int]) -> Json:
    told: dict[str, Json] = {"version": variables["version"], "read_only": bool(variables["is_read_only"])}
    if (uptime := counted.get("Uptime")) is not None:
        told |= {"started_at": moment(time.time() - uptime), "uptime_s": uptime}
    return told


def _counters(variables: dict[str, Json], counted: dict[str, int]) -> dict[str, Json]:
    asked, read = counted["Innodb_buffer_pool_read_requests"], counted["Innodb_buffer_pool_reads"]
    pages, free = counted["Innodb_buffer_pool_pages_total"], counted["Innodb_buffer_pool_pages_free"]
    return {
        "connections": {
            **used(counted["Threads_connected"], variables["most"]),
            "running": counted["Threads_running"],
            "most": counted["Max_used_connections"],
            "refused": counted["Connection_errors_max_connections"],
            "failed": counted["Aborted_connects"],
        },
        "cache": {
            "hit_ratio": ratio(asked - read, asked),
            "limit_bytes": variables["pool_bytes"],
            "used_ratio": ratio(pages - free, pages),
            "dirty_bytes": counted["Innodb_buffer_pool_bytes_dirty"],
        },
        "queries": {
            "total": counted["Questions"],
            "slow": counted["Slow_queries"],
            "slow_from_s": number(variables["long_query_s"]),
            "slow_are_logged": bool(variables["is_logged"]),
        },
        "locks": {
            "waiting": counted["Innodb_row_lock_current_waits"],
            "waits": counted["Innodb_row_lock_waits"],
            "waited_ms": counted["Innodb_row_lock_time"],
            "mean_wait_ms": counted["Innodb_row_lock_time_avg"],
            "longest_wait_ms": counted["Innodb_row_lock_time_max"],
            "deadlocks": counted.get("Innodb_deadlocks"),  # MySQL does not count them here
        },
    }
