"""What INFO and SLOWLOG LEN of Redis, Valkey and their like say, of every server of a cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.cache.backends.base import BaseCache

from ...core.redaction import describe
from ..moments import moment
from ..shares import ratio
from .instance import fresh, is_django_redis, servers
from .servers import ask_each

MOST = 10
"""Databases and replicas that are listed."""


def figures(backend: type[BaseCache], settings: Mapping[str, Any]) -> dict[str, object]:
    """Two commands a server, neither of which looks at a key."""
    listed = servers(settings.get("LOCATION", ""), "," if is_django_redis(backend) else "[;,]")

    def ask(server: Any, within_s: float) -> dict[str, object]:
        with fresh(backend, settings, server, within_s) as cache:
            return _told(_client(cache))

    return {"kind": "redis", "servers": ask_each(listed, _name, ask)}


def _client(cache: Any) -> Any:
    """A client of redis-py over the instance's own pool."""
    if is_django_redis(type(cache)):
        return cache.client.get_client(write=True)
    return cache._cache.get_client(write=True)


def _name(url: object) -> str:
    """Host and port, or the socket's path: never a password."""
    parts = urlsplit(str(url))
    if not parts.hostname:
        return unquote(parts.path) or "none"
    try:
        port = parts.port
    except ValueError:  # the client says what is wrong with it
        port = None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{host}:{port or 6379}"


def _told(client: Any) -> dict[str, object]:
    unavailable: dict[str, str] = {}
    info = _allowed(client.info, "figures", "INFO", unavailable)
    slow = _allowed(client.slowlog_len, "slow_log", "SLOWLOG", unavailable)
    told: dict[str, object] = {} if info is None else _figures(info)
    if slow is not None:
        told["slow_log"] = slow
    if unavailable:
        told["unavailable"] = unavailable
    return told


def _allowed(command: Callable[[], Any], what: str, right: str, unavailable: dict[str, str]) -> Any:
    """The answer; None, and why, where the server refuses this command to this user or does not know it."""
    from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

    try:
        return command()
    except AuthenticationError:  # refused altogether
        raise
    except NoPermissionError as error:
        unavailable[what] = f"needs the right to {right}: {describe(error)}"
    except ResponseError as error:
        if "unknown command" not in str(error).lower():  # as renamed or removed ones are
            raise
        unavailable[what] = f"needs the command {right}: {describe(error)}"
    return None


def _figures(info: Mapping[str, Any]) -> dict[str, object]:
    hits, misses = info.get("keyspace_hits"), info.get("keyspace_misses")
    return {
        "software": info.get("server_name", "redis"),
        "version": info.get("valkey_version") or info.get("redis_version"),
        "uptime_s": info.get("uptime_in_seconds"),
        "memory": _memory(info),
        "hit_ratio": ratio(hits, (hits or 0) + (misses or 0)),
        "hits": hits,
        "misses": misses,
        "evicted": info.get("evicted_keys"),
        "expired": info.get("expired_keys"),
        "commands": info.get("total_commands_processed"),
        "operations_each_second": info.get("instantaneous_ops_per_sec"),
        "clients": _clients(info),
        "keys": _keys(info),
        "persistence": _persistence(info),
        "replication": _replication(info),
    }


def _memory(info: Mapping[str, Any]) -> dict[str, object]:
    used, limit = info.get("used_memory"), info.get("maxmemory") or None  # 0 stands for no limit
    return {
        "used_bytes": used,
        "limit_bytes": limit,
        "used_ratio": ratio(used, limit),
        "peak_bytes": info.get("used_memory_peak"),
        "resident_bytes": info.get("used_memory_rss"),
        "policy": info.get("maxmemory_policy"),
    }


def _clients(info: Mapping[str, Any]) -> dict[str, object]:
    connected, limit = info.get("connected_clients"), info.get("maxclients")
    return {
        "connected": connected,
        "limit": limit,
        "used_ratio": ratio(connected, limit),
        "blocked": info.get("blocked_clients"),
        "rejected": info.get("rejected_connections"),
    }


def _keys(info: Mapping[str, Any]) -> dict[str, object]:
    """By database, those with the most keys first."""
    databases = {
        name: counts for name, counts in info.items() if name[:2] == "db" and name[2:].isdigit() and "keys" in counts
    }
    largest = sorted(databases, key=lambda name: (-databases[name]["keys"], int(name[2:])))[:MOST]
    return {name: {"keys": databases[name]["keys"], "with_expiry": databases[name].get("expires")} for name in largest}


def _persistence(info: Mapping[str, Any]) -> dict[str, object]:
    saved_at = info.get("rdb_last_save_time")
    return {
        "loading": bool(info.get("loading")),
        "last_save_at": None if saved_at is None else moment(saved_at),
        "last_save": info.get("rdb_last_bgsave_status"),
        "changes_since_save": info.get("rdb_changes_since_last_save"),
        "saving": bool(info.get("rdb_bgsave_in_progress")),
        "aof": bool(info.get("aof_enabled")),
        "aof_last_write": info.get("aof_last_write_status"),
        "aof_last_rewrite": info.get("aof_last_bgrewrite_status"),
        "aof_size_bytes": info.get("aof_current_size"),
    }


def _replication(info: Mapping[str, Any]) -> dict[str, object]:
    role, offset = info.get("role"), info.get("master_repl_offset")
    if role != "slave":
        replicas = [info[f"slave{at}"] for at in range(MOST) if isinstance(info.get(f"slave{at}"), Mapping)]
        listed = [
            {"state": each.get("state"), "lag_s": each.get("lag"), "lag_bytes": _behind(offset, each.get("offset"))}
            for each in replicas
        ]
        return {"role": role, "replicas": info.get("connected_slaves"), "listed": listed}
    up = info.get("master_link_status") == "up"
    return {
        "role": role,
        "link_is_up": up,
        "lag_s": info.get("master_last_io_seconds_ago") if up else info.get("master_link_down_since_seconds"),
        "lag_bytes": _behind(info.get("slave_read_repl_offset"), info.get("slave_repl_offset")),
        "syncing": bool(info.get("master_sync_in_progress")),
    }


def _behind(offset: int | None, reached: int | None) -> int | None:
    return None if offset is None or reached is None else max(offset - reached, 0)
