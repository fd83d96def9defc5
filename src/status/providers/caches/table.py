"""A cache in a table of a database: its entries as the database estimates them, or counted up to a bound."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from django.core.cache.backends.base import BaseCache
from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper

from ...core.bounds import remaining_s
from ..databases.connections import bounded
from ..extras import naming_extras
from ..shares import ratio
from .instance import fresh
from .local import limit

MOST_COUNTED = 10_000
"""Rows that are counted where the database has no estimate."""


def figures(backend: type[BaseCache], settings: Mapping[str, Any]) -> dict[str, object]:
    """One connection and one transaction: the estimate of the table's statistics, else a count of 10,000 rows."""
    with fresh(backend, settings, settings.get("LOCATION", "")) as made:
        cache: Any = made
    alias, table = router.db_for_read(cache.cache_model_class), cache._table
    with naming_extras(), bounded(alias) as connection, _reading(connection) as cursor:
        estimate, used_bytes = _ESTIMATES.get(connection.vendor, _unknown)(cursor, connection.ops.quote_name(table))
        entries = _count(cursor, connection, table) if estimate is None else estimate
    most = limit(settings)
    return {
        "kind": "table",
        "database": alias,
        "entries": entries,
        "limit": most,
        "used_ratio": ratio(entries, most),
        "estimated": estimate is not None,
        "counted_all": estimate is not None or entries < MOST_COUNTED,
        **({} if used_bytes is None else {"used_bytes": used_bytes}),
    }


@contextmanager
def _reading(connection: BaseDatabaseWrapper) -> Iterator[Any]:
    """A cursor; in PostgreSQL within a transaction that writes nothing, whose statements end with the deadline."""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql" or connection.in_atomic_block:
            yield cursor
            return
        # LOCAL, since behind a transaction pooler the session is somebody else's next.
        cursor.execute("BEGIN READ ONLY")
        try:
            cursor.execute(f"SET LOCAL statement_timeout = {math.ceil(remaining_s() * 1000)}")
            yield cursor
        finally:
            with suppress(Exception):  # it is closed next
                cursor.execute("ROLLBACK")


def _postgresql(cursor: Any, quoted: str) -> tuple[int | None, int | None]:
    cursor.execute(
        "SELECT reltuples::bigint, pg_total_relation_size(oid) FROM pg_class WHERE oid = to_regclass(%s)", [quoted]
    )
    row = cursor.fetchone()
    if row is None:  # counting says what is wrong
        return None, None
    return (int(row[0]) if row[0] > 0 else None), row[1]  # -1, and before PostgreSQL 14 0, where it was never analysed


def _mysql(cursor: Any, quoted: str) -> tuple[int | None, int | None]:
    cursor.execute(
        "SELECT table_rows, data_length + index_length FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_name = %s",
        [quoted.strip("`")],
    )
    row = cursor.fetchone()
    if row is None:
        return None, None
    rows, size = (None if value is None else int(value) for value in row)
    return (rows if rows is not None and rows >= MOST_COUNTED else None), size  # few are counted, and exactly


def _unknown(cursor: Any, quoted: str) -> tuple[int | None, int | None]:
    return None, None


def _count(cursor: Any, connection: BaseDatabaseWrapper, table: str) -> int:
    few = connection.ops.limit_offset_sql(0, MOST_COUNTED)
    quoted = connection.ops.quote_name(table)
    cursor.execute(f"SELECT COUNT(*) FROM (SELECT 1 AS one FROM {quoted} {few}) few")  # noqa: S608 - quoted
    return int(cursor.fetchone()[0])


_ESTIMATES: dict[str, Callable[[Any, str], tuple[int | None, int | None]]] = {
    "postgresql": _postgresql,
    "mysql": _mysql,
}
