"""Stats of what the project's settings name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from django.core.cache import caches as django_caches
from django.db import connections as django_connections

from .. import arguments
from ..databases import connections, figures
from ..databases.literals import setting_without_literals
from ..extras import naming_extras
from ..forms import each

_STATEMENT = re.compile(r"\s*(?:set|pragma|alter|attach|select|call|exec(?:ute)?)\s+[^\s=]", re.IGNORECASE)


def _aliases(aliases: Sequence[str] | None = None) -> Sequence[str]:
    there = connections.aliases()
    return there if aliases is None else arguments.aliases(aliases, there, "DATABASES")


@each(_aliases)
def databases(alias: str, aliases: Sequence[str] | None = None) -> dict[str, object]:
    """Each database's connection, its settings less USER and PASSWORD, and its server's figures; or of `aliases`.

    Sends about a dozen questions to the system's own views in one read-only transaction, and reads no table but
    `django_migrations`. Needs no privilege: what one would tell beside is under `unavailable`. Costs one connection,
    and where there are 2,000 tables about 0.1 s.
    """
    with naming_extras(), connections.bounded(alias) as connection:
        connection.ensure_connection()
        told: dict[str, object] = {
            "vendor": connection.vendor,
            "is_usable": connection.is_usable(),
            "allow_thread_sharing": connection.allow_thread_sharing,
            "autocommit": connection.get_autocommit(),
            "commit_on_exit": connection.commit_on_exit,
            "in_atomic_block": connection.in_atomic_block,
            "settings": _readable(
                {
                    name: value
                    for name, value in django_connections.settings[alias].items()
                    if name not in ("USER", "PASSWORD")
                }
            ),
        }
        return {**told, **figures.of(connection)}


def _cache_aliases(aliases: Sequence[str] | None = None) -> Sequence[str]:
    there = tuple(django_caches)
    return there if aliases is None else arguments.aliases(aliases, there, "CACHES")


@each(_cache_aliases)
def caches(alias: str, aliases: Sequence[str] | None = None) -> dict[str, object]:
    """Figures of each cache, by the kind of its backend; or of those of `aliases`.

    Redis is asked INFO and SLOWLOG LEN, memcached `stats`, server by server, and one that is down is told in its place.
    Of files the folder is read, of a table its statistics; local memory is that of this process. Costs one connection a
    server, or one to the database, and no look at a key. Needs the cache's client.
    """
    from ..caches import figures

    return figures.of(alias)


def _readable(value: object, *path: str) -> object:
    """Options may hold classes and other objects, shown by their names; and statements, without their literals."""
    if isinstance(value, Mapping):
        return {str(name): _readable(entry, *path, str(name)) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_readable(entry, *path) for entry in value]
    if isinstance(value, str) and path[:1] == ("OPTIONS",) and ("init_command" in path or _STATEMENT.match(value)):
        return setting_without_literals(value)
    if value is None or isinstance(value, (bool, int, float, str, PurePath)):
        return value
    return getattr(value, "__qualname__", type(value).__qualname__)
