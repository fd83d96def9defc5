"""`install_heartbeat`, and the watchdog's judgement, without a worker."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import pytest
from celery import Celery, signals
from django.test import override_settings

import status.celery
from status.celery import _connects, _Heartbeat, _is_kombus, _nearest, _retries, _Watchdog, install_heartbeat
from status.runtime import heartbeat
from tests.command.running import run
from tests.waiting import wait_until

VALID_S = 1.0


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The site's STATUS_RUNTIME_DIR."""
    with override_settings(STATUS_RUNTIME_DIR=tmp_path / "site"):
        yield tmp_path / "site"


@pytest.fixture
def app() -> Iterator[Celery]:
    with Celery("heartbeats", set_as_current=False, fixups=[]) as app:  # see `tests.sites.celery_project`
        yield app
    signals.beat_init.disconnect(dispatch_uid=f"status.celery:{id(app)}")


@contextmanager
def watched(call: Callable[[Callable[[], None]], None] | None = None) -> Iterator[_Watchdog]:
    """A watchdog whose watched thread is within `call`, to which it hands what blocks until the end."""
    over = threading.Event()
    watchdog = _Watchdog("worker", "w@x", 0.05, VALID_S)

    def block() -> None:
        over.wait()

    def work() -> None:
        watchdog.start()
        (call or within())(block)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield watchdog
    finally:
        over.set()
        thread.join()
        watchdog.end()


def within(*modules: str, function: str = "call") -> Callable[[Callable[[], None]], None]:
    """A call through functions of these modules, the first one the outermost."""

    def innermost(block: Callable[[], None]) -> None:
        block()

    made = innermost
    for module in reversed(modules):
        namespace: dict[str, Any] = {"__name__": module, "inner": made}
        exec(f"def {function}(block):\n    inner(block)\n", namespace)
        made = namespace[function]
    return made


class Service:
    """Of Celery's beat, what is used of it."""

    def __init__(self, app: Celery, rests_s: float = 1.0) -> None:
        self.app = app
        self.scheduler = SimpleNamespace(tick=lambda: rests_s)


def beats(folder: Path, kind: str = "worker") -> dict[str, float]:
    return heartbeat.read(folder, kind) if folder.exists() else {}


def alive(folder: Path) -> bool:
    return any(until > time.time() for until in beats(folder).values())


def stays_alive(folder: Path) -> bool:
    until = time.monotonic() + 3 * VALID_S
    while time.monotonic() < until:
        if not alive(folder):
            return False
        time.sleep(0.02)
    return True


def test_without_celery_one_line_says_what_to_install(tmp_path: Path) -> None:
    done = run(tmp_path, "-c", "import sys; sys.modules['celery'] = None; import status.celery")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "status.providers.extras.MissingExtra: celery is not installed: pip install django-status[celery]"
    )


def test_it_settles_no_settings(tmp_path: Path) -> None:
    code = (
        "from celery import Celery; from status.celery import install_heartbeat; install_heartbeat(Celery('x'));"
        "from django.conf import settings; print(settings.configured)"
    )
    assert run(tmp_path, "-c", code).stdout == "False\n"


@pytest.mark.parametrize(("every_s", "valid_s"), [(0, 30), (-1, 30), (5, 9), (float("nan"), 30)])
def test_times_that_do_not_fit(app: Celery, every_s: float, valid_s: float) -> None:
    with pytest.raises(ValueError, match="must be at least twice every_s"):
        install_heartbeat(app, every_s=every_s, valid_s=valid_s)


def test_a_second_call_takes_the_place_of_the_first(app: Celery) -> None:
    before = len(signals.beat_init.receivers)
    install_heartbeat(app)
    install_heartbeat(app, every_s=1, valid_s=4)
    (step,) = [step for step in app.steps["worker"] if issubclass(step, _Heartbeat)]
    assert (step.interval_s, step.counts_s) == (1, 4)
    assert len(signals.beat_init.receivers) == before + 1


def test_the_beat_of_another_application_is_not_watched(app: Celery, folder: Path) -> None:
    install_heartbeat(app)
    with Celery("other", set_as_current=False, fixups=[]) as other:
        signals.beat_init.send(sender=Service(other))
    assert not folder.exists()


def test_beat_counts_for_as_long_as_it_rests(app: Celery, folder: Path) -> None:
    install_heartbeat(app, every_s=0.05, valid_s=VALID_S)
    service = Service(app, 300.0)
    with ExitStack() as stack:
        started = _watchdogs(stack)
        signals.beat_init.send(sender=service)
        assert service.scheduler.tick() == 300.0
        (name,) = wait_until(lambda: beats(folder, "beat"))
        assert name.startswith("celerybeat@")
        wait_until(lambda: beats(folder, "beat")[name] > time.time() + 299)
        for watchdog in started:
            watchdog.end()
    assert beats(folder, "beat") == {}


def _watchdogs(stack: ExitStack) -> list[_Watchdog]:
    started: list[_Watchdog] = []
    patch = stack.enter_context(pytest.MonkeyPatch.context())
    real = _Watchdog.start

    def start(self: _Watchdog) -> None:
        started.append(self)
        real(self)

    patch.setattr(_Watchdog, "start", start)
    return started


def test_a_thread_that_proves_nothing_runs_out(folder: Path) -> None:
    with watched():
        wait_until(lambda: alive(folder))
        wait_until(lambda: not alive(folder))


def test_one_that_proves_it_lives_is_alive(folder: Path) -> None:
    with watched() as watchdog:
        wait_until(lambda: alive(folder))
        until = time.monotonic() + 2 * VALID_S
        while time.monotonic() < until:
            watchdog.prove()
            assert alive(folder)
            time.sleep(0.02)


def test_one_that_answers_when_it_comes_round_is_alive(folder: Path) -> None:
    with watched() as watchdog:
        watchdog.call_soon = lambda prove: prove()
        assert wait_until(lambda: alive(folder))
        assert stays_alive(folder)


def test_it_is_asked_once_until_it_answers(folder: Path) -> None:
    asked: list[Callable[[], None]] = []
    with watched() as watchdog:
        watchdog.call_soon = asked.append
        wait_until(lambda: asked)
        wait_until(lambda: not alive(folder))
        assert len(asked) == 1
        asked.pop()()
        wait_until(lambda: alive(folder))
        wait_until(lambda: asked)


def test_one_that_waits_for_the_broker_is_alive_but_not_for_ever(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with watched(within("celery.worker.loops", "kombu.transport.redis", "redis.connection")):
        wait_until(lambda: alive(folder))
        assert stays_alive(folder)
        monkeypatch.setattr(status.celery, "BROKER_PATIENCE_S", 0.0)
        wait_until(lambda: not alive(folder))


def test_one_that_tries_to_connect_is_alive_for_ever(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status.celery, "BROKER_PATIENCE_S", 0.0)
    with watched(within("celery.worker.loops", "kombu.utils.functional", "gevent.hub", function="retry_over_time")):
        wait_until(lambda: alive(folder))
        assert stays_alive(folder)


def test_a_receiver_of_a_signal_is_not_the_broker(folder: Path) -> None:
    with watched(within("kombu.transport.redis", "celery.utils.dispatch.signal", "shop.receivers")):
        wait_until(lambda: alive(folder))
        wait_until(lambda: not alive(folder))


@pytest.mark.parametrize(
    ("modules", "function", "kombus", "retries", "connects"),
    [
        ([], "call", False, False, False),
        (["shop.tasks"], "call", False, False, False),
        (["celery.app", "kombu.connection", "amqp.transport", "ssl"], "call", True, False, False),
        (["celery.app", "kombu.utils.functional", "gevent.hub"], "retry_over_time", True, True, True),
        (["kombucha"], "retry_over_time", False, False, False),
    ],
)
def test_who_is_called_last_of_celery_and_kombu(
    modules: list[str], function: str, kombus: bool, retries: bool, connects: bool
) -> None:
    frame = seen(within(*modules, function=function))
    assert (_is_kombus(frame), _retries(frame), _connects(frame)) == (kombus, retries, connects)


def test_an_attempt_to_connect_is_told_from_the_rest_after_it() -> None:
    attempt = within("kombu.transport.redis", "redis.connection")
    rest = within("kombu.utils.functional", function="retry_over_time")
    frame = seen(lambda block: rest(lambda: attempt(block)))
    assert (_is_kombus(frame), _retries(frame), _connects(frame)) == (True, False, True)


def seen(call: Callable[[Callable[[], None]], None]) -> FrameType | None:
    """What is nearest to the innermost of this call."""
    frames: list[FrameType | None] = []
    call(lambda: frames.append(_nearest(sys._getframe())))
    return frames[0]


def test_what_cannot_be_written_is_told_once_until_it_can(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder.mkdir(mode=0o755)
    with watched() as watchdog:
        watchdog.busy = lambda: True
        wait_until(lambda: caplog.records)
        folder.chmod(0o700)
        wait_until(lambda: alive(folder))
        assert len(caplog.records) == 1
        folder.chmod(0o755)
        wait_until(lambda: len(caplog.records) == 2)
    # And once more as it is taken away.
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3
    assert f"no heartbeat of w@x: {folder}: is open to others" in caplog.text
    assert f"the heartbeat of w@x can't be removed: {folder}: is open to others" in caplog.text


def test_settings_that_cannot_be_read_are_told_and_nothing_else_happens(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unreadable() -> None:
        raise ImportError("no module named shop")

    monkeypatch.setattr("status.celery.conf.current", unreadable)
    with watched() as watchdog:
        told = "no heartbeat of w@x: the settings can't be read: ImportError: no module named shop"
        wait_until(lambda: told in caplog.text)
        assert watchdog.end() is False


def test_a_child_born_by_fork_takes_nothing_away(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with watched() as watchdog:
        wait_until(lambda: alive(folder))
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: -1)
            assert watchdog.end() is False
        assert alive(folder)
    assert beats(folder) == {}
