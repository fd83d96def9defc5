"""PostgreSQL: a read-only transaction, and all that is asked in it."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from ....core.observation import Json
from ..asking import Asking
from . import activity, indexes, locks, replication, server, statements, tables
from .asking import PostgresAsking


def asking(connection: BaseDatabaseWrapper) -> Asking:
    return PostgresAsking(connection)


def figures(ask: Asking) -> dict[str, Json]:
    """What an incident is about is asked first: when time runs out, it is the last ones that are left out."""
    told = server.figures(ask)
    told |= activity.figures(ask)
    told |= locks.figures(ask)
    told |= replication.figures(ask)
    told |= server.size(ask)
    told |= tables.figures(ask)
    told |= indexes.figures(ask, told)
    told |= statements.figures(ask)
    return told
