"""A cache's round trip: set, get, compare and delete one entry, on a connection of the check's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.memcached import BaseMemcachedCache
from django.core.cache.backends.redis import RedisCache
from django.utils.module_loading import import_string

from ...core.bounds import is_inline
from ...core.observation import Component
from ...core.states import State
from ..extras import naming_extras
from .instance import fresh, is_django_redis, is_sharded, servers

EXPIRES_S = 30  # what a failed round trip leaves behind is gone soon


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
        with fresh(backend, settings, server) as cache:
            said = _try(cache)
            if said is not True:
                return said
    for server in read:
        with fresh(backend, settings, server) as cache:
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
        return servers(location, "[;,]"), []
    if issubclass(backend, RedisCache):
        listed = servers(location, "[;,]")
        return listed[:1], listed[1:]
    if is_django_redis(backend):
        listed = servers(location, ",")
        return (listed, []) if is_sharded(settings) else (listed[:1], listed[1:])
    return [location], []
