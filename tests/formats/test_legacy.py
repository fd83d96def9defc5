"""The shape of 2.x."""

from __future__ import annotations

import pytest

from status.core.observation import Observation
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
        pytest.param(seen("stats/it", FAIL, by_state=True, value=7), False, False, id="a state"),
    ],
)
def test_what_is_only_shown(observation: Observation, trusted: object, stranger: object) -> None:
    assert legacy.resource(shown(observation), details=True) == {"it": trusted}
    assert legacy.resource(shown(observation), details=False) == {"it": stranger}


def test_providers_keep_their_order() -> None:
    report = judged(seen("health/z", value=1), seen("health/a", value=1))
    assert list(legacy.resource(report, details=True)) == ["z", "a"]
