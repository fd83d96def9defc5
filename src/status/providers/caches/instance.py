"""Instances of cache backends that are a check's own: bounded, and disconnected when it is over."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any
from urllib.parse import unquote_plus

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.db import BaseDatabaseCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.memcached import BaseMemcachedCache, PyLibMCCache, PyMemcacheCache
from django.core.cache.backends.redis import RedisCache
from django.utils.module_loading import import_string

from ...core.bounds import cut_off, remaining_s

# What the site may have set otherwise for itself.
REDIS_BOUNDS = frozenset(
    {
        "socket_timeout",
        "socket_connect_timeout",
        "timeout",
        "retry",
        "retry_on_timeout",
        "retry_on_error",
        "max_connections",
    }
)

# These cull inside the process, by a count that the check's entry must not tip over.
CULLING = (LocMemCache, FileBasedCache, BaseDatabaseCache)


def servers(location: Any, separator: str) -> list[Any]:
    """As the backend itself splits them; without any, the location as it is: the backend says what is wrong with it."""
    return (re.split(separator, location) if isinstance(location, str) else list(location)) or [location]


def is_django_redis(backend: type[BaseCache]) -> bool:
    return any(each.__module__.partition(".")[0] == "django_redis" for each in backend.__mro__)


def is_sharded(settings: Mapping[str, Any]) -> bool:
    client = (settings.get("OPTIONS") or {}).get("CLIENT_CLASS")
    return client is not None and hasattr(import_string(client), "get_server")


@contextmanager
def fresh(
    backend: type[BaseCache], settings: Mapping[str, Any], location: Any, within_s: float | None = None
) -> Iterator[BaseCache]:
    """A backend instance of our own for this location, bounded; its connections are closed at the end.

    No answer is waited for longer than `within_s`, by default what the check has left.
    """
    params = {name: value for name, value in settings.items() if name not in ("BACKEND", "LOCATION")}
    params["OPTIONS"] = _bounded_options(
        backend, dict(params.get("OPTIONS") or {}), remaining_s() if within_s is None else within_s
    )
    if issubclass(backend, CULLING):
        params["max_entries"] = sys.maxsize
    if location and (issubclass(backend, RedisCache) or is_django_redis(backend)):
        location = [unbounded(location)]  # a list: in a password a separator is none
    cache = backend(location, params)  # type: ignore[call-arg]
    if is_django_redis(backend):
        # It keeps pools with the factory's class: the site's would be used.
        cache.client.connection_factory._pools = {}  # type: ignore[attr-defined]
    # Not of pylibmc: cut from another thread it ends the process. Its own timeouts bound it.
    with nullcontext() if issubclass(backend, PyLibMCCache) else cut_off(lambda: _cut(cache)):
        try:
            yield cache
        finally:
            disconnect(cache)


def unbounded(url: str) -> str:
    """A URL of Redis less what in its query would stand above our bounds."""
    base, _, query = url.partition("?")
    kept = [option for option in query.split("&") if unquote_plus(option.partition("=")[0]) not in REDIS_BOUNDS]
    return f"{base}?{'&'.join(kept)}" if any(kept) else base


def _bounded_options(backend: type[BaseCache], options: dict[str, Any], left_s: float) -> dict[str, Any]:
    timeouts = {"socket_timeout": left_s, "socket_connect_timeout": left_s}
    if issubclass(backend, RedisCache):
        options = {**_less_bounds(options), **timeouts}
    elif issubclass(backend, PyMemcacheCache):
        options.update(connect_timeout=left_s, timeout=left_s, ignore_exc=False, retry_attempts=0, use_pooling=False)
    elif issubclass(backend, PyLibMCCache):
        left_ms = math.ceil(left_s * 1000)
        bounds = {"connect_timeout": left_ms, "receive_timeout": left_ms * 1000, "send_timeout": left_ms * 1000}
        options["behaviors"] = {**options.get("behaviors", {}), **bounds}
    elif is_django_redis(backend):
        if is_sharded({"OPTIONS": options}):
            del options["CLIENT_CLASS"]  # it asks for the site's pools at once; of one server it is as the default one
        options["CONNECTION_POOL_KWARGS"] = {**_less_bounds(options.get("CONNECTION_POOL_KWARGS") or {}), **timeouts}
        if options.get("SENTINEL_KWARGS"):
            options["SENTINEL_KWARGS"] = {**options["SENTINEL_KWARGS"], **timeouts}
        options.update(IGNORE_EXCEPTIONS=False, SOCKET_TIMEOUT=left_s, SOCKET_CONNECT_TIMEOUT=left_s)
    return options


def _less_bounds(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in REDIS_BOUNDS}


def _cut(cache: BaseCache) -> bool:
    """False, so that it is called again: the client may be connecting, and connects anew by itself."""
    disconnect(cache)
    return False


def disconnect(cache: BaseCache) -> None:
    """Close the connections of this instance, those in its pools too; of pools that it shares with the site none."""
    client: Any = vars(cache).get("_cache")  # as Django's keep it from its first use on: here it is not to be made
    try:
        if isinstance(cache, RedisCache):
            _disconnect_pools(vars(client).get("_pools", {}))
        elif isinstance(cache, BaseMemcachedCache):
            client.disconnect_all()
        elif is_django_redis(type(cache)):
            factory = cache.client.connection_factory  # type: ignore[attr-defined]
            if "_pools" in vars(factory):  # by `fresh`: else they are the class's, and the site's
                _disconnect_pools(factory._pools)
                for sentinel in getattr(getattr(factory, "_sentinel", None), "sentinels", ()):
                    sentinel.connection_pool.disconnect()
        else:
            cache.close()
    except Exception:  # noqa: BLE001, S110 - a connection that is lost already harms nobody
        pass


def _disconnect_pools(pools: Mapping[Any, Any]) -> None:
    for pool in list(pools.values()):  # a list: it may be cut off while its thread adds one
        pool.disconnect()
