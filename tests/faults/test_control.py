"""The measuring itself: what is measured again, and what no further attempt makes good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from tests.faults import control, promises, tally
from tests.faults.control import ATTEMPTS, again_if_disturbed
from tests.faults.load import API, PROBE, VIEW, Answer, Load
from tests.faults.sites import TIMEOUT_S
from tests.faults.trial import Trial

pytestmark = pytest.mark.faults

LATE_S = TIMEOUT_S + promises.SLACK_S + 0.01
DISTURBED, CALM = True, False


class Machine:
    """In place of the control: disturbed or not in one attempt after the other."""

    def __init__(self, disturbed: Iterable[bool]) -> None:
        self._disturbed = list(disturbed)
        self.attempts = 0

    def begin(self) -> None:
        self.attempts += 1

    def judge(self) -> tuple[bool, str]:
        return self._disturbed[self.attempts - 1], "as told"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    machine = Machine([CALM] * ATTEMPTS)
    monkeypatch.setattr(control, "_running", [machine])
    monkeypatch.setattr(control, "_rest", lambda machine: None)
    yield machine
    tally.begin()


def measured(machine: Machine, late: Iterable[int], of: int = 55, disturbed: Iterable[bool] = ()) -> None:
    """A test in whose first, second, … attempt so many reports come late."""
    counts = iter(late)
    machine._disturbed = [*disturbed, *([CALM] * ATTEMPTS)]

    @again_if_disturbed
    def test() -> None:
        times = [LATE_S] * next(counts)
        times += [0.0] * (of - len(times))
        tally.now().add(API, TIMEOUT_S + promises.SLACK_S, [Answer(API, 0.0, took_s, 503, "") for took_s in times])

    test()


def test_what_is_in_time_is_measured_once(machine: Machine) -> None:
    measured(machine, [0])
    assert machine.attempts == 1


def test_one_in_fifty_is_measured_again_and_one_in_a_hundred_is_in_time(machine: Machine) -> None:
    measured(machine, [1, 0])
    assert machine.attempts == 2


@pytest.mark.parametrize(
    "late", [[1] * ATTEMPTS, [3, 0, 1, 0, 1, 0], [55, 0, 0, 0, 0, 0]], ids=["each time", "five in all", "all of one"]
)
def test_an_attempt_in_time_makes_none_good_that_was_not(machine: Machine, late: list[int]) -> None:
    with pytest.raises(AssertionError, match=rf"^{API}: {sum(late)} of {55 * ATTEMPTS} took longer than 0.700 s"):
        measured(machine, late)
    assert machine.attempts == ATTEMPTS


def test_what_came_late_on_a_disturbed_machine_does_not_count(machine: Machine) -> None:
    measured(machine, [30, 30, 0], disturbed=[DISTURBED, DISTURBED])
    assert machine.attempts == 3


def test_a_promise_that_is_broken_is_told_at_once(machine: Machine) -> None:
    @again_if_disturbed
    def test() -> None:
        raise AssertionError("something else")

    with pytest.raises(AssertionError, match=r"something else\n\(as told\)"):
        test()
    assert machine.attempts == 1


class _Asked(Load):
    """What clients were told, without any."""

    def __init__(self, views: Iterable[list[float]]) -> None:
        clients = [[Answer(VIEW, float(at), took_s, 200, "") for at, took_s in enumerate(each)] for each in views]
        super().__init__(0, [*[VIEW] * len(clients), PROBE])
        self._answers = [*clients, []]


class _TwoProcesses:
    processes = 2


def _of(*views: list[float]) -> Trial:
    usual = promises.Usual(view_s=0.01, threads=1, connections=1)
    return Trial(_TwoProcesses(), _Asked(views), None, usual)  # type: ignore[arg-type] # no more of them is asked for


def test_each_client_may_wait_once_a_process_whenever_that_is() -> None:
    promises.views_wait_once(_of([0.3, 0.3, 0.0, 0.0], [0.0, 0.0, 0.3, 0.3]), since=0.0)


@pytest.mark.parametrize("waits", [[0.3, 0.3, 0.3, 0.0], [0.3, 0.0, 0.3, 0.3]], ids=["at first", "later"])
def test_no_client_may_wait_once_more(waits: list[float]) -> None:
    with pytest.raises(AssertionError, match=r"usually 10 ms; 0\.00 s: 300 ms"):
        promises.views_wait_once(_of([0.0] * 4, waits), since=0.0)
