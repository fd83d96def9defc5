"""A cache's round trip: set, get, compare and delete one entry, on a connection of the check's own."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any
from urllib.parse import parse_qsl, urlencode
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

# These cull inside the process, by a count that the check's entry must not tip over.
REDIS_BOUNDS = (
    "socket_timeout",
    "socket_connect_timeout",
    "retry",
    "retry_on_timeout",
    "retry_on_error",
    "max_connections",
)
"""What the site may have set otherwise for itself."""

CULLING = (LocMemCache, FileBasedCache, BaseDatabaseCache)


def through(alias: str) -> object:
    """True when the cache gives back what it was given; raises, or fails, when it does not."""
    if is_inline():
        return _try(caches[alias])
    with naming_extras():
        return _round(caches.settings[alias])


def _round(settings: Mapping[str, Any]) -> object:
    backend = import_string(settings["BACKEND"])
    for servers in _shares(backend, settings.get("LOCATION", "")):
        with _fresh(backend, settings, servers) as cache:
            said = _try(cache)
            if said is not True:
                return said
    if issubclass(backend, RedisCache):
        _read_replicas(backend, settings)
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


def _shares(backend: type[BaseCache], location: Any) -> list[Any]:
    """What to try one by one: each memcached by itself, as a key finds only one of them; of Redis the leader."""
    if issubclass(backend, BaseMemcachedCache):
        return _servers(location) or [location]  # without any the backend itself says what is wrong
    return (_servers(location)[:1] or [location]) if issubclass(backend, RedisCache) else [location]


def _read_replicas(backend: type[BaseCache], settings: Mapping[str, Any]) -> None:
    """Each replica answers. What it answers is its own affair: it may lag behind the leader."""
    for server in _servers(settings.get("LOCATION", ""))[1:]:
        with _fresh(backend, settings, server) as cache:
            cache.get("status-check")


def _servers(location: Any) -> list[Any]:
    if not isinstance(location, str):
        return list(location)
    return [server for server in location.replace(",", ";").split(";") if server.strip()]


@contextmanager
def _fresh(backend: type[BaseCache], settings: Mapping[str, Any], location: Any) -> Iterator[BaseCache]:
    """A backend instance of our own for this location, bounded; its connections are closed at the end."""
    params = {name: value for name, value in settings.items() if name not in ("BACKEND", "LOCATION")}
    params["OPTIONS"] = _bounded_options(backend, dict(params.get("OPTIONS") or {}))
    if issubclass(backend, CULLING):
        params["max_entries"] = sys.maxsize
    cache = backend(_unbounded(location) if issubclass(backend, RedisCache) else location, params)  # type: ignore[call-arg]
    own_pools = _own_pools(cache)
    # Not of pylibmc: cut from another thread it ends the process. Its own timeouts bound it.
    with cut_off(lambda: disconnect(cache)) if not issubclass(backend, PyLibMCCache) else nullcontext():
        try:
            yield cache
        finally:
            disconnect(cache)
            for pool in own_pools.values():
                pool.disconnect()


def _unbounded(location: Any) -> Any:
    """Redis URLs without the options of their queries that would stand above our bounds."""
    if not isinstance(location, str):
        return [_unbounded(each) for each in location]
    base, _, query = location.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name not in REDIS_BOUNDS]
    return f"{base}?{urlencode(kept)}" if kept else base


def _own_pools(cache: BaseCache) -> dict[str, Any]:
    """Give a cache of django-redis pools of its own: it keeps them with the class, so the site's would be used."""
    factory: Any = getattr(getattr(cache, "client", None), "connection_factory", None)
    pools: dict[str, Any] = {}
    if hasattr(factory, "_pools"):
        factory._pools = pools
    return pools


def _bounded_options(backend: type[BaseCache], options: dict[str, Any]) -> dict[str, Any]:
    left_s = remaining_s()
    if issubclass(backend, RedisCache):
        for name in REDIS_BOUNDS:
            options.pop(name, None)
        options.update(socket_timeout=left_s, socket_connect_timeout=left_s)
    elif issubclass(backend, PyMemcacheCache):
        options.update(connect_timeout=left_s, timeout=left_s, ignore_exc=False, retry_attempts=0, use_pooling=False)
    elif issubclass(backend, PyLibMCCache):
        left_ms = int(left_s * 1000)
        bounds = {"connect_timeout": left_ms, "receive_timeout": left_ms * 1000, "send_timeout": left_ms * 1000}
        options["behaviors"] = {**options.get("behaviors", {}), **bounds}
    elif backend.__module__.partition(".")[0] == "django_redis":
        options.update(SOCKET_TIMEOUT=left_s, SOCKET_CONNECT_TIMEOUT=left_s)
    return options


def disconnect(cache: BaseCache) -> None:
    """Close the connections of this instance, those in its pool too."""
    try:
        if isinstance(cache, RedisCache):
            for pool in cache._cache._pools.values():  # type: ignore[attr-defined]
                pool.disconnect()
        elif isinstance(cache, BaseMemcachedCache):
            cache._cache.disconnect_all()  # type: ignore[attr-defined]
        else:
            cache.close()
    except Exception:  # noqa: BLE001, S110 - a connection that is lost already harms nobody
        pass
