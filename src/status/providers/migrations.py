"""Migrations that a database has not seen."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from ..core.observation import Component
from ..core.states import State
from . import arguments
from .databases import connections
from .extras import naming_extras
from .forms import each

MOST = 10  # that are named

TABLE = "django_migrations"


def _names(aliases: Sequence[str] | None = None, *, unapplied: str = "fail") -> Sequence[str]:
    arguments.choice("unapplied", unapplied, ("fail", "warn"))
    there = connections.aliases()
    return there if aliases is None else arguments.aliases(aliases, there, "DATABASES")


@each(_names)
def migrations(alias: str, aliases: Sequence[str] | None = None, *, unapplied: str = "fail") -> Component:
    """No migration is missing in a database, of the apps that the routers let be there; `unapplied` is the state else.

    A history that `migrate` would refuse fails. Sends one SELECT to each database; creates nothing there. Of a process
    the first run imports the project's migrations, as `migrate` does.
    """
    from .databases.history import history, surroundings  # it imports Django's migrations, 20 ms

    with naming_extras(), connections.bounded(alias) as connection:
        applied = _applied(connection)
    found = history(alias, applied or frozenset(), surroundings())
    if found.problem:
        return Component(State.FAIL, len(found.unapplied), "unapplied", found.problem)
    if not found.unapplied:
        return Component(State.PASS, 0, "unapplied", "all are applied")
    more = len(found.unapplied) - MOST
    named = ", ".join(found.unapplied[:MOST]) + (f" and {more} more" if more > 0 else "")
    told = "never migrated" if applied is None else f"unapplied: {named}"
    return Component(State(unapplied), len(found.unapplied), "unapplied", told)


def _applied(connection: BaseDatabaseWrapper) -> frozenset[tuple[str, str]] | None:
    """App and name of each; None where there is no table of them."""
    ask = f"SELECT app, name FROM {connection.ops.quote_name(TABLE)}"  # noqa: S608 - of our own
    point = connection.savepoint() if connection.in_atomic_block else None  # a test's: the error would end it
    try:
        with connection.cursor() as cursor:
            cursor.execute(ask)
            return frozenset((app, name) for app, name in cursor.fetchall())
    except DatabaseError:
        if point is not None:
            connection.savepoint_rollback(point)
        if TABLE in connection.introspection.table_names():
            raise
        return None
    finally:
        if point is not None:
            connection.savepoint_commit(point)
