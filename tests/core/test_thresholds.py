"""Thresholds, held against a plain model of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from status.core.check import Check
from status.core.evaluation import Finding, evaluate, raised, unanswered
from status.core.states import State
from status.core.thresholds import History, Streak

PASS, WARN, FAIL = State.PASS, State.WARN, State.FAIL


def history(fail_after: int = 1, pass_after: int = 1) -> History:
    return History(Check("health/it", lambda: None, fail_after=fail_after, pass_after=pass_after))


def told(it: History, *found: Finding) -> list[tuple[str, State | None, State]]:
    return [
        (change.reference, change.previous, change.state)
        for at, finding in enumerate(found)
        for change in it.record(finding, at=float(at), duration_s=0.1)[1]
    ]


def composed(**parts: State) -> Finding:
    return Finding("it", PASS, components=tuple(Finding(name, state) for name, state in parts.items()), composed=True)


@given(st.lists(st.sampled_from(State), min_size=1, max_size=30), st.integers(1, 4), st.integers(1, 4))
def test_what_counts_is_what_the_last_runs_say(found: list[State], fail_after: int, pass_after: int) -> None:
    it = history(fail_after, pass_after)
    counted = [it.record(Finding("it", state), at=0.0, duration_s=0.0)[0].state for state in found]
    assert counted[0] is found[0]
    for at in range(1, len(found)):
        fails = next((n for n, state in enumerate(reversed(found[: at + 1])) if state is not FAIL), at + 1)
        passes = next((n for n, state in enumerate(reversed(found[: at + 1])) if state is FAIL), at + 1)
        if counted[at - 1] is FAIL:
            assert counted[at] is (FAIL if found[at] is FAIL or passes < pass_after else found[at])
        else:
            assert counted[at] is (found[at] if found[at] is not FAIL else FAIL if fails >= fail_after else WARN)


def test_a_provider_with_components_is_told_by_them() -> None:
    assert told(history(), composed(a=PASS, b=FAIL), composed(a=FAIL, b=FAIL)) == [
        ("health/it/a", None, PASS),
        ("health/it/b", None, FAIL),
        ("health/it/a", PASS, FAIL),
    ]


def test_a_provider_that_stops_to_answer_is_told_itself_and_so_is_its_return() -> None:
    broken = Finding("it", FAIL, error="ValueError: no", failed=True)
    assert told(history(), composed(a=PASS), broken, composed(a=PASS)) == [
        ("health/it/a", None, PASS),
        ("health/it", PASS, FAIL),
        ("health/it", FAIL, PASS),
    ]


def test_one_that_never_answered_is_told_itself() -> None:
    assert told(history(), Finding("it", FAIL, failed=True)) == [("health/it", None, FAIL)]


def test_a_return_that_does_not_count_yet_is_explained() -> None:
    it = history(pass_after=2)
    told(it, Finding("it", FAIL, error="ValueError: no", failed=True))
    seen, _ = it.record(composed(a=PASS), at=1.0, duration_s=0.0)
    assert (seen.state, seen.error) == (FAIL, "failed before, pass 1 of 2")


def test_a_failure_without_words_that_does_not_count_yet_is_explained() -> None:
    it = history(fail_after=2)
    told(it, Finding("it", PASS))
    seen, _ = it.record(Finding("it", FAIL), at=1.0, duration_s=0.0)
    assert (seen.state, seen.error) == (WARN, "failed (failure 1 of 2)")


def test_components_that_are_gone_are_forgotten() -> None:
    it = history()
    for number in range(100):
        it.record(composed(**{f"job-{number}": PASS}), at=0.0, duration_s=0.0)
    assert list(it.components) == ["job-99"]


def test_it_says_since_when_and_when_it_last_passed() -> None:
    it = history()
    for at, state in enumerate([PASS, PASS, FAIL, FAIL]):
        seen, _ = it.record(Finding("it", state), at=float(at), duration_s=0.0)
    assert (seen.since, seen.last_pass_at, seen.failures) == (2.0, 1.0, 2)


@pytest.mark.parametrize("names_are_details", [True, False])
@pytest.mark.parametrize(
    "find",
    [
        pytest.param(lambda check: evaluate(check, {"w1": True}), id="a batch that left one out"),
        pytest.param(lambda check: evaluate(check, None), id="no mapping"),
        pytest.param(lambda check: raised(check, ValueError("no")), id="raised"),
        pytest.param(lambda check: unanswered(check, 2.0), id="timed out"),
    ],
)
def test_that_names_are_details_is_said_of_all_that_was_observed(
    find: Callable[[Check], Finding], names_are_details: bool
) -> None:
    check = Check("health/it", lambda: None, names=("w1", "w2"), names_are_details=names_are_details)
    seen, _ = History(check).record(find(check), at=0.0, duration_s=0.0)
    assert {each.names_are_details for each in (seen, *seen.components)} == {names_are_details}


@pytest.mark.parametrize("state", State)
def test_a_streak_begins_with_what_it_sees(state: State) -> None:
    streak = Streak()
    assert streak.enter(state, 5.0) is None
    assert (streak.state, streak.since) == (state, 5.0)
