"""What a provider's value says: a mapping is components, anything else is one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from status.core import evaluation, redaction
from status.core.check import Check
from status.core.evaluation import Finding, evaluate
from status.core.names import MAX_NAME, MAX_NAMES, name_components
from status.core.observation import Component, Observation, Report
from status.core.redaction import redact_text
from status.core.states import State, as_state, worst

PASS, WARN, FAIL = State.PASS, State.WARN, State.FAIL


def look(returned: object, **kwargs: Any) -> Finding:
    return evaluate(Check("health/it", lambda: None, **kwargs), returned)


@pytest.mark.parametrize(
    ("entry", "state", "value", "by_state"),
    [
        ("pass", PASS, None, True),
        ("warn", WARN, None, True),
        ("fail", FAIL, None, True),
        (State.WARN, WARN, None, True),
        (Component(State.WARN, 3, "s", "slow"), WARN, 3, True),
        (Component("fail"), FAIL, None, True),  # type: ignore[arg-type]
        (True, PASS, True, False),
        (False, FAIL, False, False),
        ("yes", PASS, "yes", False),
        ("", FAIL, "", False),
        (7, PASS, 7, False),
        (0, FAIL, 0, False),
        (None, FAIL, None, False),
        ([], FAIL, [], False),
        ({"deep": 1}, PASS, {"deep": 1}, False),
    ],
)
def test_an_entry_of_a_mapping_is_a_component(entry: object, state: State, value: object, by_state: bool) -> None:
    found = look({"x": entry})
    [part] = found.components
    assert (found.state, found.composed) == (state, True)
    assert (part.name, part.state, part.value, part.by_state) == ("x", state, value, by_state)


@pytest.mark.parametrize(("returned", "state"), [(True, PASS), (0, FAIL), (None, FAIL), ("warn", WARN), ([1], PASS)])
def test_a_bare_value_is_one_component_named_after_its_provider(returned: object, state: State) -> None:
    found = look(returned)
    assert (found.name, found.state, found.components, found.composed) == ("it", state, (), False)


def test_an_empty_mapping_passes() -> None:
    found = look({})
    assert (found.state, found.components, found.composed) == (PASS, (), True)


@pytest.mark.parametrize(
    ("entry", "error"),
    [(False, "returned false"), (None, "returned null"), (0, "returned 0"), ("", 'returned ""'), ({}, "returned {}")],
)
def test_what_is_falsy_says_so(entry: object, error: str) -> None:
    assert look({"x": entry}).components[0].error == error


def test_the_worst_component_is_the_state_of_the_whole() -> None:
    assert look({"a": True, "b": "warn"}).state is WARN
    assert look({"a": False, "b": "warn"}).state is FAIL


def test_what_is_not_judged_only_fails_to_be_had() -> None:
    found = look({"a": False, "b": None}, judged=False)
    assert (found.state, found.value, found.composed) == (PASS, {"a": False, "b": None}, False)


def test_the_value_of_one_component_is_not_components_of_its_own() -> None:
    found = look({"a": False}, whole=False)
    assert (found.state, found.value, found.composed) == (PASS, {"a": False}, False)


def test_one_that_is_only_a_component_of_a_provider_is_named_after_it() -> None:
    check = Check("health/databases/a/b", lambda: None, whole=False)
    assert check.name == "a/b"


def test_details_and_values_are_redacted() -> None:
    detail = "tried redis://:hunter2@host"
    [part] = look({"x": Component(State.FAIL, {"password": "hunter2"}, "s", detail)}).components
    assert "hunter2" not in f"{part.value}{part.detail}{part.error}"


@pytest.mark.parametrize("returned", [{"x": {"y": object()}}, {"x": object()}, object()])
def test_what_can_not_be_serialised_raises_for_the_runner_to_tell(returned: object) -> None:
    with pytest.raises(Exception, match="can't serialise object"):
        look(returned)


@pytest.mark.parametrize("returned", ["x" * 2_000_000, {"x": "x" * 2_000_000}, {"x": {"y": ["x" * 1000] * 2000}}])
def test_what_is_too_large_fails_cut(returned: object) -> None:
    found = look(returned)
    assert (found.state, found.failed) == (FAIL, True)
    assert "1 MiB" in str(found.error)
    assert len(str(found.value)) < 2_000_000


def test_too_many_components_fail_the_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "MAX_COMPONENTS", 10)
    found = look({str(number): True for number in range(11)})
    assert (found.failed, found.error) == (True, "more than 10 components")


def test_a_batch_that_returns_too_much_fails_whole() -> None:
    found = look({"a": "x" * 2_000_000}, names=("a", "b"))
    assert (found.failed, found.components) == (True, ())


def test_a_mapping_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(dict[str, bool]):
        def items(self) -> Iterator[tuple[str, bool]]:  # type: ignore[override]
            return ((str(number), True) for number in iter(int, 1) for number in [id(object()), number])

    monkeypatch.setattr(evaluation, "MAX_COMPONENTS", 10)
    assert look(Endless(a=True)).components or look(Endless(a=True)).failed


def test_names_that_become_alike_stay_apart() -> None:
    found = look({1: True, "1": False, "password=a": True, "password=b": False})
    assert len({part.name for part in found.components}) == 4
    assert [part.state for part in found.components] == [PASS, FAIL, PASS, FAIL]


def test_ten_thousand_names_that_become_alike_cost_little() -> None:
    found = look({f"redis://:p{number}@h": True for number in range(10_000)})
    assert len(found.components) == 10_000


def test_of_names_no_more_is_looked_through_than_their_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def counting(text: str) -> str:
        seen.append(len(text))
        return redact_text(text)

    monkeypatch.setattr(redaction, "redact_text", counting)
    names = {f"{number} " + "key " * 15_000: True for number in range(2_000)}
    found = look(names)
    assert (found.state, found.error) == (FAIL, "names of components over 1,048,576 characters")
    assert max(seen) <= MAX_NAME
    assert sum(seen) <= MAX_NAMES
    assert look(dict(islice(names.items(), 500))).state is PASS


def test_a_long_name_s_secret_is_not_halved() -> None:
    named = name_components([("a " * 470 + "password=" + "x" * 2_000 + "hunter2", 1)])
    assert "xx" not in str(named)
    assert max(map(len, named)) <= MAX_NAME


def test_a_batch_is_held_to_its_names_as_they_are_shown() -> None:
    name = "redis://:hunter2@h"
    [shown] = name_components([(name, 1)])
    found = look({name: True}, names=(shown,))
    assert [(part.name, part.state) for part in found.components] == [("redis://:********@h", PASS)]


def test_a_name_that_utf8_can_not_hold_is_made_one() -> None:
    [part] = look({"\ud800": False}).components
    part.name.encode()
    assert part.value is False


@given(
    st.dictionaries(
        st.text() | st.integers() | st.none() | st.booleans(),
        st.booleans() | st.none() | st.integers() | st.text() | st.sampled_from(State) | st.lists(st.integers()),
    )
)
def test_every_mapping_has_a_component_for_each_entry(returned: dict[object, object]) -> None:
    found = look(returned)
    assert len(found.components) == len({part.name for part in found.components}) == len(returned)
    assert found.state is worst(part.state for part in found.components)


# States, observations, reports


@pytest.mark.parametrize(
    ("states", "expected"), [([], PASS), ([PASS], PASS), ([PASS, WARN], WARN), ([WARN, FAIL, PASS], FAIL)]
)
def test_the_worst_wins(states: list[State], expected: State) -> None:
    assert worst(states) is expected


def test_states_have_an_order_and_a_word() -> None:
    assert [state.severity for state in State] == [0, 1, 2]
    assert [str(state) for state in State] == ["pass", "warn", "fail"]


@pytest.mark.parametrize(
    ("value", "state"), [("pass", PASS), (State.FAIL, FAIL), ("ok", None), (True, None), (1, None)]
)
def test_only_its_word_is_a_state(value: object, state: State | None) -> None:
    assert as_state(value) is state


def test_a_component_of_no_state_is_an_error_where_it_is_made() -> None:
    with pytest.raises(ValueError, match="'ok' is not a valid State"):
        Component("ok")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "critical", "counts"), [(FAIL, True, FAIL), (FAIL, False, WARN), (WARN, False, WARN), (PASS, False, PASS)]
)
def test_a_check_that_is_not_critical_makes_its_report_warn(state: State, critical: bool, counts: State) -> None:
    seen = Observation("health/it", "it", state, 0.0, 0.0, critical=critical)
    assert Report("health", (seen,)).state is counts
    assert Report("stats", (seen,), judged=False).state is PASS
