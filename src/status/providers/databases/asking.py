"""Questions to a database: what one of them can't tell is said so, and the others are asked all the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import TypeAlias

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper

from ...core.bounds import remaining_s
from ...core.observation import Json
from ..moments import moment

Row: TypeAlias = dict[str, Json]

MOST = 10
"""Entries of a list."""
LEAST_S = 0.05
"""Of a question: less would cut off a server that is well."""


class Asking:
    """A connection for several questions, each with a time of its own; `unavailable` has those that failed, and why."""

    timed_out: frozenset[object] = frozenset()
    """The codes by which the server says that a question took too long."""
    refused: frozenset[object] = frozenset()
    """And that a privilege is missing."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.unavailable: dict[str, Json] = {}

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Around all questions: nothing can be written, and nothing is left behind."""
        yield

    def rows(self, what: str, statement: str, needs: str = "", values: Sequence[str] = ()) -> list[Row] | None:
        """The statement's rows by their columns' names; None when it failed.

        `what` is the part of the figures that it is for, `needs` the privilege without which it is refused, `values`
        what stands for each `%s`. Raises when the connection is lost: then nothing else can be asked.
        """
        within_s = max(remaining_s() / 3, LEAST_S)  # so one that hangs leaves time for those after it
        try:
            return self._ask(statement, values, within_s)
        except Error as error:
            if self._is_lost(error):
                raise
            self.unavailable[what] = self._reason(error, within_s, needs)
            return None

    def row(self, what: str, statement: str, needs: str = "") -> Row:
        """The first row; empty when there is none."""
        rows = self.rows(what, statement, needs)
        return rows[0] if rows else {}

    def withheld(self, what: str, needs: str, reason: str) -> None:
        """A part of the figures was kept from us without an error."""
        self.unavailable[what] = f"needs {needs}: {reason}"

    def _ask(self, statement: str, values: Sequence[str], within_s: float) -> list[Row]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return by_name(cursor.description, cursor.fetchall())

    def _is_lost(self, error: Error) -> bool:
        return self.connection.connection is None

    def _reason(self, error: Error, within_s: float, needs: str) -> str:
        code, text = self._told(error)
        if code in self.timed_out:
            return f"no answer in {within_s:.2g} s"
        if code in self.refused and needs:
            return f"needs {needs}: permission denied"
        return text

    def _told(self, error: Error) -> tuple[object, str]:
        """The error's code and its first line, which is the server's sentence: what follows quotes the statement."""
        return None, str(error).partition("\n")[0]


def by_name(description: Sequence[Sequence[object]] | None, rows: Sequence[Sequence[object]]) -> list[Row]:
    """Rows as mappings of plain values."""
    names = [str(column[0]) for column in description or ()]
    return [{name: plain(name, value) for name, value in zip(names, row, strict=True)} for row in rows]


def plain(name: str, value: object) -> Json:
    """A driver's value as JSON has it. Under a name that ends in `_at`, seconds since the epoch become a moment."""
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        if name.endswith("_at"):
            return moment(value)
        return value if isinstance(value, int) else round(value, 6 if name.endswith("_ratio") else 3)
    return [plain("", each) for each in value] if isinstance(value, (list, tuple)) else str(value)


def number(value: Json) -> float:
    """A figure to count with; 0 where there is none."""
    return value if isinstance(value, (int, float)) else 0


def ratio(part: Json, whole: Json) -> float | None:
    """The share of the whole; None where there is no whole yet."""
    return round(number(part) / number(whole), 6) if number(whole) > 0 else None


def used(total: Json, limit: Json) -> dict[str, Json]:
    """A count beside its limit."""
    return {"total": total, "limit": limit, "used_ratio": ratio(total, limit)}


def picked(row: Mapping[str, Json], *names: str) -> dict[str, Json]:
    """These of the row's columns."""
    return {name: row[name] for name in names}
