"""What a process has seen change itself, as the file would tell it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from status.core.states import State
from status.recent.entry import HOUR_S, Entry, Turn
from status.recent.store import Store
from status.recent.turns import MOST, Turns
from tests.recent.conftest import NOON, entry

PASS, WARN, FAIL = State


def everything(reference: str) -> bool:
    return True


def seen(*entries: Entry) -> Turns:
    turns = Turns()
    for each in entries:
        turns.add(each)
    return turns


def test_the_first_look_is_no_change_and_another_state_is() -> None:
    turns = seen(entry(NOON), entry(NOON + 1), entry(NOON + 2, FAIL, error="gone"), entry(NOON + 3, FAIL))
    assert turns.latest(0, everything, 10) == [("health/it", Turn(NOON + 2, PASS, FAIL, "gone"))]


def test_the_newest_come_first_and_no_more_than_are_asked_for() -> None:
    states = [PASS, FAIL, WARN, PASS, FAIL]
    turns = seen(*(entry(NOON + at, state) for at, state in enumerate(states)))
    assert [turn.at - NOON for _, turn in turns.latest(0, everything, 3)] == [4, 3, 2]
    assert [turn.at - NOON for _, turn in turns.latest(NOON + 2, everything, 10)] == [4, 3]


def test_only_what_is_wanted_is_told() -> None:
    turns = seen(*(entry(NOON + at, state, reference=name) for at, state in enumerate(State) for name in ("a", "b")))
    assert {name for name, _ in turns.latest(0, "b".__eq__, 10)} == {"b"}


def test_one_that_comes_late_changes_nothing() -> None:
    turns = seen(entry(NOON + 5), entry(NOON, FAIL), entry(NOON + 6))
    assert turns.latest(0, everything, 10) == []


def test_after_an_hour_without_a_look_it_is_new() -> None:
    assert seen(entry(NOON), entry(NOON + HOUR_S, FAIL)).latest(0, everything, 10) == []


def test_however_much_changes_it_stays_small() -> None:
    turns = Turns()
    for at in range(3 * MOST):
        turns.add(entry(NOON + at, State.PASS if at % 2 else State.FAIL))
        turns.add(entry(NOON + at, reference=f"health/{at}"))
    assert len(turns.latest(0, everything, 10**6)) == MOST
    turns.add(entry(NOON + 3 * HOUR_S))
    assert len(turns._standing) == 1


LOOKS = st.lists(
    st.tuples(st.integers(0, 5000), st.sampled_from(State), st.sampled_from(["health/a", "health/b"])), max_size=30
)


@given(LOOKS)
def test_one_process_alone_sees_what_the_file_would_tell(
    tmp_path_factory: pytest.TempPathFactory, looks: list[tuple[int, State, str]]
) -> None:
    looks = sorted({(at, name): (at, state, name) for at, state, name in looks}.values(), key=lambda each: each[0])
    entries = [entry(NOON + at, state, reference=name) for at, state, name in looks]
    store = Store(tmp_path_factory.mktemp("turns") / "site")
    for each in entries:
        store.write([each])
    since = NOON + (looks[-1][0] if looks else 0) - HOUR_S
    own = seen(*entries).latest(since, everything, 100)
    by_both = [sorted(found, key=str) for found in (own, store.changes(since, everything, 100))]
    # The file forgets with a reference that nobody looked at for an hour how it went.
    known = set(store.standings())
    assert [each for each in by_both[0] if each[0] in known] == by_both[1]


class TestTheFile:
    def test_has_the_changes_of_all_the_newest_first(self, store: Store) -> None:
        store.write([entry(NOON, reference=name) for name in ("health/a", "health/b")])
        store.write([entry(NOON + 1, FAIL, reference="health/a", error="gone")])
        store.write([entry(NOON + 2, WARN, reference="health/b")])
        found = store.changes(NOON, everything, 10)
        assert found == [
            ("health/b", Turn(NOON + 2, PASS, WARN, None)),
            ("health/a", Turn(NOON + 1, PASS, FAIL, "gone")),
        ]
        assert store.changes(NOON + 1, everything, 10) == found[:1]
        assert store.changes(NOON, everything, 1) == found[:1]

    def test_counts_those_that_are_wanted(self, store: Store) -> None:
        """However many others there are: else who sees little would see nothing, and learn of the others by it."""
        store.write([entry(NOON, reference=name) for name in ("health/a", "other/b")])
        store.write([entry(NOON + 1, FAIL, reference="health/a")])
        store.write([entry(NOON + at, FAIL if at % 2 else PASS, reference="other/b") for at in range(2, 50)])
        found = store.changes(NOON, lambda name: name.startswith("health/"), 5)
        assert [name for name, _ in found] == ["health/a"]

    def test_that_is_not_there_yet_has_none(self, folder: Path) -> None:
        assert Store(folder).changes(0, everything, 10) == []
