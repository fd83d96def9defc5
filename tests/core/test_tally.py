"""Runs are counted where they end: each once, however often it is asked for and however long it hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from status.core import forks
from status.core.check import Check
from status.core.runner import Runner
from status.core.tally import Counts, Tally
from status.core.telling import Teller
from tests.waiting import wait_until


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def runner(tally: Tally) -> Runner:
    return Runner(count=tally.add)


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    gate = threading.Event()
    yield gate
    gate.set()


def check(call: Callable[[], object], timeout_s: float = 2.0, ttl_s: float = 0.0, *, judged: bool = True) -> Check:
    return Check("health/it", call, judged=judged, timeout_s=timeout_s, ttl_s=ttl_s)


def raises() -> None:
    raise ValueError


@pytest.mark.parametrize(
    ("call", "counts"),
    [
        (lambda: True, Counts(1, 0, 0)),
        (lambda: False, Counts(1, 0, 0)),
        (lambda: {"a": False, "b": True}, Counts(1, 0, 0)),
        (raises, Counts(1, 0, 1)),
        (lambda: object(), Counts(1, 0, 1)),
    ],
)
@pytest.mark.parametrize("judged", [True, False])
def test_a_run_counts_once_by_how_it_ended(
    call: Callable[[], object], counts: Counts, judged: bool, runner: Runner, tally: Tally
) -> None:
    runner.observe([check(call, judged=judged)])
    assert tally.counts() == {"health/it": counts}


def test_an_answer_that_is_reused_is_no_run(runner: Runner, tally: Tally) -> None:
    lasting = check(lambda: True, ttl_s=60)
    for _ in range(3):
        runner.observe([lasting])
    assert tally.counts() == {"health/it": Counts(1, 0, 0)}


def test_a_hang_is_one_timeout_also_when_it_answers_late(runner: Runner, tally: Tally, gate: threading.Event) -> None:
    hanging = check(lambda: gate.wait(30), timeout_s=0.05, ttl_s=0.01)
    for _ in range(5):
        runner.observe([hanging])
    assert tally.counts() == {"health/it": Counts(1, 1, 0)}
    gate.set()
    wait_until(lambda: runner.observe([hanging])[0].state == "pass")
    counted = tally.counts()["health/it"]
    assert counted.timeouts == 1
    assert counted.runs >= 2


def test_a_late_answer_that_nobody_waited_for_is_a_timeout(runner: Runner, tally: Tally, gate: threading.Event) -> None:
    hanging = check(lambda: gate.wait(30), timeout_s=0.05)
    runner.observe([hanging], timeout_s=0.01)
    assert tally.counts() == {}
    threading.Event().wait(0.1)  # past its deadline, and nobody has looked
    gate.set()
    wait_until(lambda: tally.counts() == {"health/it": Counts(1, 1, 0)})


def test_a_child_born_by_fork_begins_at_zero(runner: Runner, tally: Tally) -> None:
    runner.observe([check(lambda: True)])
    forks._reset_all()
    assert tally.counts() == {}


def test_a_round_is_made_every_few_seconds_while_nothing_is_told_and_while_much_is() -> None:
    rounds: list[int] = []
    teller: Teller[int] = Teller(lambda thing: None, rounds=lambda: rounds.append(1), round_s=0.05)
    teller.tell(1)
    wait_until(lambda: len(rounds) >= 2)
    before = len(rounds)

    def busy() -> bool:
        teller.tell(1)
        return len(rounds) >= before + 2

    wait_until(busy)


def test_a_round_that_raises_does_not_end_the_telling(caplog: pytest.LogCaptureFixture) -> None:
    told: list[int] = []
    todo = [raises]
    teller: Teller[int] = Teller(told.append, rounds=lambda: todo and todo.pop()(), round_s=0.02)
    teller.tell(1)
    wait_until(lambda: "a listener of django-status raised" in caplog.text)
    teller.tell(2)
    assert teller.flush()
    assert told == [1, 2]
