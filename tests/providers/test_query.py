"""Questions to a database, and that they change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connections, transaction
from django.utils import timezone

from status import State
from status.core.observation import Observation
from status.providers.query import _make_read_only, query
from status.testing import inline
from tests.checking import KINDS, empty_database, look_at_one, told_at_start
from tests.servers.postgres import Postgres
from tests.sites import DEADLINE_S, databases

PATH = "query.query"


@contextmanager
def site(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """Its database has two sessions, and nothing else."""
    with empty_database(kind, request, tmp_path):
        call_command("migrate", "sessions", verbosity=0)
        for key in ("a", "b"):
            Session.objects.create(session_key=key, session_data="", expire_date=timezone.now())
        yield


@pytest.fixture(params=KINDS)
def on_each(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with site(request.param, request, tmp_path):
        yield request.param


def look(*args: object, **kwargs: object) -> Observation:
    return look_at_one(PATH, *args, **kwargs)


def all_sessions() -> Any:
    return Session.objects.all()


def how_many() -> int:
    with transaction.atomic():  # a function of a project's may have its own
        return Session.objects.count()


def some_word() -> str:
    return "two"


def create() -> int:
    Session.objects.create(session_key="c", session_data="", expire_date=timezone.now())
    return 1


COUNT = "SELECT count(*) FROM django_session"
NONE = COUNT + " WHERE 1 = 0"
NO_NUMBER = (State.FAIL, None, "it is no number, but a NoneType")


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("args", "kwargs", "state", "value", "error"),
    [
        ([COUNT], {"expected": 2}, State.PASS, 2, None),
        ([COUNT], {"minimum": 2, "maximum": 2, "unit": "sessions"}, State.PASS, 2, None),
        ([COUNT], {}, State.PASS, 2, None),
        ([COUNT + " WHERE session_key = %s", ["a"]], {"expected": 1}, State.PASS, 1, None),
        ([COUNT + " WHERE session_key = %s;", ["a;b"]], {}, State.FAIL, 0, "it is nothing"),
        (["SELECT session_key FROM django_session WHERE 1 = 0"], {}, State.FAIL, None, "it is nothing"),
        (["SELECT session_key FROM django_session ORDER BY 1"], {"expected": "a"}, State.PASS, "a", None),
        ([COUNT], {"expected": 3}, State.FAIL, 2, "it is not 3"),
        ([COUNT], {"minimum": 3}, State.FAIL, 2, "below 3"),
        ([COUNT], {"maximum": 1}, State.FAIL, 2, "above 1"),
        ([COUNT], {"warn_minimum": 3}, State.WARN, 2, "below 3"),
        ([COUNT], {"warn_maximum": 1, "maximum": 5}, State.WARN, 2, "above 1"),
        (["SELECT 'two'"], {"minimum": 1}, State.FAIL, "two", "it is no number, but a str"),
        (["SELECT 'two'"], {"warn_minimum": 1}, State.FAIL, "two", "it is no number, but a str"),
        (["SELECT 1.5"], {"minimum": 1}, State.PASS, 1.5, None),
        ([NONE], {"warn_maximum": 1_000_000}, State.PASS, 0, None),
        ([NONE], {"warn_minimum": 1}, State.WARN, 0, "below 1"),
        ([NONE], {"minimum": 0}, State.PASS, 0, None),
        ([NONE], {}, State.FAIL, 0, "it is nothing"),
        (["SELECT sum(1) FROM django_session WHERE 1 = 0"], {"warn_maximum": 1}, *NO_NUMBER),
        ([], {"function": f"{__name__}.all_sessions", "expected": 2}, State.PASS, 2, None),
        ([], {"function": f"{__name__}.how_many", "minimum": 2}, State.PASS, 2, None),
        ([], {"function": some_word}, State.PASS, "two", None),
    ],
)
def test_an_answer_is_judged(args: Any, kwargs: Any, state: State, value: Any, error: str | None, on_each: str) -> None:
    seen = look(*args, **kwargs)
    assert (seen.state, seen.value, seen.error) == (state, value, error)
    assert (seen.name, seen.unit) == ("answer", kwargs.get("unit"))


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("figure", ["'NaN'::float8", "'NaN'::numeric", "'Infinity'::float8"])
@pytest.mark.parametrize("limits", [{"minimum": 1, "maximum": 5}, {"minimum": 1}, {"warn_maximum": 5}, {}])
def test_what_is_not_finite_fails(figure: str, limits: Any, postgres: Postgres) -> None:
    with databases(default=postgres.django_database()):
        seen = look(f"SELECT {figure}", **limits)
    assert (seen.state, seen.error) == (State.FAIL, "it is no number")


@pytest.mark.usefixtures("patient")
def test_a_number_that_is_too_large_for_a_float_is_one(postgres: Postgres) -> None:
    with databases(default=postgres.django_database()):
        assert look("SELECT 1e400::numeric", minimum=5).state is State.PASS
        assert look("SELECT 1e400::numeric", maximum=5).error == "above 5"


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM django_session",
        "UPDATE django_session SET session_data = 'x'",
        "INSERT INTO django_session VALUES ('c', '', '2026-01-01')",
        "CREATE TABLE made (a int)",
        "DROP TABLE django_session",
    ],
)
def test_a_statement_that_would_change_something_fails_and_does_not(statement: str, on_each: str) -> None:
    seen = look(statement)
    assert seen.state is State.FAIL
    assert "read" in str(seen.error).lower()
    assert sorted(Session.objects.values_list("session_key", "session_data")) == [("a", ""), ("b", "")]
    assert "made" not in connections["default"].introspection.table_names()


@pytest.mark.usefixtures("patient")
def test_a_function_that_would_change_something_fails_and_does_not(on_each: str) -> None:
    seen = look(function=create)
    assert seen.state is State.FAIL
    assert Session.objects.count() == 2


@pytest.mark.parametrize("plain", [False, True])
def test_inline_and_as_a_function_it_leaves_nothing_behind(plain: bool, on_each: str) -> None:
    if plain:
        before = connections["default"]
        assert query(function=how_many, expected=2)["answer"].state is State.PASS
        assert query(function=create) == {"answer": False}
        assert connections["default"] is before
    else:
        with inline(), transaction.atomic():
            assert look(function=how_many, expected=2).state is State.PASS
            assert look(function=create).state is State.PASS  # on the test's connection; rolled back
            assert Session.objects.count() == 2
    assert create() == 1  # the connection writes as before


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("server", "sleep", "running"),
    [
        ("postgres", "SELECT pg_sleep(50)", "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(50)'"),
        (
            "mariadb",
            "SELECT SLEEP(50)",
            "SELECT count(*) FROM information_schema.processlist WHERE state = 'User sleep'",
        ),
    ],
)
def test_a_slow_one_fails_at_the_deadline_and_ends_on_the_server(
    server: str, sleep: str, running: str, request: pytest.FixtureRequest
) -> None:
    from tests.waiting import wait_until

    database: Any = request.getfixturevalue(server)
    with databases(default=database.django_database()):
        started = monotonic()
        assert look(sleep).state is State.FAIL
        assert monotonic() - started < DEADLINE_S + 0.5
        wait_until(lambda: int(database.sql(running).split()[-1]) == 0, timeout_s=10)


def limits() -> str:
    shown = []
    with connections["default"].cursor() as cursor:
        for name in ("transaction_read_only", "statement_timeout"):
            cursor.execute(f"SHOW {name}")
            shown.append(cursor.fetchone()[0])
    return " ".join(shown)


def test_what_bounds_it_on_postgresql_ends_with_its_transaction(postgres: Postgres) -> None:
    """Set for the session, it would be the next client's behind a transaction pooler."""
    with databases(default=postgres.django_database()):
        own = connections["default"]
        with transaction.atomic():
            _make_read_only(own)
            within = limits()
            transaction.set_rollback(True)
        assert within.startswith("on ")
        assert within.endswith("s")  # in "ms" or "s"
        assert limits() == "off 0"


@pytest.mark.usefixtures("patient")
def test_a_database_that_refuses_fails(postgres: Postgres, refused_port: int) -> None:
    with databases(default=postgres.django_database(PORT=str(refused_port))):
        assert "refused" in str(look("SELECT 1").error)


@pytest.mark.usefixtures("patient")
def test_what_the_database_refuses_fails_with_its_reason(on_each: str) -> None:
    seen = look("SELECT a FROM nowhere")
    assert seen.state is State.FAIL
    assert "nowhere" in str(seen.error)


@pytest.mark.parametrize(
    ("args", "kwargs", "told"),
    [
        ([], {}, "query takes either sql or a function"),
        (["SELECT 1"], {"function": some_word}, "query takes either sql or a function"),
        (["SELECT 1; DELETE FROM x"], {}, "sql is one statement"),
        (["  "], {}, "sql is one statement, and this is none"),
        ([" ; "], {}, "sql is one statement, and this is none"),
        ([], {"function": some_word, "params": [1]}, "params are of sql, not of a function"),
        (["SELECT 1", "a"], {}, "params is a list, not a str"),
        ([7], {}, "sql is a text, not a int"),
        (["SELECT 1"], {"alias": "other"}, "alias: DATABASES has no 'other' (it has: default)"),
        (["SELECT 1"], {"expected": 1, "minimum": 1}, "query takes either what is expected, or a minimum and maximum"),
        (["SELECT 1"], {"maximum": "1"}, "maximum is a number, not '1'"),
        (["SELECT 1"], {"minimum": 2, "maximum": 1}, "minimum (2) is above maximum (1)"),
        (["SELECT 1"], {"minimum": 2, "warn_minimum": 1}, "minimum (2) is above warn_minimum (1)"),
        (["SELECT 1"], {"maximum": 1, "warn_maximum": 2}, "warn_maximum (2) is above maximum (1)"),
        (["SELECT 1"], {"warn_minimum": 2, "warn_maximum": 1}, "warn_minimum (2) is above warn_maximum (1)"),
        (["SELECT 1"], {"warn_minimum": 2, "maximum": 1}, "warn_minimum (2) is above maximum (1)"),
        (["SELECT 1"], {"unit": 1}, "unit is a text, not a int"),
        ([], {"function": "tests.nowhere"}, "Provider not found: tests.nowhere"),
        ([], {"function": 7}, "function is a function or its dotted path, not a int"),
    ],
)
def test_a_wrong_argument_is_told_at_start(args: Any, kwargs: Any, told: str) -> None:
    assert told in told_at_start(PATH, *args, **kwargs)
