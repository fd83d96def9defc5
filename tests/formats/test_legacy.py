"""The shape of 2.x."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from status.core.observation import Observation
from status.core.states import State
from status.formats import legacy
from tests.formats.reports import FAIL, PASS, WARN, composed, judged, seen, shown

ERROR = "ValueError: no"
RAISED = seen("health/it", FAIL, failed=True, error=ERROR)


@pytest.mark.parametrize(
    ("observation", "trusted", "stranger"),
    [
        pytest.param(seen("health/it", value=7), 7, True, id="a value"),
        pytest.param(seen("health/it", FAIL, value=0), 0, False, id="a value that is false"),
        pytest.param(seen("health/it", FAIL, value=None), None, False, id="None"),
        pytest.param(seen("health/it", PASS, by_state=True), True, True, id="pass"),
        pytest.param(seen("health/it", WARN, by_state=True), True, True, id="warn"),
        pytest.param(seen("health/it", FAIL, by_state=True), False, False, id="fail"),
        pytest.param(seen("health/it", PASS, by_state=True, value=93, unit="%"), True, True, id="a component's value"),
        pytest.param(RAISED, False, False, id="one that raised"),
        pytest.param(seen("health/it", WARN, failed=True, error=ERROR), True, True, id="one held at warn"),
        pytest.param(
            composed("health/it", seen("health/it/a", value="text"), seen("health/it/b", FAIL, value=0)),
            {"a": "text", "b": 0},
            {"a": True, "b": False},
            id="components",
        ),
        pytest.param(composed("health/it"), {}, {}, id="no components"),
        pytest.param(
            composed("health/it", seen("health/it/a/b", FAIL, failed=True)),
            {"a/b": False},
            {"a/b": False},
            id="a component that did not answer",
        ),
        *(
            pytest.param(
                composed("health/it", seen("health/it/w@1", state, value=7), state=state, names_are_details=True),
                {"w@1": 7},
                stranger,
                id=f"components whose names are details: {state}",
            )
            for state, stranger in ((PASS, True), (WARN, True), (FAIL, False))
        ),
        pytest.param(composed("health/it", names_are_details=True), {}, True, id="none of them"),
        pytest.param(replace(RAISED, names_are_details=True), False, False, id="one of them that raised"),
    ],
)
def test_what_is_judged(observation: Observation, trusted: object, stranger: object) -> None:
    assert legacy.resource(judged(observation), details=True) == {"it": trusted}
    assert legacy.resource(judged(observation), details=False) == {"it": stranger}


@pytest.mark.parametrize(
    ("observation", "trusted", "stranger"),
    [
        pytest.param(seen("stats/it", value={"a": [1, None]}), {"a": [1, None]}, None, id="a value"),
        pytest.param(seen("stats/it", value=None), None, None, id="None"),
        pytest.param(seen("stats/it", FAIL, failed=True, error=ERROR), {"error": ERROR}, None, id="one that raised"),
        pytest.param(
            composed("stats/it", seen("stats/it/a", value=1), seen("stats/it/b", FAIL, failed=True, error=ERROR)),
            {"a": 1, "b": {"error": ERROR}},
            {"a": None, "b": None},
            id="components",
        ),
        pytest.param(
            composed("stats/it", seen("stats/it/w@1", value=1), names_are_details=True),
            {"w@1": 1},
            None,
            id="components whose names are details",
        ),
        pytest.param(seen("stats/it", FAIL, by_state=True, value=7), False, False, id="a state"),
    ],
)
def test_what_is_only_shown(observation: Observation, trusted: object, stranger: object) -> None:
    assert legacy.resource(shown(observation), details=True) == {"it": trusted}
    assert legacy.resource(shown(observation), details=False) == {"it": stranger}


texts = st.text(max_size=9)
observed: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "state": st.sampled_from(State),
        "value": st.none() | st.integers() | texts | st.dictionaries(texts, st.integers(), max_size=2),
        "unit": st.none() | texts,
        "detail": st.none() | texts,
        "error": st.none() | texts,
        "duration_s": st.floats(0, 9),
        "since": st.none() | st.floats(0, 9),
        "last_pass_at": st.none() | st.floats(0, 9),
        "failures": st.integers(0, 9),
        "timed_out": st.booleans(),
    }
)


@given(observed, st.lists(observed, max_size=3), st.booleans(), st.booleans())
def test_without_details_nothing_but_states_and_harmless_names_changes_what_is_told(
    whole: dict[str, Any], parts: list[dict[str, Any]], names_are_details: bool, is_judged: bool
) -> None:
    def told(whole: dict[str, Any], parts: list[dict[str, Any]], names: str) -> object:
        components = [seen(f"health/it/{names}{at}", **part) for at, part in enumerate(parts)]
        each = composed("health/it", *components, names_are_details=names_are_details, **whole)
        report = judged(each) if is_judged else shown(each)
        return legacy.resource(report, details=False)

    bare = [{"state": part["state"]} for part in parts]
    names = "worker@" if names_are_details else "part"
    assert told(whole, parts, names) == told({"state": whole["state"]}, bare, "part")


def test_providers_keep_their_order() -> None:
    report = judged(seen("health/z", value=1), seen("health/a", value=1))
    assert list(legacy.resource(report, details=True)) == ["z", "a"]
