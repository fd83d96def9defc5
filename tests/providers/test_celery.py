"""Celery's workers, real ones, over a real Valkey and a real RabbitMQ."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
import threading
import time
from contextlib import ExitStack
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import celery._state
import kombu.pools
import kombu.transport
import psutil
import pytest
import redis

from status.core import bounds
from status.core.check import Check
from status.core.runner import Runner
from status.core.states import State
from status.providers.base import Defaults, Provider
from status.providers.celery import broadcast, health, stats
from status.providers.celery.broker import Broker
from status.providers.extras import MissingExtra
from status.providers.forms import batch
from tests.checking import told_at_start
from tests.conftest import started
from tests.servers.celery_worker import CeleryWorker
from tests.servers.ports import HOST
from tests.servers.process import find_program
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.valkey import Valkey
from tests.sites import celery_project as project
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from status.core.observation import Observation
    from tests.conftest import StartCeleryWorker

pytestmark = pytest.mark.slow

UP = ["mail@web-1", "mail@web-2"]
GONE = "mail@gone"
PONG = {"ok": "pong"}


class Site:
    """A broker of this module's own, with the workers `UP`."""

    def __init__(self, server: Valkey | RabbitMQ) -> None:
        self.server = server

    def kept(self) -> set[tuple[str, ...]]:
        """All that the broker keeps of queues and bindings."""
        if isinstance(self.server, RabbitMQ):
            # As for the server: what sbin has would run it with another home, so with another cookie.
            ctl = "/usr/lib/rabbitmq/bin/rabbitmqctl"
            ctl = ctl if Path(ctl).exists() else str(find_program("rabbitmqctl"))
            listed = self.server.run_tool(ctl, "-q", "list_queues", "name")
            return {(line,) for line in listed.splitlines()}
        with redis.Redis(port=self.server.port, decode_responses=True) as client:
            return {(key, *self._members(client, key)) for key in client.scan_iter()}

    def connections(self) -> list[Any]:
        """This process's connections to the broker."""
        return [c for c in psutil.Process().net_connections("inet") if c.raddr and c.raddr.port == self.server.port]

    @staticmethod
    def _members(client: Any, key: str) -> list[str]:
        kind = client.type(key)
        if kind == "set":
            return sorted(client.smembers(key))
        return client.lrange(key, 0, -1) if kind == "list" else []


@pytest.fixture(scope="module", params=[Valkey, RabbitMQ], ids=["redis", "rabbitmq"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with ExitStack() as stack:
        server = stack.enter_context(started(request.param))
        for name in UP:
            stack.enter_context(CeleryWorker.start(server.url, name))
        yield Site(server)


@pytest.fixture
def app(site: Site) -> Iterator[Any]:
    gc.collect()  # what earlier tests left open to it is not counted as this one's
    with project(site.server.url) as app:
        yield app


@pytest.fixture
def runner() -> Iterator[Runner]:
    runner = Runner()
    yield runner
    runner.close(5.0)


def health_check(workers: list[str], timeout_s: float = 2.0) -> Check:
    provider = Provider("celery", health.celery, kwargs={"workers": workers}, timeout=timeout_s)
    (check,) = provider.checks("health", judged=True, defaults=Defaults())
    return check


def states(observation: Observation) -> dict[str, State]:
    return {part.name: part.state for part in observation.components}


def threads_of_checks() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("status:")]


def descriptors() -> list[str]:
    """What this process has open."""
    found = []
    for path in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(path.readlink()))
        except FileNotFoundError:  # the listing's own
            continue
    return sorted(found)


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("app")
def test_workers_that_are_up_answer() -> None:
    assert health.celery(workers=UP) == dict.fromkeys(UP, True)


@pytest.mark.usefixtures("app")
def test_a_plain_call_says_false_of_a_worker_that_is_gone() -> None:
    assert health.celery(workers=[UP[0], GONE]) == {UP[0]: True, GONE: False}


@pytest.mark.usefixtures("app")
def test_a_worker_that_is_gone_fails_alone(runner: Runner) -> None:
    (seen,) = runner.observe([health_check([*UP, GONE])])
    assert states(seen) == {UP[0]: State.PASS, UP[1]: State.PASS, GONE: State.FAIL}
    assert {part.name: part.error for part in seen.components}[GONE] == "no answer"
    assert not seen.timed_out


@pytest.mark.usefixtures("app")
def test_a_worker_that_was_killed_fails_alone(
    site: Site, runner: Runner, start_celery_worker: StartCeleryWorker
) -> None:
    worker = start_celery_worker(site.server.url, "killed@web-3")
    check = health_check([UP[0], worker.name])
    assert set(states(runner.observe([check])[0]).values()) == {State.PASS}
    worker.kill()
    (seen,) = runner.observe([health_check([UP[0], worker.name])])
    assert states(seen) == {UP[0]: State.PASS, worker.name: State.FAIL}


def test_stats_are_those_that_celery_itself_gives(app: Any) -> None:
    mine = stats.celery(workers=[UP[0]])
    celerys = app.control.inspect(destination=[UP[0]]).stats()
    assert mine.keys() == {*celerys, stats.TOTALS}
    assert mine[UP[0]].keys() == celerys[UP[0]].keys()
    assert mine[UP[0]]["pid"] == celerys[UP[0]]["pid"]


@pytest.mark.usefixtures("app")
def test_a_thousand_workers_cost_one_broadcast(runner: Runner) -> None:
    names = [*UP, *(f"mail@gone-{i}" for i in range(998))]
    (seen,) = runner.observe([health_check(names)])
    found = states(seen)
    assert len(found) == 1000
    assert [name for name, state in found.items() if state is State.PASS] == UP


@pytest.mark.parametrize("path", ["celery.health.celery", "celery.stats.celery"])
@pytest.mark.parametrize(
    ("workers", "told"),
    [
        (UP[0], "workers is a list of texts, not a str"),
        ([7], "workers is a text, not a int"),
        (None, "workers is a list of texts, not a NoneType"),
    ],
)
def test_workers_that_are_no_list_of_names_are_told_at_start(path: str, workers: object, told: str) -> None:
    assert told in told_at_start(path, workers=workers)


def test_no_workers_ask_no_broker(refused_port: int) -> None:
    with project(f"redis://{HOST}:{refused_port}/0"):
        assert health.celery(workers=[]) == {}


# --- a broker in trouble ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["redis://:hush@{}:{}/0", "amqp://app:hush@{}:{}//"], ids=["redis", "rabbitmq"])
def test_a_broker_that_refuses_is_told_at_once_without_its_password(
    url: str, refused_port: int, runner: Runner
) -> None:
    with project(url.format(HOST, refused_port)):
        (seen,) = runner.observe([health_check(UP, timeout_s=10.0)])
    assert seen.state is State.FAIL
    assert seen.error is not None
    assert f"{HOST}:{refused_port}" in seen.error
    assert "refused" in seen.error
    assert "hush" not in seen.error
    assert "\n" not in seen.error
    assert seen.duration_s < 1  # kombu's first nap is 2 s


@pytest.mark.parametrize("trouble", ["silent_port", "unreachable_port"])
@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_says_nothing_holds_nobody_up(
    trouble: str, scheme: str, request: pytest.FixtureRequest, runner: Runner
) -> None:
    port = request.getfixturevalue(trouble)
    with project(f"{scheme}://{HOST}:{port}//"):
        (seen,) = runner.observe([health_check(UP, timeout_s=0.8)])
        assert seen.state is State.FAIL
        assert seen.duration_s < 0.8
        assert str(port) in (seen.error or "")
    wait_until(lambda: not threads_of_checks())


def freeze(site: Site, name: str, monkeypatch: pytest.MonkeyPatch, *, after: bool) -> None:
    """Stop the broker before or after the first call of a method of `Broker`."""
    method = getattr(Broker, name)
    frozen: list[bool] = []

    def stop_once() -> None:
        if not frozen:
            site.server.stop_in_its_tracks()
            frozen.append(True)

    def wrapped(self: Broker, *args: Any) -> Any:
        if not after:
            stop_once()
        try:
            return method(self, *args)
        finally:
            if after:
                stop_once()

    monkeypatch.setattr(Broker, name, wrapped)


@pytest.mark.parametrize(
    ("method", "after"),
    [("open", False), ("open", True), ("drain", False), ("leave", False)],
    ids=["before-connecting", "before-asking", "while-collecting", "before-the-goodbye"],
)
@pytest.mark.usefixtures("app")
def test_a_broker_stopped_in_its_tracks_leaves_nothing_behind(
    method: str, after: bool, site: Site, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    health.celery(workers=UP)
    before, opened = site.kept(), descriptors()
    with monkeypatch.context() as patch:
        freeze(site, method, patch, after=after)
        started_at = time.monotonic()
        try:
            (seen,) = runner.observe([health_check([*UP, GONE], timeout_s=1.0)])
            took_s = time.monotonic() - started_at
            wait_until(lambda: not threads_of_checks(), timeout_s=1.0)
            assert site.connections() == []
            assert descriptors() == opened
        finally:
            site.server.resume()
    assert seen.state is State.FAIL
    assert took_s < 1.5
    assert wait_until(lambda: health.celery(workers=UP)) == dict.fromkeys(UP, True)
    wait_until(lambda: site.kept() == before, message=lambda: f"{site.kept() ^ before}")


@pytest.mark.parametrize("method", ["open", "drain", "leave"])
@pytest.mark.usefixtures("app")
def test_a_run_that_nobody_cuts_off_ends_by_itself(method: str, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = descriptors()
    context = copy_context()
    context.run(bounds.current.set, bounds.Bounds(time.monotonic() + 0.8))
    with monkeypatch.context() as patch:
        freeze(site, method, patch, after=False)
        try:
            with pytest.raises(ConnectionError, match=str(site.server.port)):
                context.run(broadcast.ask, "ping", [*UP, GONE])
            assert descriptors() == opened
        finally:
            site.server.resume()
    wait_until(lambda: health.celery(workers=UP) == dict.fromkeys(UP, True))


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_an_overdue_run_is_cut_off_in_its_handshake(scheme: str) -> None:
    run = bounds.Bounds(time.monotonic() + 60)
    context = copy_context()
    context.run(bounds.current.set, run)
    told: list[str] = []

    def ask() -> None:
        try:
            broadcast.ask("ping", UP)
        except ConnectionError as error:
            told.append(str(error))

    with socket.create_server((HOST, 0)) as listener:
        listener.settimeout(10)
        port = listener.getsockname()[1]
        with project(f"{scheme}://{HOST}:{port}//"):
            thread = threading.Thread(target=context.run, args=(ask,), daemon=True)
            thread.start()
            connection, _ = listener.accept()
            with connection:
                assert connection.recv(1)
                run.cut()
                thread.join(5.0)
                assert not thread.is_alive()
    assert len(told) == 1
    assert str(port) in told[0]


def test_the_next_broker_of_a_list_is_asked(site: Site, refused_port: int) -> None:
    refused = site.server.url.replace(str(site.server.port), str(refused_port))
    with project(f"{refused};{site.server.url}"):
        assert broadcast.ask("ping", UP) == dict.fromkeys(UP, PONG)


# --- what is left behind ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("app")
def test_fifty_runs_leave_nothing_behind(site: Site) -> None:
    broadcast.ask("ping", UP)
    before, opened, threads = site.kept(), descriptors(), threading.active_count()
    for _ in range(50):
        assert broadcast.ask("ping", UP) == dict.fromkeys(UP, PONG)
    assert site.connections() == []
    assert descriptors() == opened
    assert threading.active_count() == threads
    wait_until(lambda: site.kept() == before, message=lambda: f"{site.kept() ^ before}")


@pytest.mark.usefixtures("app")
def test_a_run_that_waits_in_vain_leaves_nothing_behind(site: Site) -> None:
    broadcast.ask("ping", UP)
    before, opened = site.kept(), descriptors()
    assert broadcast.ask("ping", [*UP, GONE]) == dict.fromkeys(UP, PONG)
    assert site.connections() == []
    assert descriptors() == opened
    wait_until(lambda: site.kept() == before, message=lambda: f"{site.kept() ^ before}")


def test_the_sites_own_pools_are_not_touched(app: Any) -> None:
    broadcast.ask("ping", UP)
    assert app._pool is None
    assert app.amqp._producer_pool is None


def test_the_sites_own_inspect_goes_on_beside_it(app: Any, runner: Runner) -> None:
    seen: list[Observation] = []
    check = Check("health/celery", partial(broadcast.ask, "ping", UP), names=tuple(UP), ttl_s=0.0)
    done = threading.Event()

    def observe() -> None:
        while not done.is_set():
            seen.extend(runner.observe([check]))

    thread = threading.Thread(target=observe)
    thread.start()
    try:
        for _ in range(10):
            assert app.control.inspect(destination=UP, timeout=5.0).ping() == dict.fromkeys(UP, PONG)
    finally:
        done.set()
        thread.join()
    assert seen
    assert {observation.state for observation in seen} == {State.PASS}


# --- the project's app ------------------------------------------------------------------------------------------------


def test_one_of_several_apps_is_the_one_made_the_default(site: Site, runner: Runner) -> None:
    default = celery._state.default_app  # type: ignore[attr-defined]
    with project(site.server.url) as app, project("redis://127.0.0.1:1/0") as other:
        (seen,) = runner.observe([health_check(UP)])
        assert "set_default" in (seen.error or "")
        assert app is not other
        app.set_default()
        try:
            assert runner.observe([health_check(UP)])[0].state is State.PASS
        finally:
            celery._state.set_default_app(default)


def test_without_celery_one_line_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "celery", None)
    with pytest.raises(MissingExtra, match=r"^celery is not installed: pip install django-status\[celery\]$"):
        health.celery(workers=UP)


def test_without_the_brokers_library_one_line_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.delitem(sys.modules, "kombu.transport.redis", raising=False)
    monkeypatch.setattr(kombu.transport, "_transport_cache", {})
    with (
        project("redis://127.0.0.1:1/0"),
        pytest.raises(MissingExtra, match=r"^redis is not installed: pip install django-status\[redis\]$"),
    ):
        health.celery(workers=UP)


# --- the form ---------------------------------------------------------------------------------------------------------


def test_an_async_batch_called_as_a_function_fills_in_what_is_missing() -> None:
    @batch(["a", "b"])
    async def replies() -> dict[str, bool]:
        return {"a": True}

    assert asyncio.run(replies()) == {"a": True, "b": False}
    assert asyncio.run(replies.look_at_all()) == {"a": True}
