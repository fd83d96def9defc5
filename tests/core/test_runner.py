"""The promises of the engine, one by one."""

from __future__ import annotations

import _thread
import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest

from status.core import track as track_module
from status.core import waits as waits_module
from status.core.bounds import cut_off, remaining_s
from status.core.check import Check
from status.core.observation import Component, Observation
from status.core.runner import Runner
from status.core.states import State
from status.core.telling import Teller
from status.core.thresholds import Change
from tests.waiting import wait_until

Observe = Callable[..., list[Observation]]


class Gate:
    """A check that hangs until it is opened, and counts its runs."""

    def __init__(self, answer: object = True) -> None:
        self.answer = answer
        self.open = threading.Event()
        self.runs = 0
        self.running = 0

    def __call__(self) -> object:
        self.runs += 1
        self.running += 1
        try:
            self.open.wait(20)
        finally:
            self.running -= 1
        return self.answer


class Counter:
    """A check that answers at once with the next of its answers, the last one for ever."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers) or [True]
        self.runs = 0

    def __call__(self) -> object:
        self.runs += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer


@pytest.fixture
def runner() -> Iterator[Runner]:
    runner = Runner()
    yield runner
    runner.close(5)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open.set()
    wait_until(lambda: gate.running == 0)


@pytest.fixture(params=["sync", "async"])
def observe(request: pytest.FixtureRequest, runner: Runner) -> Observe:
    """Both worlds: the same promises hold for `observe` and for `aobserve`."""
    if request.param == "sync":
        return runner.observe
    return lambda *args, **kwargs: asyncio.run(runner.aobserve(*args, **kwargs))


def check(call: Callable[[], object], **kwargs: Any) -> Check:
    return Check(**{"reference": "health/it", "call": call, "timeout_s": 5.0, "ttl_s": 0.0, **kwargs})


def elapsed(function: Callable[[], object]) -> float:
    started = monotonic()
    function()
    return monotonic() - started


# Deadline


def test_a_check_that_hangs_fails_at_its_deadline(observe: Observe, gate: Gate) -> None:
    [seen] = observe([check(gate, timeout_s=0.1)])
    assert (seen.state, seen.error, seen.timed_out) == (State.FAIL, "no answer in 0.1 s", True)
    assert seen.duration_s >= 0.1


def test_a_check_that_hangs_does_not_keep_another_from_its_answer(observe: Observe, gate: Gate) -> None:
    hanging, well = observe([check(gate, timeout_s=0.1), check(Counter())])
    assert (hanging.state, well.state) == (State.FAIL, State.PASS)


def test_a_report_is_complete_at_the_slowest_deadline(observe: Observe) -> None:
    gates = [Gate() for _ in range(4)]
    try:
        assert elapsed(lambda: observe([check(gate, timeout_s=0.3) for gate in gates])) < 0.3 * 3
    finally:
        for gate in gates:
            gate.open.set()


def test_a_caller_that_waits_less_gets_a_failure_of_its_own(observe: Observe, runner: Runner, gate: Gate) -> None:
    it = check(gate, timeout_s=5.0, ttl_s=60.0)
    [missed] = observe([it], timeout_s=0.05)
    assert (missed.state, missed.error) == (State.FAIL, "no answer in 0.05 s")
    gate.open.set()
    wait_until(lambda: runner.observe([it])[0].state is State.PASS)
    assert gate.runs == 1


def test_a_second_caller_does_not_wait_again_for_the_same_run(runner: Runner, gate: Gate) -> None:
    it = check(gate, timeout_s=20.0)
    runner.observe([it], timeout_s=0.5)
    assert elapsed(lambda: runner.observe([it], timeout_s=0.5)) < 0.25


def test_an_answer_after_the_deadline_is_still_a_failure(observe: Observe, runner: Runner, gate: Gate) -> None:
    it = check(gate, timeout_s=0.05, ttl_s=60.0)
    observe([it])
    gate.open.set()
    wait_until(lambda: gate.running == 0 and not runner._tracks[it].alive)
    [seen] = observe([it])
    assert (seen.state, seen.timed_out) == (State.FAIL, True)


def test_an_answer_after_the_deadline_that_nobody_waited_for_is_a_failure_too(runner: Runner, gate: Gate) -> None:
    it = check(gate, timeout_s=0.2, ttl_s=60.0)
    runner.observe([it], timeout_s=0.01)
    until = monotonic() + 0.25
    wait_until(lambda: monotonic() > until)
    gate.open.set()
    wait_until(lambda: not runner._tracks[it].alive)
    assert runner.observe([it])[0].timed_out


# Together, and at most once at a time


def test_all_checks_of_a_report_run_at_the_same_time(observe: Observe) -> None:
    barrier = threading.Barrier(10)
    seen = observe([check(lambda: barrier.wait(5) >= 0) for _ in range(10)])
    assert {each.state for each in seen} == {State.PASS}


def test_callers_that_come_meanwhile_share_one_run(runner: Runner, gate: Gate) -> None:
    it = check(gate)
    answers: list[Observation] = []
    callers = [threading.Thread(target=lambda: answers.extend(runner.observe([it]))) for _ in range(20)]
    for caller in callers:
        caller.start()
    wait_until(lambda: gate.runs == 1)
    gate.open.set()
    for caller in callers:
        caller.join(5)
    assert gate.runs == 1
    assert len(answers) == 20
    assert all(answer is answers[0] for answer in answers)


def test_a_caller_that_goes_away_does_not_end_the_run_of_the_others(runner: Runner, gate: Gate) -> None:
    it = check(gate)

    async def both() -> list[Observation]:
        leaving = asyncio.create_task(runner.aobserve([it]))
        staying = asyncio.create_task(runner.aobserve([it]))
        while not gate.runs:
            await asyncio.sleep(0.001)
        leaving.cancel()
        gate.open.set()
        return await staying

    assert asyncio.run(both())[0].state is State.PASS
    assert gate.runs == 1


# Nobody waits for the known dead


def test_after_a_timeout_callers_get_the_failure_after_a_glance_and_the_next_run_goes_on_behind(
    observe: Observe, gate: Gate
) -> None:
    it = check(gate, timeout_s=0.5)
    observe([it])
    assert elapsed(lambda: observe([it])) < 0.4
    gate.open.set()
    wait_until(lambda: observe([it])[0].state is State.PASS)


@pytest.mark.parametrize("names", [None, ("one", "two")])
def test_a_check_that_gives_up_by_itself_is_known_to_be_dead_as_well(
    observe: Observe, gate: Gate, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...] | None
) -> None:
    monkeypatch.setattr(track_module, "SLOW_FAILURE_S", 0.05)

    def gives_up_in_time() -> object:
        if not gate.open.wait(0.5):
            return {"one": True} if names else False
        return {"one": True, "two": True}

    it = check(gives_up_in_time, names=names, fail_after=3)
    observe([it])
    assert elapsed(lambda: observe([it])) < 0.4
    gate.open.set()
    wait_until(lambda: observe([it])[0].state is State.PASS)


def test_what_is_well_again_passes_the_first_time_it_is_asked(
    observe: Observe, runner: Runner, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However seldom that is: nobody is told of a hang that is long over."""
    monkeypatch.setattr(waits_module, "GLANCE_S", 20.0)  # the machine's pace does not matter
    it = check(gate, timeout_s=0.1)
    assert observe([it])[0].timed_out
    gate.open.set()
    wait_until(lambda: runner._tracks[it].run is None)
    assert observe([it])[0].state is State.PASS


def test_the_glance_counts_from_the_start_of_the_run(runner: Runner, gate: Gate) -> None:
    it = check(gate, timeout_s=0.1)
    runner.observe([it])
    gate.open.set()
    wait_until(lambda: runner._tracks[it].run is None)
    gate.open.clear()
    runner.observe([it])
    run = runner._tracks[it].run
    assert run is not None
    wait_until(lambda: monotonic() > run.started + track_module.GLANCE_S)
    assert runner.observe([it])[0].timed_out  # of the last run: there is nothing to wait for
    assert gate.runs == 2


def test_what_passes_beside_a_slow_failure_is_looked_at_again_after_a_while(
    observe: Observe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(track_module, "SLOW_FAILURE_S", 0.0)
    it = check(Counter({"one": True, "two": False}, {"one": False, "two": False}), timeout_s=0.2)
    observe([it])
    wait_until(lambda: observe([it])[0].components[0].state is State.FAIL)  # the next run, behind the callers
    other = check(Counter({"one": True, "two": False}, {"one": False, "two": False}), timeout_s=0.2)
    first = observe([other])[0]
    wait_until(lambda: time.time() > first.observed_at + 0.25)
    assert observe([other])[0].components[0].state is State.FAIL


def test_a_slow_check_that_passes_is_waited_for(observe: Observe) -> None:
    answers = iter([True, False])

    def slow() -> bool:
        time.sleep(0.15)
        return next(answers)

    it = check(slow)
    observe([it])
    assert observe([it])[0].state is State.FAIL


def test_after_a_quick_failure_callers_wait_for_the_next_answer(observe: Observe) -> None:
    it = check(Counter(False, True))
    assert observe([it])[0].state is State.FAIL
    assert observe([it])[0].state is State.PASS


# Where one that fails decides


ALL = ("health/one", "health/two")


def named(name: str, call: Callable[[], object], **kwargs: Any) -> Check:
    return check(call, reference=f"health/{name}", **kwargs)


@pytest.fixture
def hanging(runner: Runner) -> Iterator[Callable[[str], Check]]:
    """Makes a check that passed just now, and hangs from now on."""
    gates = []

    def make(name: str) -> Check:
        gates.append(gate := Gate())
        it = named(name, gate, timeout_s=20.0)
        gate.open.set()
        runner.observe([it])
        gate.open.clear()
        return it

    yield make
    for gate in gates:
        gate.open.set()
    wait_until(lambda: not any(gate.running for gate in gates))


@pytest.mark.parametrize("ttl_s", [60.0, 0.0], ids=["it is known", "it is found out"])
def test_where_one_fails_another_that_hangs_is_not_waited_for(
    observe: Observe, runner: Runner, hanging: Callable[[str], Check], ttl_s: float
) -> None:
    one, two = hanging("one"), named("two", lambda: False, ttl_s=ttl_s)
    observe([two])
    seen: list[Observation] = []
    assert elapsed(lambda: seen.extend(observe([one, two], deciding=ALL))) < 10
    assert [each.state for each in seen] == [State.PASS, State.FAIL]
    assert runner._tracks[one].run  # it goes on behind


def test_what_a_caller_has_waited_for_in_vain_decides_for_the_next_one(
    observe: Observe, hanging: Callable[[str], Check]
) -> None:
    one, two = hanging("one"), hanging("two")
    observe([two], timeout_s=1.0, deciding=ALL)
    seen: list[Observation] = []
    assert elapsed(lambda: seen.extend(observe([one, two], timeout_s=1.0, deciding=ALL))) < 0.8
    assert [each.error for each in seen] == [None, "no answer in 1 s"]


@pytest.mark.parametrize(
    ("beside", "deciding"),
    [
        (named("two", lambda: True, ttl_s=60.0), ALL),
        (named("two", lambda: False, ttl_s=60.0, critical=False), ALL),
        (named("two", lambda: False, ttl_s=60.0), ("health/one",)),
    ],
    ids=["it is well", "it is not critical", "it does not decide"],
)
def test_while_nothing_decides_all_are_waited_for(
    observe: Observe, hanging: Callable[[str], Check], beside: Check, deciding: tuple[str, ...]
) -> None:
    observe([beside])
    assert observe([hanging("one"), beside], 0.2, deciding)[0].error == "no answer in 0.2 s"


def test_what_was_never_observed_is_waited_for_all_the_same(observe: Observe, gate: Gate) -> None:
    two = named("two", lambda: False, ttl_s=60.0)
    observe([two])
    assert observe([named("one", gate), two], 0.2, ALL)[0].error == "no answer in 0.2 s"


def test_what_failed_quickly_and_is_well_again_is_not_called_failing_once_more(
    observe: Observe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waits_module, "GLANCE_S", 20.0)  # the machine's pace does not matter
    back, two = named("one", Counter(False, True)), named("two", lambda: False, ttl_s=60.0)
    observe([back, two])
    assert [each.state for each in observe([back, two], None, ALL)] == [State.PASS, State.FAIL]


def test_what_failed_quickly_and_hangs_now_gets_a_glance(
    observe: Observe, hanging: Callable[[str], Check], gate: Gate
) -> None:
    gate.answer = False
    gate.open.set()
    one, two = named("one", gate, timeout_s=20.0), named("two", lambda: False, ttl_s=60.0)
    observe([one, two])
    gate.open.clear()
    seen: list[Observation] = []
    assert elapsed(lambda: seen.extend(observe([one, two], None, ALL))) < 10
    assert [each.error for each in seen] == ["returned false", "returned false"]


def test_what_was_told_as_it_was_does_not_decide(observe: Observe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that are well again, of which one takes longer to say so: all is well."""
    monkeypatch.setattr(track_module, "SLOW_FAILURE_S", 0.0)  # known to hang, so that its next run gets a glance
    monkeypatch.setattr(waits_module, "GLANCE_S", 20.0)
    answers = iter([False, True])

    def slow() -> bool:
        if answer := next(answers):
            time.sleep(0.3)
        return answer

    one, two = named("one", Counter(False, True)), named("two", slow)
    assert {each.state for each in observe([one, two])} == {State.FAIL}
    assert [each.state for each in observe([one, two], None, ALL)] == [State.PASS, State.PASS]


def test_all_that_pass_are_told_in_their_order(observe: Observe) -> None:
    checks = [named(str(number), lambda: True) for number in range(20)]
    seen = observe(checks, 5.0, [each.reference for each in checks])
    assert [each.reference for each in seen] == [each.reference for each in checks]
    assert {each.state for each in seen} == {State.PASS}


# Who waits less than the deadline


def test_a_miss_is_one_failure_more_and_counts_for_nobody_else(observe: Observe, runner: Runner, gate: Gate) -> None:
    it = check(gate, timeout_s=20.0, fail_after=2)
    gate.open.set()
    observe([it])
    gate.open.clear()
    for _ in range(2):
        [missed] = observe([it], timeout_s=0.1)
        assert (missed.state, missed.error) == (State.WARN, "no answer in 0.1 s (failure 1 of 2)")
    gate.open.set()
    wait_until(lambda: runner.observe([it])[0].state is State.PASS)
    assert runner.observe([it])[0].failures == 0


@pytest.mark.parametrize(("usually_s", "is_waited_for"), [(0.01, False), (0.06, True)])
def test_of_a_hang_long_ago_nobody_is_told_where_a_glance_may_be_too_short(
    observe: Observe, runner: Runner, gate: Gate, usually_s: float, is_waited_for: bool
) -> None:
    it = check(gate, timeout_s=0.1)
    gate.open.set()
    observe([it])
    gate.open.clear()
    assert observe([it])[0].timed_out
    gate.open.set()
    wait_until(lambda: runner._tracks[it].run is None)
    gate.open.clear()
    track = runner._tracks[it]
    track.passed_in_s = usually_s
    track.fresh_until = monotonic() - track_module.FORGOTTEN_AFTER_S - 1
    waits = runner._ask(it, None)
    assert isinstance(waits, waits_module.Wait)
    assert (waits.otherwise is None) == is_waited_for


# Bounded


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(track_module, "ABANDONED_AFTER_S", 0.05)


@pytest.mark.usefixtures("impatient")
def test_a_run_that_hangs_on_is_given_up_for_a_fresh_one(runner: Runner) -> None:
    stuck = threading.Event()
    runs: list[int] = []

    def only_the_first_hangs() -> bool:
        runs.append(1)
        return stuck.wait(20) if len(runs) == 1 else True

    it = check(only_the_first_hangs, timeout_s=0.05)
    runner.observe([it])
    wait_until(lambda: runner.observe([it])[0].state is State.PASS)
    assert len(runs) >= 2
    stuck.set()


@pytest.mark.usefixtures("impatient")
def test_at_most_three_runs_of_a_check_exist_at_once(runner: Runner, gate: Gate) -> None:
    it = check(gate, timeout_s=0.01)
    wait_until(lambda: runner.observe([it]) and gate.running == 3)
    until = monotonic() + 0.5
    while monotonic() < until:
        assert runner.observe([it])[0].state is State.FAIL
    assert gate.running == 3
    gate.open.set()
    wait_until(lambda: runner.observe([it])[0].state is State.PASS)


def test_a_thousand_calls_of_a_check_that_hangs_have_one_thread(runner: Runner, gate: Gate) -> None:
    before = threading.active_count()
    it = check(gate, timeout_s=0.05)
    for _ in range(1000):
        runner.observe([it])
    assert threading.active_count() <= before + 2  # its own and the telling one


def test_a_machine_without_threads_to_spare_makes_it_fail(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_more(*args: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(_thread, "start_new_thread", no_more)
    [seen] = runner.observe([check(Counter())])
    assert seen.error == "RuntimeError: can't start new thread"


def test_an_interrupted_start_leaves_no_run_behind(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    it = check(Counter())
    assert runner.teller.flush()  # so that its own thread is there
    with monkeypatch.context() as patched:
        patched.setattr(_thread, "start_new_thread", interrupted)
        with pytest.raises(KeyboardInterrupt):
            runner.observe([it])
    assert runner.observe([it])[0].state is State.PASS


def test_a_check_late_in_a_long_report_has_its_whole_deadline_and_ttl(runner: Runner) -> None:
    """Each check's time begins when it is asked for, not with the report."""
    left: list[float] = []
    slow_to_ask = [check(Counter(), reference=f"health/{number}") for number in range(3)]
    last = check(lambda: left.append(remaining_s()), timeout_s=5.0)
    runner.observe([*slow_to_ask, last])
    assert left[0] > 4.0
    fresh = check(Counter(), ttl_s=60.0)
    runner.observe([fresh])
    assert runner._tracks[fresh].fresh_until > monotonic() + 59


def test_an_overdue_run_is_cut_off(runner: Runner) -> None:
    ended = threading.Event()
    cut = threading.Event()

    def cuttable() -> bool:
        with cut_off(cut.set):
            cut.wait(20)
        ended.set()
        return True

    [seen] = runner.observe([check(cuttable, timeout_s=0.05)])
    assert seen.timed_out
    assert ended.wait(5)


def test_an_overdue_run_is_cut_off_by_the_next_caller_when_nobody_waited(runner: Runner) -> None:
    cut = threading.Event()

    def cuttable() -> bool:
        with cut_off(cut.set):
            return cut.wait(20)

    it = check(cuttable, timeout_s=0.1)
    runner.observe([it], timeout_s=0.01)
    wait_until(lambda: runner.observe([it], timeout_s=0.01) and cut.is_set())


def test_a_check_is_told_how_long_it_has_left(runner: Runner) -> None:
    left: list[float] = []
    runner.observe([check(lambda: left.append(remaining_s()), timeout_s=3.0)])
    assert 2.0 < left[0] <= 3.0


# Fresh enough


def test_an_answer_is_reused_within_its_ttl(observe: Observe) -> None:
    counter = Counter()
    it = check(counter, ttl_s=60.0)
    assert observe([it])[0] is observe([it])[0]
    assert counter.runs == 1


def test_an_answer_is_never_reused_beyond_its_ttl(runner: Runner) -> None:
    counter = Counter()
    it = check(counter, ttl_s=0.05)
    [first] = runner.observe([it])
    wait_until(lambda: monotonic() >= runner._tracks[it].fresh_until)
    assert runner.observe([it])[0] is not first
    assert counter.runs == 2


def test_an_answer_that_came_while_the_caller_waited_for_the_lock_is_reused(runner: Runner) -> None:
    counter = Counter()
    it = check(counter, ttl_s=60.0)
    [seen] = runner.observe([it])
    track = runner._tracks[it]
    fresh_until, track.fresh_until = track.fresh_until, 0.0

    class Meanwhile:
        def __enter__(self) -> None:
            track.fresh_until = fresh_until

        def __exit__(self, *exception: object) -> None:
            return None

    track.lock = Meanwhile()  # type: ignore[assignment]
    assert runner.observe([it])[0] is seen
    assert counter.runs == 1


def test_a_ttl_of_zero_reuses_nothing(observe: Observe) -> None:
    counter = Counter()
    it = check(counter)
    observe([it])
    observe([it])
    assert counter.runs == 2


# Thresholds


def states(observe: Observe, it: Check, times: int) -> list[str]:
    return [observe([it])[0].state.value for _ in range(times)]


def test_fewer_failures_in_a_row_than_asked_for_warn(observe: Observe) -> None:
    it = check(Counter(True, False, False, False, True), fail_after=3)
    assert states(observe, it, 5) == ["pass", "warn", "warn", "fail", "pass"]


def test_a_warning_by_threshold_says_how_far_it_is(observe: Observe) -> None:
    it = check(Counter(True, False), fail_after=3)
    states(observe, it, 2)
    assert observe([it])[0].error == "returned false (failure 2 of 3)"


def test_the_first_observation_counts_in_full(observe: Observe) -> None:
    assert states(observe, check(Counter(False), fail_after=3), 1) == ["fail"]


def test_from_fail_it_stays_fail_until_it_has_passed_often_enough(observe: Observe) -> None:
    it = check(Counter(False, True, True, False, True, True, True), pass_after=3)
    assert states(observe, it, 7) == ["fail", "fail", "fail", "fail", "fail", "fail", "pass"]


def test_a_pass_that_does_not_count_yet_says_so(observe: Observe) -> None:
    it = check(Counter(False, True), pass_after=2)
    observe([it])
    assert observe([it])[0].error == "failed before, pass 1 of 2"


def test_each_ttl_that_passes_while_it_hangs_is_one_more_failure(runner: Runner, gate: Gate) -> None:
    gate.open.set()
    it = check(gate, timeout_s=0.05, ttl_s=0.05, fail_after=4)
    assert runner.observe([it])[0].state is State.PASS
    gate.open.clear()
    wait_until(lambda: runner.observe([it])[0].state is State.WARN)
    wait_until(lambda: runner.observe([it])[0].state is State.FAIL)
    assert gate.running == 1
    assert runner.observe([it])[0].failures >= 4


def test_components_have_thresholds_of_their_own(observe: Observe) -> None:
    answers = Counter({"a": True, "b": True}, {"a": False, "b": True}, {"a": False, "b": False})
    it = check(answers, fail_after=2)
    told = [[part.state.value for part in observe([it])[0].components] for _ in range(3)]
    assert told == [["pass", "pass"], ["warn", "pass"], ["fail", "warn"]]


# Whatever a check does


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def endless() -> object:
    return endless()


def circular() -> object:
    it: list[object] = []
    it.append(it)
    return it


HOSTILE: dict[str, Callable[[], object]] = {
    "raises": Counter(ValueError("password=hunter2 is wrong")),
    "exits": lambda: sys.exit(3),
    "interrupts": Counter(KeyboardInterrupt()),
    "ends a generator": Counter(GeneratorExit()),
    "recurses": endless,
    "can't say what is wrong": Counter(Unspeakable()),
    "returns what JSON can't hold": object,
    "returns what JSON can't hold deep within": lambda: {"a": [{"b": threading.Lock()}]},
    "returns itself": circular,
    "returns 50 MB": lambda: "x" * 50_000_000,
    "returns 50 MB in parts": lambda: {"rows": ["x" * 1000] * 50_000},
}


@pytest.mark.parametrize("call", HOSTILE.values(), ids=HOSTILE.keys())
def test_whatever_it_does_that_check_fails_and_no_other(observe: Observe, call: Callable[[], object]) -> None:
    hostile, well = observe([check(call), check(Counter())])
    assert (hostile.state, well.state) == (State.FAIL, State.PASS)
    assert hostile.error
    assert "\n" not in hostile.error
    assert len(hostile.error) <= 500
    assert "hunter2" not in hostile.error
    assert len(str(hostile.value)) < 3_000_000


def test_a_check_may_be_broken_again_and_again(observe: Observe) -> None:
    it = check(HOSTILE["recurses"])
    for _ in range(5):
        assert observe([it])[0].error == "RecursionError: maximum recursion depth exceeded"


def test_a_scope_that_raises_makes_the_check_fail() -> None:
    @contextmanager
    def broken() -> Iterator[None]:
        yield
        raise RuntimeError("can't tidy up")

    [seen] = Runner(thread_scope=broken).observe([check(Counter())])
    assert seen.error == "RuntimeError: can't tidy up"


# Fork


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_after_a_fork_a_check_runs_afresh_in_the_child(runner: Runner, gate: Gate) -> None:
    counter = Counter()
    well, hanging = check(counter, ttl_s=60.0), check(gate, timeout_s=0.2)
    runner.observe([well, hanging])
    pid = os.fork()
    if pid == 0:  # pragma: no cover - in the child
        code = 1
        try:
            gate.open.set()
            seen = runner.observe([well, hanging])
            code = 0 if counter.runs == 2 and {each.state for each in seen} == {State.PASS} else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


# Telling


def test_a_change_of_state_is_told_once() -> None:
    told: list[Change] = []
    teller = Teller(told.append)
    runner = Runner(teller=teller)
    it = check(Counter(True, True, False, False, True))
    for _ in range(5):
        runner.observe([it])
    assert teller.flush()
    assert [(change.previous, change.state) for change in told] == [
        (None, State.PASS),
        (State.PASS, State.FAIL),
        (State.FAIL, State.PASS),
    ]


def test_a_hang_is_told_too(gate: Gate) -> None:
    told: list[Change] = []
    teller = Teller(told.append)
    Runner(teller=teller).observe([check(gate, timeout_s=0.05)])
    assert teller.flush()
    assert [change.observation.error for change in told] == ["no answer in 0.05 s"]


def test_the_traceback_is_told_without_secrets() -> None:
    told: list[Change] = []
    teller = Teller(told.append)
    Runner(teller=teller).observe([check(HOSTILE["raises"])])
    assert teller.flush()
    traceback = told[0].traceback or ""
    assert "ValueError" in traceback
    assert "hunter2" not in traceback


def test_what_is_told_of_a_stat_is_small() -> None:
    told: list[Change] = []
    teller = Teller(told.append)
    Runner(teller=teller).observe([check(lambda: "x" * 500_000, judged=False)])
    assert teller.flush()
    assert told[0].observation.value is None


def test_a_new_runner_goes_on_with_the_same_telling() -> None:
    gate = threading.Event()
    told: list[Change] = []

    def listen(change: Change) -> None:
        gate.wait(10)
        told.append(change)

    teller = Teller(listen)
    Runner(teller=teller).observe([check(Counter())])
    Runner(teller=teller).observe([check(Counter())])
    gate.set()
    assert teller.flush()
    assert len(told) == 2


# Noting


def test_what_stays_as_it_is_gets_noted_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    times = (1000.0, 1001.0, 1009.9, 1010.0, 1019.0, 1021.0)
    clock = iter(times)
    monkeypatch.setattr(track_module, "time", SimpleNamespace(time=lambda: next(clock)))
    noted: list[float] = []
    runner = Runner(note=lambda seen: noted.append(seen.observed_at))
    it = check(Counter())
    for _ in times:
        runner.observe([it])
    assert noted == [1000.0, 1010.0, 1021.0]


def test_every_change_is_noted() -> None:
    noted: list[State] = []
    runner = Runner(note=lambda seen: noted.append(seen.state))
    it = check(Counter(True, True, False, False, True))
    for _ in range(5):
        runner.observe([it])
    assert noted == [State.PASS, State.FAIL, State.PASS]


def test_a_clock_that_is_set_back_stops_no_noting(monkeypatch: pytest.MonkeyPatch) -> None:
    times = (1000.0, 400.0, 401.0)
    clock = iter(times)
    monkeypatch.setattr(track_module, "time", SimpleNamespace(time=lambda: next(clock)))
    noted: list[float] = []
    runner = Runner(note=lambda seen: noted.append(seen.observed_at))
    it = check(Counter())
    for _ in times:
        runner.observe([it])
    assert noted == [1000.0, 400.0]


def test_a_hang_is_noted_too(gate: Gate) -> None:
    noted: list[str | None] = []
    Runner(note=lambda seen: noted.append(seen.error)).observe([check(gate, timeout_s=0.05)])
    assert noted == ["no answer in 0.05 s"]


def test_of_a_stat_nothing_is_noted() -> None:
    noted: list[object] = []
    Runner(note=noted.append).observe([check(Counter(), judged=False)])
    assert noted == []


# Batch


def test_of_a_batch_those_without_an_answer_fail_alone(observe: Observe) -> None:
    [seen] = observe([check(lambda: {"a": True}, names=("a", "b"))])
    assert [(part.name, part.state.value, part.error) for part in seen.components] == [
        ("a", "pass", None),
        ("b", "fail", "no answer"),
    ]


def test_a_batch_that_hangs_fails_for_all_its_names(observe: Observe, gate: Gate) -> None:
    [seen] = observe([check(gate, names=("a", "b"), timeout_s=0.05)])
    assert [part.error for part in seen.components] == ["no answer in 0.05 s"] * 2


@pytest.mark.parametrize("answer", [True, ["a"], None])
def test_a_batch_that_returns_no_mapping_fails_whole(observe: Observe, answer: object) -> None:
    [seen] = observe([check(lambda: answer, names=("a",))])
    assert seen.failed
    assert seen.error == f"a batch returns a mapping of names, not {type(answer).__name__}"


def test_a_batch_that_returns_what_can_not_be_shown_fails_whole(observe: Observe) -> None:
    [seen] = observe([check(lambda: {"a": object()}, names=("a",))])
    assert (seen.failed, seen.components) == (True, ())


# Async providers


def test_a_coroutine_is_awaited(observe: Observe) -> None:
    async def look() -> Component:
        await asyncio.sleep(0)
        return Component(State.WARN, 3, "s", "slow")

    [seen] = observe([check(look)])
    assert (seen.state, seen.value, seen.unit, seen.error) == (State.WARN, 3, "s", "slow")


def test_a_coroutine_that_blocks_its_loop_hurts_only_itself(observe: Observe, gate: Gate) -> None:
    async def block() -> object:
        return gate()

    blocked, well = observe([check(block, timeout_s=0.1), check(Counter())])
    assert (blocked.timed_out, well.state) == (True, State.PASS)


def test_a_coroutine_is_cancelled_at_its_deadline(runner: Runner) -> None:
    cancelled = threading.Event()

    async def wait() -> None:
        try:
            await asyncio.sleep(20)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    assert runner.observe([check(wait, timeout_s=0.05)])[0].timed_out
    assert cancelled.wait(5)


def test_a_coroutine_is_not_over_before_what_it_handed_to_threads(runner: Runner, gate: Gate) -> None:
    async def hand_over() -> object:
        return await asyncio.to_thread(gate)

    it = check(hand_over, timeout_s=0.05)
    for _ in range(50):
        assert runner.observe([it])[0].timed_out
    wait_until(lambda: gate.runs > 0)  # on a busy machine the deadline may be over before it has begun
    assert gate.runs == 1


def test_a_coroutine_whose_thread_needs_the_loop_after_the_deadline_comes_to_its_end(runner: Runner) -> None:
    slow = threading.Event()

    async def pong() -> bool:
        return True

    def ask(loop: asyncio.AbstractEventLoop) -> bool:
        slow.wait(20)
        return asyncio.run_coroutine_threadsafe(pong(), loop).result()

    async def hand_over() -> bool:
        return await asyncio.to_thread(ask, asyncio.get_running_loop())

    it = check(hand_over, timeout_s=0.1)
    assert runner.observe([it])[0].timed_out
    slow.set()
    wait_until(lambda: runner.observe([it])[0].state is State.PASS)


def test_tasks_that_a_coroutine_leaves_behind_are_cancelled(runner: Runner) -> None:
    cancelled = threading.Event()

    async def forever() -> None:
        try:
            await asyncio.sleep(20)
        finally:
            cancelled.set()

    async def leave() -> bool:
        task = asyncio.create_task(forever())
        await asyncio.sleep(0)
        return not task.done()

    assert runner.observe([check(leave)])[0].state is State.PASS
    assert cancelled.is_set()


# Closing


def test_closing_cuts_off_what_runs_and_waits_for_it() -> None:
    runner = Runner()
    begun, cut, ended = threading.Event(), threading.Event(), threading.Event()

    def cuttable() -> bool:
        with cut_off(cut.set):
            begun.set()
            cut.wait(20)
        ended.set()
        return True

    runner.observe([check(cuttable)], timeout_s=0.01)
    assert begun.wait(20)
    runner.close(20)
    assert ended.is_set()


def test_a_run_that_outlives_its_runner_does_no_harm(gate: Gate) -> None:
    runner = Runner()
    it = check(gate, timeout_s=0.05)
    runner.observe([it])
    runner.close()
    gate.open.set()
    assert runner.observe([it])[0].state is State.PASS


def test_the_order_of_observations_is_that_of_the_checks(observe: Observe) -> None:
    slow = Counter(1)
    checks = [check(slow, reference=f"health/{number}") for number in range(20)]
    assert [seen.reference for seen in observe(checks)] == [f"health/{number}" for number in range(20)]


def test_the_event_loop_is_not_blocked_while_a_check_hangs(runner: Runner, gate: Gate) -> None:
    async def tick() -> int:
        ticks = 0
        asking = asyncio.create_task(runner.aobserve([check(gate, timeout_s=0.3)]))
        while not asking.done():
            await asyncio.sleep(0.005)
            ticks += 1
        return ticks

    assert asyncio.run(tick()) > 5


def test_time_is_told_in_seconds_since_the_epoch(runner: Runner) -> None:
    before = time.time()
    [seen] = runner.observe([check(Counter())])
    assert before <= seen.observed_at <= time.time()
    assert seen.since == seen.last_pass_at == seen.observed_at


def test_begun_a_check_is_observed_while_its_caller_does_something_else(runner: Runner, gate: Gate) -> None:
    check = Check("health/x", gate)
    runner.begin([check], 1.0)
    wait_until(lambda: gate.running == 1)
    runner.begin([check], 1.0)  # it runs already
    gate.open.set()
    [seen] = runner.observe([check])
    assert seen.state is State.PASS
    assert gate.runs == 1


@pytest.mark.parametrize(("for_s", "runs"), [(0.0, 1), (3600.0, 2)])
def test_begun_it_is_observed_anew_where_its_answer_will_not_do_for_so_long(
    runner: Runner, for_s: float, runs: int
) -> None:
    counter = Counter()
    check = Check("health/x", counter, ttl_s=60.0)
    runner.observe([check])
    runner.begin([check], for_s)
    wait_until(lambda: counter.runs == runs)
    runner.observe([check])
    assert counter.runs == runs


# Following


def known(seen: list[Observation | None]) -> list[str]:
    return [each.name for each in seen if each]


def test_each_answer_is_told_as_it_comes_and_last_of_all_the_whole(runner: Runner, gate: Gate) -> None:
    other = Gate()
    checks = [Check("health/last", gate), Check("health/quick", Counter()), Check("health/next", other)]
    following = runner.follow(checks, every_s=20)
    told = next(each for each in following if known(each))
    assert known(told) == ["quick"]
    other.open.set()
    assert known(next(following)) == ["quick", "next"]
    gate.open.set()
    assert known(next(following)) == ["last", "quick", "next"]
    with pytest.raises(StopIteration):
        next(following)
    assert (gate.runs, other.runs) == (1, 1)


def test_what_can_be_reused_is_told_at_once_and_alone(runner: Runner) -> None:
    check = Check("health/it", Counter(), ttl_s=60)
    seen = runner.observe([check])
    assert list(runner.follow([check], every_s=20)) == [seen]


def test_without_checks_there_is_one_empty_telling(runner: Runner) -> None:
    assert list(runner.follow([], every_s=20)) == [[]]


def test_while_nothing_answers_it_tells_so_every_so_often(runner: Runner, gate: Gate) -> None:
    following = runner.follow([Check("health/it", gate, timeout_s=20)], every_s=0.01)
    assert [known(next(following)) for _ in range(3)] == [[], [], []]
    gate.open.set()
    *_, last = following
    assert known(last) == ["it"]


def test_what_hangs_is_told_as_a_failure_at_its_deadline(runner: Runner, gate: Gate) -> None:
    check = Check("health/it", gate, timeout_s=0.1)
    started = monotonic()
    first, *_, last = runner.follow([check], every_s=20)
    assert 0.1 <= monotonic() - started < 2
    assert first == [None]
    assert [each.error for each in last if each] == ["no answer in 0.1 s"]
    # It is known to hang now: nobody waits for more than a glance.
    *_, last = runner.follow([check], every_s=20)
    assert [each.error for each in last if each] == ["no answer in 0.1 s"]
    assert monotonic() - started < 2


def test_whoever_stops_following_stops_nothing(runner: Runner, gate: Gate) -> None:
    check = Check("health/it", gate)
    following = runner.follow([check], every_s=20)
    next(following)
    following.close()  # type: ignore[attr-defined] # a generator
    gate.open.set()
    assert runner.observe([check])[0].state is State.PASS
    assert gate.runs == 1
