"""The last hour as bars."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from status.core.states import State, worst
from status.website.bars import STEP, TOGETHER, Bars, bars
from tests.recent.conftest import hour

PASS, WARN, FAIL = State.PASS, State.WARN, State.FAIL


def drawn(made: Bars) -> list[State | None]:
    """The state of each bar, read from the paths as a browser would draw them."""
    found: dict[int, State | None] = {}
    for state, path in ((PASS, made.passed), (WARN, made.warned), (FAIL, made.failed), (None, made.unseen)):
        assert re.fullmatch(r"(M\d+ 10h\d+)*", path)
        for start, length in re.findall(r"M(\d+) 10h(\d+)", path):
            for at in range(int(start), int(start) + int(length), STEP):
                assert at not in found
                found[at] = state
    assert sorted(found) == list(range(0, made.width, STEP))
    return [found[at] for at in sorted(found)]


@given(st.lists(st.sampled_from([None, PASS, WARN, FAIL]), min_size=60, max_size=60))
def test_each_bar_is_the_worst_of_its_minutes(minutes: list[State | None]) -> None:
    expected = []
    for at in range(0, 60, TOGETHER):
        seen = [state for state in minutes[at : at + TOGETHER] if state is not None]
        expected.append(worst(seen) if seen else None)
    assert drawn(bars(hour(*minutes), "en")) == expected


def test_an_hour_that_is_all_alike_is_one_line() -> None:
    made = bars(hour(*[PASS] * 60), "en")
    assert (made.passed, made.warned, made.failed, made.unseen) == ("M0 10h119", "", "", "")


@pytest.mark.parametrize(
    ("minutes", "label"),
    [
        ((None,) * 60, "Not observed in the last hour"),
        ((PASS,) * 60, "In the last hour: all passing"),
        ((PASS,) * 57 + (WARN, WARN, FAIL), "In the last hour: 1 minute failing, 2 minutes warning"),
        ((None,) * 57 + (FAIL, FAIL, PASS), "In 3 minutes observed of the last hour: 2 minutes failing"),
        ((None,) * 59 + (PASS,), "In 1 minute observed of the last hour: all passing"),
    ],
)
def test_a_sentence_for_who_can_not_see_them(minutes: tuple[State | None, ...], label: str) -> None:
    assert bars(hour(*minutes), "en").label == label
