"""The engine's smaller parts: bounds, telling, daemon threads, composition, the inline runner, the fork."""

from __future__ import annotations

import _thread
import asyncio
import logging
import threading
from concurrent.futures import Future
from time import monotonic

import pytest

from status.core import bounds, forks
from status.core.aio import run_awaitable
from status.core.bounds import Bounds, cut_off, is_inline, remaining_s
from status.core.check import Check
from status.core.composition import compose
from status.core.inline import InlineRunner
from status.core.observation import Observation
from status.core.runner import Runner
from status.core.states import State
from status.core.telling import Teller
from status.core.threads import DaemonExecutor, start_daemon
from tests.waiting import wait_until

# Bounds


def test_outside_of_a_run_there_are_two_seconds_and_nothing_is_cut() -> None:
    with cut_off(lambda: pytest.fail("cut")):
        assert remaining_s() == bounds.UNBOUNDED_S == 2.0
    assert not is_inline()


def test_what_is_left_is_never_zero() -> None:
    token = bounds.current.set(Bounds(monotonic() - 5))
    try:
        assert remaining_s() == 0.001
    finally:
        bounds.current.reset(token)


def test_what_is_over_is_not_cut_any_more() -> None:
    it, cut = Bounds(0.0), [0]
    it.add(lambda: cut.append(1))
    it.cut()
    it.cut()
    assert cut == [0, 1]
    it.remove(print)


def test_a_cut_that_raises_does_not_keep_the_next_from_its_turn() -> None:
    it, cut = Bounds(0.0), []

    def broken() -> None:
        raise OSError("closed already")

    it.add(broken)
    it.add(lambda: cut.append(1))
    it.cut()
    assert cut == [1]


def test_what_had_nothing_to_cut_yet_is_asked_again() -> None:
    """A cut that comes while a connection is being made must not be used up."""
    it, connected, cut = Bounds(0.0), [False], []

    def try_to_cut() -> bool:
        cut.extend(connected[:1] if connected[0] else [])
        return connected[0]

    it.add(try_to_cut)
    it.cut()
    connected[0] = True
    it.cut()
    it.cut()
    assert cut == [True]


def test_a_block_that_has_ended_is_not_cut() -> None:
    it, cut = Bounds(0.0), [0]
    token = bounds.current.set(it)
    try:
        with cut_off(lambda: cut.append(1)):
            pass
    finally:
        bounds.current.reset(token)
    it.cut()
    assert cut == [0]


# Telling


def test_a_listener_that_raises_is_logged_and_the_next_thing_is_told(caplog: pytest.LogCaptureFixture) -> None:
    told = []

    def listen(thing: int) -> None:
        if thing == 1:
            raise ValueError("no")
        told.append(thing)

    teller = Teller(listen)
    teller.tell(1)
    teller.tell(2)
    assert teller.flush()
    assert told == [2]
    assert "a listener of django-status raised" in caplog.text


def test_its_thread_is_started_with_the_first_thing_to_tell() -> None:
    teller = Teller[int](lambda thing: None)
    assert not teller.is_running
    teller.tell(1)
    assert teller.is_running


def test_a_listener_that_exits_does_not_end_the_telling() -> None:
    told: list[int] = []

    def listen(thing: int) -> None:
        if thing == 1:
            raise SystemExit
        told.append(thing)

    teller = Teller(listen)
    teller.tell(1)
    teller.tell(2)
    assert teller.flush()
    assert told == [2]


def test_a_full_queue_drops_and_counts(caplog: pytest.LogCaptureFixture) -> None:
    gate = threading.Event()
    teller = Teller[int](lambda thing: gate.wait(10), capacity=2)
    teller.tell(0)
    wait_until(lambda: teller._queue.qsize() == 0)
    for number in range(1, 6):
        teller.tell(number)
    gate.set()
    with caplog.at_level(logging.WARNING):
        wait_until(lambda: "3 observations were not told" in caplog.text)


def test_telling_goes_on_when_a_thread_can_be_had_again(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    teller = Teller(told.append)

    def no_more(*args: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(_thread, "start_new_thread", no_more)
        teller.tell(1)
    teller.tell(2)
    assert teller.flush()
    assert told == [1, 2]


def test_a_listener_that_hangs_costs_the_flush_alone() -> None:
    gate = threading.Event()
    teller = Teller[int](lambda thing: gate.wait(10))
    teller.tell(1)
    assert not teller.flush(0.01)
    gate.set()
    assert teller.flush()


# Daemon threads


def test_an_executor_uses_an_idle_thread_before_it_starts_another() -> None:
    executor = DaemonExecutor(max_workers=4)
    used = set()
    for _ in range(20):
        used.add(executor.submit(threading.get_ident).result())
        wait_until(lambda: executor._idle == 1)
    executor.shutdown()
    assert len(used) == 1


def test_an_executors_threads_are_daemons_with_a_name() -> None:
    executor = DaemonExecutor()
    thread = executor.submit(threading.current_thread).result()
    assert (thread.daemon, thread.name) == (True, "status-check-helper")
    executor.shutdown()


def test_an_executor_has_at_most_its_number_of_threads() -> None:
    gate = threading.Event()
    executor = DaemonExecutor(max_workers=2)
    futures = [executor.submit(gate.wait, 10) for _ in range(6)]
    assert executor._alive == 2
    gate.set()
    assert all(future.result() for future in futures)
    executor.shutdown()
    assert executor._alive == 0


def test_an_executor_without_threads_to_be_had_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_more(*args: object) -> None:
        raise RuntimeError("can't start new thread")

    executor = DaemonExecutor()
    with monkeypatch.context() as patched:
        patched.setattr(_thread, "start_new_thread", no_more)
        with pytest.raises(RuntimeError, match="can't start"):
            executor.submit(int)
    assert executor.submit(int).result() == 0
    executor.shutdown()


def test_a_thread_is_traced_and_profiled_as_any_other() -> None:
    seen: list[str] = []
    before = threading.gettrace(), threading.getprofile()
    done = threading.Event()

    def traced(frame: object, event: str, arg: object) -> None:
        seen.append("trace")

    def profiled(frame: object, event: str, arg: object) -> None:
        seen.append("profile")

    threading.settrace(traced)
    threading.setprofile(profiled)
    try:
        start_daemon(done.set, "traced")
        assert done.wait(5)
    finally:
        threading.settrace(before[0])
        threading.setprofile(before[1])
    assert {"trace", "profile"} <= set(seen)


def test_a_thread_that_is_over_is_forgotten() -> None:
    done = threading.Event()
    start_daemon(done.set, "short-lived")
    assert done.wait(5)
    wait_until(lambda: "short-lived" not in {thread.name for thread in threading.enumerate()})


def test_an_executor_tells_what_was_raised() -> None:
    executor = DaemonExecutor()
    future = executor.submit(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        future.result()
    executor.shutdown()


def test_an_executor_does_not_run_what_was_cancelled() -> None:
    gate = threading.Event()
    executor = DaemonExecutor(max_workers=1)
    executor.submit(gate.wait, 10)
    cancelled: Future[None] = executor.submit(pytest.fail)
    assert cancelled.cancel()
    gate.set()
    executor.shutdown()


def test_an_executor_that_was_shut_down_takes_no_more() -> None:
    executor = DaemonExecutor()
    executor.shutdown(wait=False)
    executor.shutdown()
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(int)


# Composition


def observation(state: State, **kwargs: float | bool | None) -> Observation:
    values = {"observed_at": 10.0, "duration_s": 0.1, "since": 5.0, "last_pass_at": 9.0, **kwargs}
    return Observation("health/it/x", "x", state, **values)  # type: ignore[arg-type]


def test_a_provider_of_many_components_is_as_bad_old_and_slow_as_the_worst() -> None:
    parts = [observation(State.PASS), observation(State.FAIL, observed_at=8.0, duration_s=2.0, since=7.0)]
    whole = compose("health/it", parts, critical=False, at=11.0)
    assert (whole.name, whole.state, whole.critical) == ("it", State.FAIL, False)
    assert (whole.observed_at, whole.duration_s, whole.since) == (8.0, 2.0, 7.0)


def test_it_fails_since_the_first_that_does_and_passes_since_the_last_does() -> None:
    failing = [observation(State.FAIL, since=since) for since in (3.0, 6.0)]
    passing = [observation(State.PASS, since=since) for since in (3.0, 6.0)]
    assert compose("health/it", failing, critical=True, at=0.0).since == 3.0
    assert compose("health/it", passing, critical=True, at=0.0).since == 6.0


def test_it_has_not_passed_before_all_have() -> None:
    parts = [observation(State.PASS), observation(State.FAIL, last_pass_at=None)]
    assert compose("health/it", parts, critical=True, at=0.0).last_pass_at is None


@pytest.mark.parametrize("names_are_details", [True, False])
def test_it_says_whether_its_names_are_details_also_without_any(names_are_details: bool) -> None:
    whole = compose("health/it", [], critical=True, at=0.0, names_are_details=names_are_details)
    assert whole.names_are_details is names_are_details


def test_one_without_components_passes_now() -> None:
    whole = compose("health/it", [], critical=True, at=11.0)
    assert (whole.state, whole.observed_at, whole.since, whole.composed) == (State.PASS, 11.0, None, True)


# The inline runner


def inline(*checks: Check) -> list[Observation]:
    return InlineRunner().observe(checks)


def test_inline_a_check_runs_in_the_callers_thread_and_knows_it() -> None:
    seen: list[object] = []
    inline(Check("health/it", lambda: seen.extend([threading.current_thread(), is_inline()])))
    assert seen == [threading.current_thread(), True]
    assert not is_inline()


def test_inline_nothing_is_reused() -> None:
    runs: list[int] = []
    it = Check("health/it", lambda: runs.append(1) or True, ttl_s=60.0)  # type: ignore[func-returns-value]
    runner = InlineRunner()
    runner.observe([it])
    runner.observe([it])
    runner.close()
    assert len(runs) == 2


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(1)])
def test_inline_what_raises_fails(error: BaseException) -> None:
    def broken() -> None:
        raise error

    assert inline(Check("health/it", broken))[0].state is State.FAIL


def test_inline_an_interruption_belongs_to_the_test() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        inline(Check("health/it", interrupted))


async def answer() -> bool:
    return True


def test_inline_a_coroutine_is_awaited() -> None:
    assert inline(Check("health/it", answer))[0].state is State.PASS


def test_inline_from_a_coroutine() -> None:
    it = Check("health/it", lambda: True)
    assert asyncio.run(InlineRunner().aobserve([it]))[0].state is State.PASS


# Coroutines


def test_a_coroutine_that_raises_is_told_as_it_raised() -> None:
    async def broken() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run_awaitable(broken())


# Fork


def test_in_a_forked_child_every_runner_begins_anew() -> None:
    it = Check("health/it", lambda: True, ttl_s=60.0)
    one = Runner()
    [before] = one.observe([it])
    forks._reset_all()
    assert one.observe([it])[0] is not before


def test_inline_each_answer_is_told_as_it_comes() -> None:
    told = list(InlineRunner().follow([Check("health/a", lambda: True), Check("health/b", lambda: False)], 0.0))
    assert [[each and each.state for each in seen] for seen in told] == [
        [None, None],
        [State.PASS, None],
        [State.PASS, State.FAIL],
    ]
