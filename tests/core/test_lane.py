"""Questions that a request depends on: answered elsewhere, given up in time, and never many at once."""

from __future__ import annotations

import _thread
import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from time import monotonic
from typing import Any

import pytest

from status.core import forks
from status.core import lane as lane_module
from status.core.bounds import cut_off, remaining_s
from status.core.inline import InlineLane
from status.core.lane import AT_ONCE, Lane, Question, Unanswered, Unasked
from tests.waiting import wait_until

PATIENT_S = 20.0

Waited = Callable[[Question[Any]], Any]


@pytest.fixture
def lane() -> Iterator[Lane]:
    lane = Lane()
    yield lane
    lane.close()


@pytest.fixture(params=["sync", "async"])
def answer(request: pytest.FixtureRequest) -> Waited:
    """Waits for a question in one of both worlds."""

    async def awaited(question: Question[Any]) -> Any:
        return await question.await_()

    return (lambda question: question.wait()) if request.param == "sync" else lambda q: asyncio.run(awaited(q))


class Hung:
    """What does not answer until it is freed, and counts how often it was asked."""

    def __init__(self) -> None:
        self.freed = threading.Event()
        self.asked = 0
        self.left = 0

    def __call__(self) -> str:
        self.asked += 1
        self.freed.wait(PATIENT_S)
        self.left += 1
        return "late"


@pytest.fixture
def hung() -> Iterator[Hung]:
    hung = Hung()
    yield hung
    hung.freed.set()
    wait_until(lambda: hung.left == hung.asked)


def silenced(lane: Lane, hung: Hung) -> None:
    """Have it find out that there are no answers."""
    with pytest.raises(Unanswered):
        lane.put(hung, 0.01).wait()


def test_an_answer_comes_from_another_thread(lane: Lane, answer: Waited) -> None:
    assert answer(lane.put(threading.get_ident, PATIENT_S)) != threading.get_ident()


def test_what_the_call_raises_is_raised_to_who_waits(lane: Lane, answer: Waited) -> None:
    error = ValueError("no")

    def call() -> None:
        raise error

    with pytest.raises(ValueError, match="no") as caught:
        answer(lane.put(call, PATIENT_S))
    assert caught.value is error


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError()])
def test_what_would_end_a_thread_does_not_end_the_one_that_waits(
    lane: Lane, answer: Waited, error: BaseException
) -> None:
    def call() -> None:
        raise error

    with pytest.raises(RuntimeError, match=f"it raised {type(error).__name__}"):
        answer(lane.put(call, PATIENT_S))


def test_the_call_sees_the_context_of_who_asks_and_changes_nothing_in_it(lane: Lane) -> None:
    tenant: ContextVar[str] = ContextVar("tenant", default="none")
    tenant.set("ours")

    def call() -> str:
        seen = tenant.get()
        tenant.set("theirs")
        return seen

    assert lane.put(call, PATIENT_S).wait() == "ours"
    assert tenant.get() == "ours"


def test_each_question_is_within_the_scope(answer: Waited) -> None:
    entered = []

    @contextmanager
    def scope() -> Iterator[None]:
        entered.append("in")
        yield
        entered.append("out")

    lane = Lane(scope)
    for _ in range(2):
        assert answer(lane.put(lambda: len(entered) % 2, PATIENT_S)) == 1
    assert entered == ["in", "out", "in", "out"]


def test_a_scope_that_cannot_be_entered_is_told_as_any_error() -> None:
    def scope() -> Any:
        raise OSError("no connection to be had")

    with pytest.raises(OSError, match="no connection"):
        Lane(scope).put(lambda: True, PATIENT_S).wait()


def test_it_knows_how_long_it_has_left(lane: Lane) -> None:
    assert 0 < lane.put(remaining_s, PATIENT_S).wait() <= PATIENT_S


def test_who_gets_no_answer_in_time_is_told_so_and_what_it_hangs_on_is_cut_off(lane: Lane, answer: Waited) -> None:
    cut = threading.Event()

    def call() -> str:
        with cut_off(cut.set):
            cut.wait(PATIENT_S)
        return "late"

    question = lane.put(call, 0.05)
    with pytest.raises(Unanswered):
        answer(question)
    assert cut.is_set()


def test_a_late_answer_is_none(lane: Lane, hung: Hung) -> None:
    question = lane.put(hung, 0.01)
    with pytest.raises(Unanswered):
        question.wait()
    hung.freed.set()
    wait_until(question.done.done)
    assert question.wait() == "late"


def test_after_a_question_without_an_answer_nobody_waits(lane: Lane, hung: Hung, answer: Waited) -> None:
    silenced(lane, hung)
    begun = monotonic()
    for _ in range(20):
        with pytest.raises(Unanswered):
            answer(lane.put(hung, PATIENT_S))
    assert monotonic() - begun < PATIENT_S / 2


def test_meanwhile_one_is_asked_on_behalf_of_all(lane: Lane, hung: Hung) -> None:
    silenced(lane, hung)
    for _ in range(20):
        lane.put(hung, PATIENT_S)
    wait_until(lambda: hung.asked == 2)
    assert len(lane._asked) == 2


def test_when_that_one_is_answered_all_are_waited_for_again(lane: Lane, hung: Hung, answer: Waited) -> None:
    silenced(lane, hung)
    hung.freed.set()
    wait_until(lambda: not lane._asked)
    trial = lane.put(lambda: "again", PATIENT_S)
    with pytest.raises(Unanswered):
        trial.wait()
    wait_until(trial.done.done)
    assert answer(lane.put(lambda: "well", PATIENT_S)) == "well"


def test_when_that_one_is_not_answered_either_another_is_asked(lane: Lane, hung: Hung) -> None:
    silenced(lane, hung)
    trial = lane.put(hung, 0.01)
    wait_until(lambda: monotonic() >= trial.deadline)
    assert lane.put(hung, PATIENT_S) is lane._trial


def test_few_are_asked_at_once_and_the_others_wait_in_line(lane: Lane, hung: Hung) -> None:
    questions = [lane.put(hung, PATIENT_S) for _ in range(5 * AT_ONCE)]
    wait_until(lambda: hung.asked == AT_ONCE)
    assert len(lane._asked) == AT_ONCE
    hung.freed.set()
    assert [question.wait() for question in questions] == ["late"] * 5 * AT_ONCE
    wait_until(lambda: not lane._asked)


def test_who_has_waited_in_line_for_too_long_is_not_asked_any_more(lane: Lane, hung: Hung) -> None:
    for _ in range(AT_ONCE):
        lane.put(hung, PATIENT_S)
    asked = threading.Event()
    overdue = lane.put(asked.set, 0.01)
    with pytest.raises(Unasked):
        overdue.wait()
    last = lane.put(lambda: "on time", PATIENT_S)
    hung.freed.set()
    assert last.wait() == "on time"
    wait_until(lambda: not lane._asked)
    assert not asked.is_set()
    assert not lane._is_silent  # it was not for want of an answer


def test_what_hangs_for_long_makes_room_but_not_without_end(
    lane: Lane, hung: Hung, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane_module, "ABANDONED_AFTER_S", 0.0)
    for asked in range(1, lane_module.MOST + 3):
        overdue_from = lane.put(hung, 0.001).deadline
        most = min(asked, lane_module.MOST)
        wait_until(partial(_is, hung, most))
        wait_until(partial(_is_past, overdue_from))
    assert len(lane._asked) == lane_module.MOST


def _is(hung: Hung, asked: int) -> bool:
    return hung.asked == asked


def _is_past(moment: float) -> bool:
    return monotonic() >= moment


def test_without_threads_to_be_had_who_waits_is_told(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(_thread, "start_new_thread", refuse)
        with pytest.raises(RuntimeError, match="can't start"):
            lane.put(threading.get_ident, PATIENT_S).wait()
    assert lane.put(threading.get_ident, PATIENT_S).wait()


def test_a_question_of_no_time_is_not_asked(lane: Lane) -> None:
    asked = threading.Event()
    with pytest.raises(Unanswered):
        lane.put(asked.set, -1.0).wait()
    assert not asked.is_set()
    assert not lane._asked


def test_closing_cuts_off_what_is_asked(lane: Lane) -> None:
    begun, cut = threading.Event(), threading.Event()

    def call() -> None:
        with cut_off(cut.set):
            begun.set()
            cut.wait(PATIENT_S)

    lane.put(call, PATIENT_S)
    assert begun.wait(PATIENT_S)
    lane.close()
    assert cut.is_set()


def test_begun_anew_it_knows_of_nothing_that_hangs(lane: Lane, hung: Hung) -> None:
    silenced(lane, hung)
    forks._reset_all()  # what a fork's child does
    assert lane.put(threading.get_ident, PATIENT_S).wait()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_after_a_fork_the_child_begins_anew(lane: Lane, hung: Hung) -> None:
    silenced(lane, hung)
    pid = os.fork()
    if not pid:  # pragma: no cover - in the child
        os._exit(0 if lane.put(lambda: True, PATIENT_S).wait() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_in_a_test_a_question_is_asked_in_the_thread_that_waits() -> None:
    lane = InlineLane()
    assert lane.put(threading.get_ident, 0.0).wait() == threading.get_ident()
    assert asyncio.run(lane.put(threading.get_ident, 0.0).await_()) == threading.get_ident()
    lane.close()


def test_whether_it_is_answered_soon_can_be_waited_for(lane: Lane, hung: Hung) -> None:
    question = lane.put(hung, PATIENT_S)
    assert not question.is_answered(0.01)
    assert not asyncio.run(question.ais_answered(0.01))
    hung.freed.set()
    assert question.is_answered(PATIENT_S)
    assert asyncio.run(question.ais_answered(PATIENT_S))
    inline = InlineLane().put(hung, PATIENT_S)
    assert inline.is_answered(0)
    assert asyncio.run(inline.ais_answered(0))


def test_what_nobody_waits_for_counts_as_answered(lane: Lane, hung: Hung) -> None:
    silenced(lane, hung)
    trial = lane.put(hung, PATIENT_S)
    assert trial.is_answered(PATIENT_S)
    assert asyncio.run(trial.ais_answered(PATIENT_S))


def test_the_last_to_come_is_the_first_to_be_asked(lane: Lane, hung: Hung) -> None:
    """It has the most time left: in the order in which they came, with too many each would be asked too late."""
    for _ in range(AT_ONCE):
        lane.put(hung, PATIENT_S)
    wait_until(lambda: hung.asked == AT_ONCE)
    order: list[int] = []
    waiting = [lane.put(partial(order.append, number), PATIENT_S) for number in range(50)]
    hung.freed.set()
    for question in waiting:
        question.wait()
    assert order[0] > 25 > order[-1]


def test_what_could_not_be_asked_for_want_of_time_is_told_apart_and_silences_nothing(
    lane: Lane, hung: Hung, answer: Waited
) -> None:
    for _ in range(AT_ONCE):
        lane.put(hung, PATIENT_S)
    with pytest.raises(Unasked):
        answer(lane.put(hung, 0.01))
    hung.freed.set()
    assert answer(lane.put(threading.get_ident, PATIENT_S))


def test_who_waited_in_line_behind_those_that_hang_is_told_that_there_are_no_answers(lane: Lane, hung: Hung) -> None:
    questions = [lane.put(hung, 0.05) for _ in range(2 * AT_ONCE)]
    for question in questions:
        with pytest.raises(Unanswered) as caught:
            question.wait()
        assert caught.type is Unanswered


def test_what_came_too_late_to_its_turn_silences_nothing(lane: Lane, hung: Hung) -> None:
    question = lane.put(hung, 0.1)
    wait_until(lambda: hung.asked == 1)
    question.asked_at = question.deadline - 0.001  # as of one that waited in line
    with pytest.raises(Unasked):
        question.wait()
    assert not lane._is_silent
    hung.freed.set()
    wait_until(question.done.done)
    assert not lane._is_silent


def test_who_goes_away_without_waiting_leaves_nothing_undone(lane: Lane, hung: Hung) -> None:
    cut = threading.Event()

    def call() -> None:
        with cut_off(cut.set):
            hung()

    gone = lane.put(call, 0.01)
    wait_until(lambda: hung.asked == 1)
    wait_until(partial(_is_past, gone.deadline))
    with pytest.raises(Unanswered):
        lane.put(threading.get_ident, PATIENT_S).wait()
    assert cut.is_set()


def test_who_has_gone_does_not_stay_in_line(lane: Lane, hung: Hung) -> None:
    for _ in range(AT_ONCE):
        lane.put(hung, PATIENT_S)
    for _ in range(20):
        gone = lane.put(hung, 0.001)
        wait_until(partial(_is_past, gone.deadline))
    assert len(lane._waiting) == 1


def test_one_that_ends_long_after_all_is_well_again_silences_nothing(lane: Lane, hung: Hung) -> None:
    silenced(lane, hung)
    trial = lane.put(threading.get_ident, PATIENT_S)
    wait_until(trial.done.done)
    assert lane.put(threading.get_ident, PATIENT_S).wait()
    hung.freed.set()
    wait_until(lambda: not lane._asked)
    assert lane.put(threading.get_ident, PATIENT_S).wait()
