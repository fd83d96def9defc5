"""A cache's round trip: set, get, compare and delete one entry, on a connection of the check's own."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any
from urllib.parse import unquote_plus
from uuid import uuid4

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.db import BaseDatabaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.memcached import BaseMemcachedCache, PyLibMCCache, PyMemcacheCache
from django.core.cache.backends.redis import RedisCache
from django.utils.module_loading import import_string

from ..core.bounds import cut_off, is_inline, remaining_s
from ..core.observation import Component
from ..core.states import State
from .extras import naming_extras

EXPIRES_S = 30  # what a failed round trip leaves behind is gone soon

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


def through(alias: str) -> object:
    """True when the cache gives back what it was given; raises, or fails, when it does not."""
    if is_inline():
        return _try(caches[alias])
    with naming_extras():
        return _round(caches.settings[alias])


def _round(settings: Mapping[str, Any]) -> object:
    backend = import_string(settings["BACKEND"])
    tried, read = _shares(backend, settings)
    for server in tried:
        with _fresh(backend, settings, server) as cache:
            said = _try(cache)
            if said is not True:
                return said
    for server in read:
        with _fresh(backend, settings, server) as cache:
            cache.get("status-check")
    return True


def _try(cache: BaseCache) -> object:
    if isinstance(cache, DummyCache):
        return Component(State.PASS, detail="a dummy cache: it keeps nothing")
    key, value = f"status-check-{uuid4().hex}", uuid4().hex
    cache.set(key, value, EXPIRES_S)
    found = cache.get(key)
    if found != value:  # a backend that swallows its errors answers None
        what = "nothing" if found is None else "something else"
        return Component(State.FAIL, detail=f"it was given a value and gave back {what}")
    cache.delete(key)
    return True


def _shares(backend: type[BaseCache], settings: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
    """What to try one by one, and what only has to answer.

    Each memcached is tried by itself, as a key finds only one of them. Of Redis the leader is: what a replica answers
    is its own affair, it may lag behind.
    """
    location = settings.get("LOCATION", "")
    if issubclass(backend, BaseMemcachedCache):
        return _servers(location, "[;,]"), []
    if issubclass(backend, RedisCache):
        servers = _servers(location, "[;,]")
        return servers[:1], servers[1:]
    if _is_django_redis(backend):
        servers = _servers(location, ",")
        return (servers, []) if _is_sharded(settings) else (servers[:1], servers[1:])
    return [location], []


def _servers(location: Any, separator: str) -> list[Any]:
    """As the backend itself splits them; without any, the location as it is: the backend says what is wrong with it."""
    return (re.split(separator, location) if isinstance(location, str) else list(location)) or [location]


def _is_django_redis(backend: type[BaseCache]) -> bool:
    return any(each.__module__.partition(".")[0] == "django_redis" for each in backend.__mro__)


def _is_sharded(settings: Mapping[str, Any]) -> bool:
    client = (settings.get("OPTIONS") or {}).get("CLIENT_CLASS")
    return client is not None and hasattr(import_string(client), "get_server")


@contextmanager
def _fresh(backend: type[BaseCache], settings: Mapping[str, Any], location: Any) -> Iterator[BaseCache]:
    """A backend instance of our own for this location, bounded; its connections are closed at the end."""
    params = {name: value for name, value in settings.items() if name not in ("BACKEND", "LOCATION")}
    params["OPTIONS"] = _bounded_options(backend, dict(params.get("OPTIONS") or {}))
    if issubclass(backend, CULLING):
        params["max_entries"] = sys.maxsize
    if location and (issubclass(backend, RedisCache) or _is_django_redis(backend)):
        location = [_unbounded(location)]  # a list: in a password a separator is none
    cache = backend(location, params)  # type: ignore[call-arg]
    if _is_django_redis(backend):
        # It keeps pools with the factory's class: the site's would be used.
        cache.client.connection_factory._pools = {}  # type: ignore[attr-defined]
    # Not of pylibmc: cut from another thread it ends the process. Its own timeouts bound it.
    with nullcontext() if issubclass(backend, PyLibMCCache) else cut_off(lambda: _cut(cache)):
        try:
            yield cache
        finally:
            disconnect(cache)


def _unbounded(url: str) -> str:
    """A URL of Redis less what in its query would stand above our bounds."""
    base, _, query = url.partition("?")
    kept = [option for option in query.split("&") if unquote_plus(option.partition("=")[0]) not in REDIS_BOUNDS]
    return f"{base}?{'&'.join(kept)}" if any(kept) else base


def _bounded_options(backend: type[BaseCache], options: dict[str, Any]) -> dict[str, Any]:
    left_s = remaining_s()
    timeouts = {"socket_timeout": left_s, "socket_connect_timeout": left_s}
    if issubclass(backend, RedisCache):
        options = {**_less_bounds(options), **timeouts}
    elif issubclass(backend, PyMemcacheCache):
        options.update(connect_timeout=left_s, timeout=left_s, ignore_exc=False, retry_attempts=0, use_pooling=False)
    elif issubclass(backend, PyLibMCCache):
        left_ms = math.ceil(left_s * 1000)
        bounds = {"connect_timeout": left_ms, "receive_timeout": left_ms * 1000, "send_timeout": left_ms * 1000}
        options["behaviors"] = {**options.get("behaviors", {}), **bounds}
    elif _is_django_redis(backend):
        if _is_sharded({"OPTIONS": options}):
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
        elif _is_django_redis(type(cache)):
            factory = cache.client.connection_factory  # type: ignore[attr-defined]
            if "_pools" in vars(factory):  # by `_fresh`: else they are the class's, and the site's
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
