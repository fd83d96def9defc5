"""Django's pool of psycopg connections, as this process has it."""

from __future__ import annotations

from django.db import connections

from ...core.observation import Json
from .asking import Asking, number, ratio


def figures(ask: Asking) -> dict[str, Json]:
    """The pool's state under `pool`; nothing for a database without one. It is neither made, opened nor used here."""
    alias = ask.connection.alias
    if not connections.settings[alias]["OPTIONS"].get("pool"):
        return {}
    # Not through `DatabaseWrapper.pool`, which makes what is not there yet.
    pool = getattr(type(ask.connection), "_connection_pools", {}).get(alias)
    if pool is None or pool.closed:
        ask.withheld("pool", "a request", "this process has not used its pool yet")
        return {}
    counted: dict[str, int] = pool.get_stats()
    size, idle, limit = (counted.get(name, 0) for name in ("pool_size", "pool_available", "pool_max"))
    return {
        "pool": {
            "size": size,
            "in_use": size - idle,
            "idle": idle,
            "least": counted.get("pool_min", 0),
            "limit": limit,
            "used_ratio": ratio(size - idle, limit),
            "waiting": counted.get("requests_waiting", 0),
            "requests": counted.get("requests_num", 0),
            "requests_queued": counted.get("requests_queued", 0),
            "requests_failed": counted.get("requests_errors", 0),
            "mean_wait_ms": _mean(counted, "requests_wait_ms", "requests_queued"),
            "mean_use_ms": _mean(counted, "usage_ms", "requests_num"),
            "connections_made": counted.get("connections_num", 0),
            "connections_failed": counted.get("connections_errors", 0),
            "connections_lost": counted.get("connections_lost", 0),
        }
    }


def _mean(counted: dict[str, int], whole: str, times: str) -> float | None:
    return round(number(counted.get(whole)) / counted[times], 3) if counted.get(times) else None
