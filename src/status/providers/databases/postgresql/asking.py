"""Questions to PostgreSQL in one read-only transaction, each in the same savepoint."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper

from ..asking import Asking, Row, by_name

LOCK_MS = 100
"""What sizes are read of is locked for a moment; whoever holds a table for longer is not waited for."""
_BEGIN = "BEGIN READ ONLY; "
_BACK = "ROLLBACK TO SAVEPOINT status; "
# LOCAL, and undone by going back to the savepoint: nothing outlives the question, in a transaction of the caller's too.
# Compiling, and workers beside, cost more than catalogues of any size are worth.
_BOUND = (
    "SET LOCAL transaction_read_only = on; SET LOCAL statement_timeout = {ms}; SET LOCAL lock_timeout = {lock_ms};"
    " SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; "
)


class PostgresAsking(Asking):
    """One round trip a question."""

    timed_out = frozenset({"57014"})  # query_canceled
    refused = frozenset({"42501"})  # insufficient_privilege

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        super().__init__(connection)
        self._before = "SAVEPOINT status; "
        self.version: int = connection.pg_version  # type: ignore[attr-defined] # 180003 for 18.3

    @contextmanager
    def reading(self) -> Iterator[None]:
        # Inline it may be a transaction of its caller's, which goes on after us.
        own = not self.connection.in_atomic_block and self.connection.get_autocommit()
        self._before = f"{_BEGIN if own else ''}SAVEPOINT status; "
        try:
            yield
        finally:
            if self._before == _BACK:  # else nothing was asked
                with suppress(Error):  # lost, it is over anyway
                    self._end("ROLLBACK" if own else f"{_BACK}RELEASE SAVEPOINT status")

    def _end(self, statement: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)

    def _ask(self, statement: str, values: Sequence[str], within_s: float) -> list[Row]:
        bound = _BOUND.format(ms=math.ceil(within_s * 1000), lock_ms=LOCK_MS)
        before, self._before = self._before, _BACK
        with self.connection.cursor() as cursor:
            cursor.execute(f"{before}{bound}{statement}", values or None)
            while _next(cursor):
                pass
            return by_name(cursor.description, cursor.fetchall())

    def _is_lost(self, error: Error) -> bool:
        raw = self.connection.connection
        return raw is None or bool(raw.closed)

    def _told(self, error: Error) -> tuple[object, str]:
        cause = error.__cause__
        code = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
        if code == "55P03":  # lock_not_available
            return code, "what it reads is locked by another"
        return code, str(error).partition("\n")[0]


def _next(cursor: object) -> bool:
    """To the next statement's result: psycopg 3 has those of all, psycopg2 that of the last alone."""
    from django.db.backends.postgresql.psycopg_any import is_psycopg3

    return bool(is_psycopg3 and cursor.nextset())  # type: ignore[attr-defined]
