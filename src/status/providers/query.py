"""A question to a database, with the answer that is expected."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db import connections as django_connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from ..core import bounds
from ..core.bounds import is_inline, remaining_s
from ..core.observation import Component
from ..core.states import State
from ..reading import is_list, shown, type_of
from . import arguments
from .base import load
from .databases import connections
from .extras import naming_extras
from .forms import each

Question = Callable[[], object]

NAME = "answer"


@dataclass(frozen=True, slots=True)
class _Range:
    least: float | None
    most: float | None

    @property
    def is_limited(self) -> bool:
        return self.least is not None or self.most is not None

    def misses(self, answer: Any) -> str | None:
        """On which side of it the answer is, in words."""
        if self.least is not None and answer < self.least:
            return f"below {self.least:,g}"
        if self.most is not None and answer > self.most:
            return f"above {self.most:,g}"
        return None


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    alias: str
    sql: str
    params: Sequence[object]
    function: Question | None
    """None where the question is in SQL."""
    expected: object
    passes: _Range
    warns: _Range
    """Outside of it."""
    unit: str | None


def _read(
    sql: str | None = None,
    params: Sequence[object] = (),
    *,
    function: str | Question | None = None,
    alias: str = DEFAULT_DB_ALIAS,
    expected: object = ...,
    minimum: float | None = None,
    maximum: float | None = None,
    warn_minimum: float | None = None,
    warn_maximum: float | None = None,
    unit: str | None = None,
    label: str | None = None,
) -> _Wanted:
    if (sql is None) == (function is None):
        raise ValueError("query takes either sql or a function")
    if sql is not None and ";" in arguments.text("sql", sql).rstrip().rstrip(";"):
        raise ValueError("sql is one statement: give a text with a semicolon in it as one of params")
    if sql is not None and not sql.strip().strip(";"):
        raise ValueError("sql is one statement, and this is none")
    if not is_list(params):
        raise ValueError(f"params is a list, not a {type_of(params)}")
    if function is not None and params:
        raise ValueError("params are of sql, not of a function")
    arguments.known("alias", alias, connections.aliases(), "DATABASES")
    bounds_ = {"minimum": minimum, "maximum": maximum, "warn_minimum": warn_minimum, "warn_maximum": warn_maximum}
    for name, value in bounds_.items():
        arguments.number(name, value, least=-math.inf)
    # From left to right: where it fails, where it warns, where it warns again, where it fails again.
    order = [(name, bounds_[name]) for name in ("minimum", "warn_minimum", "warn_maximum", "maximum")]
    given = [(name, value) for name, value in order if value is not None]
    for (lower, low), (upper, high) in pairwise(given):
        if low > high:
            raise ValueError(f"{lower} ({low:g}) is above {upper} ({high:g})")
    if expected is not ... and any(value is not None for value in bounds_.values()):
        raise ValueError("query takes either what is expected, or a minimum and maximum")
    found = load(function) if isinstance(function, str) else function
    if found is not None and not callable(found):
        raise ValueError(f"function is a function or its dotted path, not a {type_of(found)}")
    return _Wanted(
        NAME if label is None else arguments.text("label", label),
        alias,
        sql or "",
        params,
        found,
        expected,
        _Range(minimum, maximum),
        _Range(warn_minimum, warn_maximum),
        None if unit is None else arguments.text("unit", unit),
    )


@each(lambda wanted: [wanted.name], read=_read)
def query(name: str, wanted: _Wanted) -> Component:
    """What the database answers is `expected`, or from `minimum` to `maximum`; else the first value that is true.

    The question is one SQL statement with its `params`, of which the first value of the first row counts, or a function
    (or its path) that returns a value or a QuerySet, which is counted. It is put on the alias's connection in a
    transaction that is read only and rolled back, with the deadline as its timeout.
    """
    with naming_extras(), _own(wanted.alias) as connection, transaction.atomic(using=wanted.alias):
        if not is_inline():
            _make_read_only(connection)
        answer = _ask(connection, wanted)
        transaction.set_rollback(True, using=wanted.alias)
    wrong = _wrong(answer, wanted) or wanted.passes.misses(answer)
    if wrong:
        return Component(State.FAIL, _plain(answer), wanted.unit, wrong)
    warns = wanted.warns.misses(answer)
    return Component(State.WARN if warns else State.PASS, _plain(answer), wanted.unit, warns)


def _ask(connection: BaseDatabaseWrapper, wanted: _Wanted) -> object:
    if wanted.function is None:
        with connection.cursor() as cursor:
            given: list[Any] = list(wanted.params)
            cursor.execute(wanted.sql, given or None)
            row = cursor.fetchone()
            return row[0] if row else None
    answer = wanted.function()
    return answer.using(connection.alias).count() if isinstance(answer, QuerySet) else answer


@contextmanager
def _own(alias: str) -> Iterator[BaseDatabaseWrapper]:
    """A connection of the check's that the ORM uses, too: in a check's thread it does, else for this block."""
    with connections.bounded(alias) as connection:
        if bounds.current.get() is not None:
            yield connection
            return
        before = django_connections[alias]
        django_connections[alias] = connection
        try:
            yield connection
        finally:
            django_connections[alias] = before


def _make_read_only(connection: BaseDatabaseWrapper) -> None:
    """As far as the database can: a mistake in a setting must not change the site's data."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = {math.ceil(1000 * remaining_s())}"
            )
        elif connection.vendor == "mysql":
            # Of the session, which is ours: a statement that commits by itself begins another transaction.
            cursor.execute("SET SESSION TRANSACTION READ ONLY")
        elif connection.vendor == "sqlite":
            cursor.execute("PRAGMA query_only = ON")


def _wrong(answer: object, wanted: _Wanted) -> str | None:
    expected = wanted.expected
    if expected is not ...:
        alike = answer == expected and isinstance(answer, bool) == isinstance(expected, bool)
        return None if alike else f"it is not {shown(expected)}"
    is_limited = wanted.passes.is_limited or wanted.warns.is_limited
    is_number = isinstance(answer, (int, float, Decimal)) and not isinstance(answer, bool)
    if is_limited and not is_number:
        return f"it is no number, but a {type_of(answer)}"
    if (isinstance(answer, float) and not math.isfinite(answer)) or (
        isinstance(answer, Decimal) and not answer.is_finite()  # by its own word: it may be too large for a float
    ):
        return "it is no number"  # NaN is neither above nor below anything
    return None if is_limited or answer else "it is nothing"


def _plain(answer: object) -> object:
    """A number of the database's own kind as one that is shown as a number."""
    return float(answer) if isinstance(answer, Decimal) else answer
