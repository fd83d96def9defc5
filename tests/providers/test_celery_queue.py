"""The check of queues, on a real Valkey and a real RabbitMQ."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psutil
import pytest
import redis
from django.test import override_settings
from kombu import Connection, Queue

from status.core.observation import Observation
from status.core.runner import Runner
from status.core.states import State
from status.providers import registry
from status.providers.base import Defaults, Provider
from status.providers.celery.broker import Broker, connected
from status.providers.celery.queue import queue
from status.providers.celery.queues import NO_TIME, TAIL_BYTES, CantTell, look_at
from tests.conftest import started
from tests.servers.ports import HOST
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.valkey import Valkey
from tests.sites import celery_project as project
from tests.waiting import wait_until

NAME = "mail"
PATH = "status.providers.celery.queue.queue"


@pytest.fixture(scope="module", params=[Valkey, RabbitMQ], ids=["redis", "rabbitmq"])
def server(request: pytest.FixtureRequest) -> Iterator[Any]:
    with started(request.param) as server:
        yield server


@pytest.fixture
def app(server: Any) -> Iterator[Any]:
    with project(server.url) as app:
        yield app
        with Connection(server.url) as connection, suppress(*connection.channel_errors):  # not each test makes it
            channel: Any = connection.default_channel
            channel.queue_purge(NAME)


@pytest.fixture
def runner() -> Iterator[Runner]:
    runner = Runner()
    yield runner
    runner.close(5.0)


def observed(runner: Runner, timeout_s: float = 5.0, **kwargs: object) -> list[Observation]:
    provider = Provider("queue", queue, kwargs=kwargs, timeout=timeout_s, ttl=0.0)
    return runner.observe(provider.checks("health", judged=True, defaults=Defaults()))


def send(app: Any, count: int, **options: Any) -> None:
    for _ in range(count):
        app.send_task("shop.nothing", queue=NAME, ignore_result=True, **options)


@pytest.mark.parametrize(
    ("kwargs", "state"),
    [
        ({}, State.PASS),
        ({"warn_length": 4}, State.PASS),
        ({"warn_length": 3}, State.WARN),
        ({"warn_length": 2, "fail_length": 3}, State.FAIL),
        ({"warn_length": None, "fail_length": None}, State.PASS),
        ({"warn_length": 0, "fail_length": None}, State.WARN),
    ],
)
def test_a_queue_is_judged_by_its_length(app: Any, runner: Runner, kwargs: dict[str, Any], state: State) -> None:
    send(app, 3)
    wait_until(lambda: queue([NAME])[NAME].value == 3)
    (seen,) = observed(runner, queues=[NAME], **kwargs)
    assert (seen.reference, seen.state, seen.value, seen.unit) == ("health/queue/mail", state, 3, "messages")
    assert (seen.detail or "").startswith("3 wait")


@pytest.mark.parametrize(
    ("kwargs", "state"),
    [
        ({"warn_age_s": 300}, State.PASS),
        ({"warn_age_s": 90, "fail_age_s": 300}, State.WARN),
        ({"warn_age_s": 30, "fail_age_s": 90}, State.FAIL),
    ],
)
def test_a_queue_is_judged_by_its_oldest_message(
    server: Any, app: Any, runner: Runner, kwargs: dict[str, Any], state: State
) -> None:
    send(app, 1, timestamp=int(time.time()) - 100)
    wait_until(lambda: queue([NAME])[NAME].value == 1)
    (seen,) = observed(runner, queues=[NAME], **kwargs)
    assert (seen.detail or "").startswith("1 waits")
    if isinstance(server, Valkey):
        assert seen.state is state
        assert "the oldest for 10" in (seen.detail or "")
    else:  # what can't be told does not pass
        assert seen.state is State.WARN
        assert "RabbitMQ" in (seen.detail or "")


def test_a_message_that_is_not_stamped_warns_where_its_age_matters(app: Any, runner: Runner) -> None:
    send(app, 1)
    wait_until(lambda: queue([NAME])[NAME].value == 1)
    (seen,) = observed(runner, queues=[NAME], fail_age_s=60)
    assert seen.state is State.WARN
    assert "can't be told" in (seen.error or "")


def test_a_message_from_the_future_has_waited_for_no_time(own_valkey: Valkey, runner: Runner) -> None:
    with project(own_valkey.url) as app:
        send(app, 1, timestamp=int(time.time()) + 50)  # clocks differ
        (seen,) = observed(runner, queues=[NAME], warn_age_s=60)
    assert seen.state is State.PASS
    assert "the oldest for 0 s" in (seen.detail or "")


@pytest.mark.parametrize(
    "message",
    [
        "no message",
        '{"properties": {"timestamp": 1',
        '{"properties": [1]}',
        '{"properties": {"timestamp": "yesterday"}}',
        '{"properties": {"timestamp": true}}',
        '{"properties": {"timestamp": 4102444800}}',  # the year 2100
        '{"properties": {"timestamp": NaN}}',
        '{"properties": {"timestamp": Infinity}}',
        '{"properties": {"timestamp": -Infinity}}',
        '{"properties": {"timestamp": 1e300}}',
        '{"properties": {"timestamp": 1}, "body": "' + "x" * TAIL_BYTES + '"}',
    ],
)
def test_a_message_of_another_make_has_no_age(own_valkey: Valkey, message: str) -> None:
    with redis.Redis(port=own_valkey.port) as client, project(own_valkey.url):
        client.lpush(NAME, message)
        seen = queue.look_at(NAME, [NAME], warn_age_s=1)
    assert (seen.state, seen.value) == (State.WARN, 1)
    assert "can't be told" in (seen.detail or "")


def test_of_a_long_message_the_end_is_enough(own_valkey: Valkey) -> None:
    with project(own_valkey.url) as app:
        send(app, 1, kwargs={"long": '"properties": {"timestamp": 1}' * 10_000}, timestamp=int(time.time()) - 100)
        assert "the oldest for 10" in (queue.look_at(NAME, [NAME]).detail or "")


def test_queues_that_there_was_no_time_for_say_so(server: Any, app: Any) -> None:
    with connected(app, 5.0) as broker:
        lines = look_at(broker, [NAME], time.monotonic() - 1)
        broker.leave(None, 5.0)
    if isinstance(server, RabbitMQ):  # Redis is asked for all at once
        assert lines[NAME].no_length == NO_TIME


def test_a_queue_that_is_not_there_is_empty_for_redis_and_fails_for_rabbitmq(
    server: Any, app: Any, runner: Runner
) -> None:
    send(app, 1)
    absent, there = observed(runner, queues=["absent", NAME], fail_age_s=None)
    assert there.state is State.PASS
    if isinstance(server, Valkey):
        assert (absent.state, absent.value) == (State.PASS, 0)
    else:
        assert (absent.state, absent.value) == (State.FAIL, None)
        assert "no queue 'absent'" in (absent.error or "")


def test_consumers_are_told_by_rabbitmq(server: Any, app: Any) -> None:
    send(app, 1)
    assert ("0 consumers" in (queue([NAME])[NAME].detail or "")) is isinstance(server, RabbitMQ)
    with Connection(server.url) as connection, connection.Consumer([Queue(NAME)], callbacks=[_keep]):
        detail = wait_until(lambda: queue([NAME])[NAME].detail)
        assert ("1 consumer" in detail) is isinstance(server, RabbitMQ)


def _keep(body: object, message: object) -> None:
    """It stays unacknowledged."""


def test_nothing_is_left_behind(server: Any, app: Any) -> None:
    send(app, 1)
    for _ in range(10):
        assert wait_until(lambda: queue([NAME])[NAME].value) == 1
    app.pool.force_close_all()
    ours = [c for c in psutil.Process().net_connections("inet") if c.raddr and c.raddr.port == server.port]
    assert [c for c in ours if c.status != psutil.CONN_TIME_WAIT] == []


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
@pytest.mark.parametrize("trouble", ["refused_port", "silent_port", "unreachable_port"])
def test_a_broker_that_can_not_be_talked_to(
    scheme: str, trouble: str, request: pytest.FixtureRequest, runner: Runner
) -> None:
    port = request.getfixturevalue(trouble)
    with project(f"{scheme}://app:hush@{HOST}:{port}//"):
        (seen,) = observed(runner, 0.8)
    assert (seen.state, seen.reference) == (State.FAIL, "health/queue/celery")
    assert seen.duration_s < 0.8
    assert str(port) in (seen.error or "")
    assert "hush" not in (seen.error or "")


def test_a_broker_stopped_after_connecting(
    server: Any, app: Any, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Broker.open

    def stop(self: Broker) -> None:
        original(self)
        server.stop_in_its_tracks()

    with monkeypatch.context() as patch:
        patch.setattr(Broker, "open", stop)
        try:
            (seen,) = observed(runner, 0.8)
        finally:
            server.resume()
    assert seen.state is State.FAIL
    assert str(server.port) in (seen.error or "")
    assert seen.duration_s < 0.8
    send(app, 1)
    wait_until(lambda: queue([NAME])[NAME])


def test_another_kind_of_broker_fails_with_the_reason() -> None:
    with project("memory://"), pytest.raises(CantTell, match="Redis and RabbitMQ"):
        queue.look_at("celery")


@pytest.mark.parametrize(
    ("kwargs", "said"),
    [
        ({"queues": "celery"}, "queues is a list of names, not a str"),
        ({"queues": []}, "queues names none: a check of nothing would always pass"),
        ({"queues": [1]}, "queues is a list of names"),
        ({"warn_length": "9"}, "warn_length is a number from 0, or None, not '9'"),
        ({"fail_length": -1}, "fail_length is a number from 0, or None, not -1"),
        ({"fail_length": True}, "fail_length is a number from 0, or None, not True"),
        ({"warn_age_s": float("nan")}, "warn_age_s is a number from 0, or None, not nan"),
        ({"warn_length": 2000}, "warn_length (2000) is above fail_length (1000)"),
        ({"warn_age_s": 60, "fail_age_s": 30}, "warn_age_s (60) is above fail_age_s (30)"),
        ({"most": 3}, "got an unexpected keyword argument 'most'"),
    ],
)
def test_a_wrong_argument_is_told_at_start(kwargs: dict[str, Any], said: str) -> None:
    with override_settings(STATUS_PROVIDERS={"health": [("queue", PATH, (), kwargs)]}):
        (problem,) = registry.current().problems
    assert problem.id == "E003"
    assert said in problem.text
