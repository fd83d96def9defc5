"""Health of what the project's settings name: databases and caches."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.cache import caches as django_caches

from .. import arguments
from ..caches import round_trip
from ..databases import connections, reply
from ..forms import each


def _databases(aliases: Sequence[str] | None = None) -> Sequence[str]:
    there = connections.aliases()
    return there if aliases is None else arguments.aliases(aliases, there, "DATABASES")


def _caches(aliases: Sequence[str] | None = None) -> Sequence[str]:
    there = tuple(django_caches)
    return there if aliases is None else arguments.aliases(aliases, there, "CACHES")


@each(_databases)
def databases(alias: str, aliases: Sequence[str] | None = None) -> object:
    """A new connection to each database answers a query; or to those of `aliases`.

    Costs one connection and one transaction a run, outside of the site's own connections and pools.
    """
    return reply.through(alias)


@each(_caches)
def caches(alias: str, aliases: Sequence[str] | None = None) -> object:
    """Each cache gives back what it was given; or those of `aliases`.

    Sets, gets and deletes one entry under a unique key, on a connection of its own, without evicting the site's.
    """
    return round_trip.through(alias)
