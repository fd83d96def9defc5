"""The engine within Django: the log, the signal, connections, tests of a project."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User
from django.db import connection, connections
from django.dispatch import receiver
from django.test import Client, override_settings

from status import Component, Resource, State, aobserve, each, observe
from status.engine import engine, follow, observe_together
from status.signals import state_changed
from status.testing import flush, inline
from tests.servers.postgres import Postgres
from tests.waiting import wait_until

ANSWERS: dict[str, Any] = {"it": True}


def answer() -> object:
    value = ANSWERS["it"]
    if isinstance(value, Exception):
        raise value
    return value


@pytest.fixture(autouse=True)
def _answer() -> Iterator[None]:
    ANSWERS["it"] = True
    with override_settings(STATUS_PROVIDERS={"health": [("it", answer)]}, STATUS_TTL=0, STATUS_TIMEOUT=20):
        yield


@pytest.fixture(autouse=True)
def _databases_allowed(databases_allowed: None) -> None:
    """Checks connect from threads of their own."""


# Telling


@pytest.fixture
def changes() -> Iterator[list[tuple[str, State | None, State]]]:
    told: list[tuple[str, State | None, State]] = []
    assert flush()  # what earlier tests have left to be told is not this one's

    @receiver(state_changed)
    def listen(reference: str, previous: State | None, state: State, **kwargs: object) -> None:
        told.append((reference, previous, state))

    yield told
    state_changed.disconnect(listen)


def test_a_change_of_state_is_sent_once_as_a_signal(changes: list[tuple[str, State | None, State]]) -> None:
    for value in (True, True, False, False, "warn"):
        ANSWERS["it"] = value
        observe("health")
    assert flush()
    assert changes == [
        ("health/it", None, State.PASS),
        ("health/it", State.PASS, State.FAIL),
        ("health/it", State.FAIL, State.WARN),
    ]


def test_a_change_of_state_is_logged_once_with_its_reason_and_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "status"):
        observe("health")
        ANSWERS["it"] = ValueError("no such host redis://:hunter2@cache")
        for _ in range(3):
            observe("health")
        assert flush()
    told = [(record.levelname, record.getMessage().splitlines()[0]) for record in caplog.records]
    assert told[0] == ("INFO", "health/it: not observed → pass")
    assert told[1][0] == "WARNING"
    assert told[1][1].startswith("health/it: pass → fail: ValueError: no such host")
    assert len(told) == 2
    assert "Traceback" in caplog.text
    assert "hunter2" not in caplog.text


def test_a_receiver_that_raises_keeps_no_other_from_its_turn(changes: list[tuple[str, State | None, State]]) -> None:
    @receiver(state_changed)
    def broken(**kwargs: object) -> None:
        raise RuntimeError("no")

    try:
        observe("health")
        ANSWERS["it"] = False
        observe("health")
        assert flush()
    finally:
        state_changed.disconnect(broken)
    assert len(changes) == 2


# Values


def test_what_djangos_encoder_knows_is_shown() -> None:
    import datetime
    import decimal
    import uuid

    from django.utils.translation import gettext_lazy

    ANSWERS["it"] = [
        datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc),
        datetime.date(2026, 1, 2),
        datetime.timedelta(minutes=5),
        decimal.Decimal("1.50"),
        uuid.UUID(int=1),
        gettext_lazy("word"),
        {3, 1, 2},
        Path("/srv"),
        float("nan"),
    ]
    assert observe("health").observations[0].value == [
        "2026-01-02T03:04:05Z",
        "2026-01-02",
        "P0DT00H05M00S",
        "1.50",
        "00000000-0000-0000-0000-000000000001",
        "word",
        [1, 2, 3],
        "/srv",
        None,
    ]


# Reports


def test_a_provider_whose_components_are_observed_one_by_one_is_one_observation() -> None:
    @each(["a", "b"])
    def letters(name: str) -> bool:
        return name == "a"

    with override_settings(STATUS_PROVIDERS={"health": [("letters", letters)]}):
        [seen] = observe("health").observations
    assert (seen.reference, seen.state) == ("health/letters", State.FAIL)
    assert [(part.reference, part.state) for part in seen.components] == [
        ("health/letters/a", State.PASS),
        ("health/letters/b", State.FAIL),
    ]


def test_within_its_ttl_the_same_observation_is_shown() -> None:
    @each(["a", "b"])
    def letters(name: str) -> bool:
        return True

    with override_settings(STATUS_PROVIDERS={"health": [("letters", letters)]}, STATUS_TTL=60):
        assert observe("health").observations[0] is observe("health").observations[0]


def test_while_all_that_was_seen_is_the_same_the_reports_are_too() -> None:
    with override_settings(STATUS_PROVIDERS={"health": [("one", answer)], "stats": [("two", answer)]}, STATUS_TTL=60):
        both = [("health", None), ("stats", None)]
        assert observe_together(both) is observe_together(both)
        assert observe_together(both[:1])[0] is not observe_together(both)[0]
    with override_settings(STATUS_PROVIDERS={"health": [("one", answer)], "stats": [("two", answer)]}, STATUS_TTL=0):
        assert observe_together(both)[0].observations != observe_together(both)[0].observations


def test_a_resource_itself_may_be_observed_and_its_providers_chosen() -> None:
    with override_settings(STATUS_PROVIDERS={"health": [("one", answer), ("two", answer)]}):
        assert [seen.name for seen in observe(Resource("health"), ["two"]).observations] == ["two"]
        assert [seen.name for seen in async_to_sync(aobserve)("health").observations] == ["one", "two"]


def test_a_resource_called_as_in_2x_calls_its_providers() -> None:
    assert Resource("health")() == {"it": True}
    assert repr(Resource("health")) == "Resource('health')"


def test_override_settings_begins_afresh() -> None:
    with override_settings(STATUS_TTL=60):
        assert observe("health").state is State.PASS
        ANSWERS["it"] = False
        assert observe("health").state is State.PASS
        with override_settings(DEBUG=True):
            assert observe("health").state is State.FAIL


def test_another_setting_changes_nothing() -> None:
    runner = engine().runner
    with override_settings(LANGUAGE_CODE="es"):
        assert engine().runner is runner


# Async providers and their connections


async def sensitive() -> dict[str, Component]:
    """Two pieces of sync code that asgiref hands to a thread, as Django's own async ORM does."""
    pids = [await sync_to_async(_backend)() for _ in range(2)]
    return {"same": Component(State.PASS if len(set(pids)) == 1 else State.FAIL, [str(pid) for pid in pids])}


def _backend() -> object:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT 1")
    return threading.get_ident(), threading.current_thread().daemon


def test_an_async_provider_has_one_daemon_thread_for_its_sync_code() -> None:
    with override_settings(STATUS_PROVIDERS={"health": [("it", sensitive)]}):
        [seen] = observe("health").observations
    [part] = seen.components
    assert part.state is State.PASS, part
    assert "True" in str(part.value)


# Tests of a project


@pytest.mark.django_db
def test_inline_a_check_sees_what_the_test_has_not_committed() -> None:
    User.objects.create(username="ada")

    def users() -> int:
        return User.objects.count()

    with override_settings(STATUS_PROVIDERS={"health": [("users", users)]}):
        with inline():
            assert observe("health").observations[0].value == 1
        assert observe("health").observations[0].value != 1


@pytest.mark.django_db
def test_inline_an_async_check_sees_it_too() -> None:
    User.objects.create(username="ada")

    async def users() -> int:
        return await User.objects.acount()

    with override_settings(STATUS_PROVIDERS={"health": [("users", users)]}), inline():
        assert observe("health").observations[0].value == 1


@pytest.mark.django_db
def test_inline_under_asgi_the_test_is_asked_in_its_own_thread() -> None:
    User.objects.create(username="ada")

    def users() -> int:
        return User.objects.count()

    async def ask() -> object:
        return (await aobserve("health")).observations[0].value

    with override_settings(STATUS_PROVIDERS={"health": [("users", users)]}), inline():
        assert async_to_sync(ask)() == 1


@pytest.mark.django_db
def test_the_fixture_is_inline(status_inline: None) -> None:
    seen: list[object] = []
    with override_settings(STATUS_PROVIDERS={"health": [("it", lambda: seen.append(threading.get_ident()))]}):
        observe("health")
    assert connection.in_atomic_block


def test_the_inline_runner_survives_a_change_of_settings() -> None:
    seen: list[object] = []
    with inline(), override_settings(STATUS_PROVIDERS={"health": [("it", lambda: seen.append(threading.get_ident()))]}):
        observe("health")
    assert seen == [threading.get_ident()]


def test_a_test_database_can_be_destroyed_while_a_check_holds_a_connection(postgres: Postgres, tmp_path: Path) -> None:
    """In a project's own test run, with Django's own runner: PostgreSQL refuses to drop a database that is in use."""
    (tmp_path / "project.py").write_text(
        dedent(
            f"""
            SECRET_KEY = "x"
            INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "status"]
            DATABASES = {{"default": {postgres.django_database()!r}}}
            STATUS_PROVIDERS = {{"health": [("hang", "hanging.hang")]}}
            STATUS_TIMEOUT = 0.2
            """
        )
    )
    (tmp_path / "hanging.py").write_text(
        dedent(
            """
            from django.db import connection
            from django.test import TestCase
            from status import observe

            def hang():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_sleep(60)")

            class Hanging(TestCase):
                def test_it(self):
                    self.assertEqual(observe("health").state, "fail")
            """
        )
    )
    done = subprocess.run(
        [sys.executable, "-m", "django", "test", "--settings=project", "hanging", "--noinput"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "OK" in done.stderr


def test_a_name_that_no_response_can_hold_is_shown_as_one_that_can() -> None:
    @each(["\ud800", "redis://:hunter2@h"])
    def names(name: str) -> bool:
        return True

    with override_settings(STATUS_PROVIDERS={"health": [("names", names)]}, DEBUG=True):
        content = Client().get("/status/api/health").content
    assert json.loads(content) == {"names": {"\ufffd": True, "redis://:********@h": True}}


def test_a_provider_without_components_is_observed_now() -> None:
    @each([])
    def nothing(name: str) -> bool:
        return True

    with override_settings(STATUS_PROVIDERS={"health": [("nothing", nothing)]}):
        first = observe("health").observations[0].observed_at
        wait_until(lambda: time.time() > first)
        assert observe("health").observations[0].observed_at > first


def test_a_receivers_connection_is_closed_after_each_change() -> None:
    """Kept, one that the server has lost would stay lost for ever."""
    opened: list[Any] = []
    assert flush()  # what earlier tests have left to be told is not this one's

    @receiver(state_changed)
    def record(**kwargs: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        opened.append(connection.connection)

    try:
        observe("health")
        ANSWERS["it"] = False
        observe("health")
        assert flush()
    finally:
        state_changed.disconnect(record)
    first, second = opened
    assert first is not second


def test_there_is_one_engine_whoever_asks_first() -> None:
    with ThreadPoolExecutor(16) as threads:
        assert len({id(each) for each in threads.map(lambda _: engine(), range(64))}) == 1


# Following


def test_a_report_grows_by_provider_and_by_component() -> None:
    gates = {name: threading.Event() for name in ("default", "replica", "whole")}

    @each(["default", "replica"])
    def databases(name: str) -> bool:
        return gates[name].wait(20)

    def whole() -> bool:
        return gates["whole"].wait(20)

    def told() -> tuple[list[str], tuple[str, ...]]:
        parts = [part for seen in progress.report.observations for part in seen.components or (seen,)]
        return [part.reference for part in parts], progress.awaited

    providers = [("none", each([])(lambda name: True)), ("databases", databases), ("whole", whole)]
    with override_settings(STATUS_PROVIDERS={"health": providers}):
        following = follow("health", every_s=20)
        progress = next(following)
        assert told() == (["health/none"], ("health/databases/default", "health/databases/replica", "health/whole"))
        gates["replica"].set()
        progress = next(following)
        assert told() == (["health/none", "health/databases/replica"], ("health/databases/default", "health/whole"))
        gates["whole"].set()
        progress = next(following)
        assert told() == (
            ["health/none", "health/databases/replica", "health/whole"],
            ("health/databases/default",),
        )
        gates["default"].set()
        (progress,) = following
        assert progress.awaited == ()
        assert [seen.name for seen in progress.report.observations] == ["none", "databases", "whole"]
        assert progress.report.state is State.PASS


def test_what_is_followed_is_the_report_that_is_observed() -> None:
    with override_settings(STATUS_TTL=60):
        *_, last = follow("health", ["it"], every_s=20)
        assert last.report == observe("health", ["it"])


def test_following_what_there_is_not_is_an_error() -> None:
    with pytest.raises(ValueError, match="health/nope"):
        next(follow("health", ["nope"], every_s=20))
