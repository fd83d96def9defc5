"""Questions to MySQL or MariaDB in one read-only transaction. One that fails there does not end it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper

from ..asking import Asking, Row

PROCESS = "PROCESS"
# Gone away, lost during the query or a read; and the server's: shut down, killed (MariaDB, MySQL), idle for too long.
_LOST = frozenset({2006, 2013, 2055, 1053, 1927, 3169, 4031})


class MysqlAsking(Asking):
    """One round trip a question."""

    timed_out = frozenset({1969, 3024})  # max_statement_time of MariaDB, max_execution_time of MySQL
    refused = frozenset({1044, 1142, 1227})  # to a database, to a table, for a want of a privilege of the server

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        super().__init__(connection)
        self.is_mariadb: bool = connection.mysql_is_mariadb  # type: ignore[attr-defined]
        self.version: tuple[int, ...] = connection.mysql_version  # type: ignore[attr-defined]

    @contextmanager
    def reading(self) -> Iterator[None]:
        if self.connection.in_atomic_block or not self.connection.get_autocommit():  # its caller's
            yield
            return
        self._do("START TRANSACTION READ ONLY")
        try:
            yield
        finally:
            with suppress(Error):
                self._do("ROLLBACK")

    def _do(self, statement: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)

    def _ask(self, statement: str, values: Sequence[str], within_s: float) -> list[Row]:
        # Of this statement alone, so that nothing outlives it. MySQL bounds what it SELECTs and nothing else.
        if self.is_mariadb:
            statement = f"SET STATEMENT max_statement_time = {within_s:.3f} FOR {statement}"
        elif statement.startswith("SELECT "):
            statement = f"SELECT /*+ MAX_EXECUTION_TIME({math.ceil(within_s * 1000)}) */ {statement[7:]}"
        return super()._ask(statement, values, within_s)

    def _is_lost(self, error: Error) -> bool:
        return bool(error.args) and error.args[0] in _LOST

    def _told(self, error: Error) -> tuple[object, str]:
        code, text = (*error.args, None, "")[:2]
        return code, str(text)
