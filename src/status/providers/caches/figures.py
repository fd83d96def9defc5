"""The figures of one cache, by the kind of its backend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.cache import InvalidCacheBackendError, caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.db import BaseDatabaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.memcached import BaseMemcachedCache
from django.core.cache.backends.redis import RedisCache
from django.utils.module_loading import import_string

from ..extras import naming_extras
from . import local, memcached, redis, table
from .instance import is_django_redis


def of(alias: str) -> dict[str, object]:
    """What can be told of the alias's cache; raises where it can't be reached."""
    settings = caches.settings[alias]
    try:
        backend = import_string(settings["BACKEND"])
    except ImportError as error:
        raise InvalidCacheBackendError(f"no backend {settings['BACKEND']!r}: {error}") from error
    with naming_extras():
        return {"backend": settings["BACKEND"], **_told(backend, settings)}


def _told(backend: type[BaseCache], settings: Mapping[str, Any]) -> dict[str, object]:
    if issubclass(backend, DummyCache):
        return {"kind": "dummy", "entries": 0, "note": "it keeps nothing"}
    if is_django_redis(backend):
        return redis.figures(backend, settings)
    for kind, figures in _KINDS:
        if issubclass(backend, kind):
            return figures(backend, settings)
    reason = "needs a backend of Django's or django-redis: of another it is not known what to ask"
    return {"kind": "foreign", "unavailable": {"figures": reason}}


_KINDS = (
    (RedisCache, redis.figures),
    (BaseMemcachedCache, memcached.figures),
    (LocMemCache, local.memory),
    (FileBasedCache, local.files),
    (BaseDatabaseCache, table.figures),
)
