"""MySQL and MariaDB: a read-only transaction, and all that is asked in it."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from ....core.observation import Json
from ..asking import Asking
from . import locks, replication, server, tables
from .asking import MysqlAsking


def asking(connection: BaseDatabaseWrapper) -> Asking:
    return MysqlAsking(connection)


def figures(ask: Asking) -> dict[str, Json]:
    """All of the server but its largest tables, which are this database's."""
    assert isinstance(ask, MysqlAsking)  # noqa: S101
    told = server.figures(ask)
    told |= locks.figures(ask, told.get("locks"))
    told |= replication.figures(ask)
    told |= tables.figures(ask)
    return told
