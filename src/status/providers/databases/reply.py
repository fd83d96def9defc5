"""A query that a database can't answer without being well."""

from __future__ import annotations

import math

from django.db.backends.base.base import BaseDatabaseWrapper

from ...core.bounds import remaining_s
from ...core.observation import Component
from ...core.states import State
from ..connections import bounded
from ..extras import naming_extras


def through(alias: str) -> object:
    """True when the database answers; raises when it does not."""
    with naming_extras(), bounded(alias) as connection, connection.cursor() as cursor:
        cursor.execute(_question(connection))
        if connection.vendor == "sqlite":
            cursor.fetchone()
            if connection.is_in_memory_db():  # type: ignore[attr-defined]
                return Component(State.PASS, detail="in memory: each connection has its own")
    return True


def _question(connection: BaseDatabaseWrapper) -> str:
    if connection.vendor == "sqlite":
        return "PRAGMA schema_version"  # reads the file's header; SELECT 1 would not touch the file
    ask = f"SELECT 1{connection.features.bare_select_suffix}"
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        # One round trip. LOCAL, since behind a transaction pooler the session is somebody else's next.
        return f"BEGIN; SET LOCAL statement_timeout = {math.ceil(remaining_s() * 1000)}; {ask}; COMMIT"
    return ask
