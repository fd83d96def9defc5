"""The last hour as the website reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from status.core.states import State, worst
from status.recent import store as store_module
from status.recent.minutes import MINUTES, Minutes
from status.recent.store import FILE, Store
from status.recent.story import Detail, Reader
from tests.recent.conftest import NOON, entry, hour

PASS, WARN, FAIL = State.PASS, State.WARN, State.FAIL


@pytest.fixture
def reader(folder: Path) -> Reader:
    return Reader(folder)


def test_an_hour_of_minutes_with_the_worst_state_of_each(store: Store, reader: Reader) -> None:
    store.write([entry(NOON), entry(NOON + 60, FAIL), entry(NOON + 119), entry(NOON + 240, WARN)])
    told = reader.story(NOON + 300).last_hour("health/it", NOON + 300)
    assert len(told) == MINUTES
    assert told[-6:] == hour(PASS, FAIL, None, None, WARN, None)
    assert not any(told[:-6])


def test_of_what_nobody_observed_nothing_is_known(reader: Reader) -> None:
    story = reader.story(NOON)
    assert story.standing("health/it") is None
    assert story.last_hour("health/it", NOON) == hour(*[None] * MINUTES)
    assert story.problem == ""


def test_what_was_read_before_stays_and_the_new_is_added(store: Store, reader: Reader) -> None:
    store.write([entry(NOON)])
    reader.story(NOON)
    store.write([entry(NOON + 5, FAIL), entry(NOON + 60)])
    reader.story(NOON + 60)
    store.write([entry(NOON + 59, FAIL, reference="health/late")])
    story = reader.story(NOON + 61)
    assert story.last_hour("health/it", NOON + 61)[-2:] == hour(FAIL, PASS)
    assert story.last_hour("health/late", NOON + 61)[-2:] == hour(FAIL, None)


def test_all_readers_tell_the_same_whenever_they_began(store: Store, folder: Path) -> None:
    readers = [Reader(folder)]
    for step in range(300):
        store.write([entry(NOON + step * 10, FAIL if step % 7 == 0 else PASS)])
        if step % 50 == 0:
            readers.append(Reader(folder))
        readers[step % len(readers)].story(NOON + step * 10)
    now = NOON + 3000
    assert len({reader.story(now).last_hour("health/it", now) for reader in readers}) == 1


@pytest.mark.parametrize("names", [["it"], ["it", *map(str, range(120))]], ids=["one", "many"])
def test_all_readers_tell_the_same_when_the_file_was_full(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, names: list[str]
) -> None:
    monkeypatch.setattr(store_module, "MOST_BYTES", 44 * 1024 if len(names) == 1 else 128 * 1024)
    followed = Reader(folder)
    for step in range(360):
        at = NOON + step * 10
        brief = [] if len(names) > 1 else [f"brief-{step}-{number}" for number in range(20)]
        state = FAIL if step % 7 == 0 else PASS
        store.write([entry(at, state, reference=f"health/{name}") for name in (*names, *brief)])
        if step % 5 == 0:
            followed.story(at)
    now = NOON + 3590
    told = [reader.story(now).last_hour("health/it", now) for reader in (followed, Reader(folder))]
    assert told[0] == told[1]
    assert 0 < told[0].count(0) < MINUTES


def test_a_file_made_anew_is_a_new_story(store: Store, reader: Reader, folder: Path) -> None:
    store.write([entry(NOON, FAIL)])
    reader.story(NOON)
    (folder / FILE).rename(folder / "kept")  # so that its number is not given again
    store.write([entry(NOON + 60)])
    assert reader.story(NOON + 60).last_hour("health/it", NOON + 60)[-2:] == hour(None, PASS)


def test_one_reference_more_closely(store: Store, reader: Reader) -> None:
    store.write([entry(NOON, duration_s=0.2), entry(NOON + 40, FAIL, error="gone"), entry(NOON, reference="health/x")])
    detail = reader.story(NOON + 60, "health/it").detail
    assert [(cell.begins_at - NOON, cell.worst) for cell in detail.cells] == [(0, PASS), (30, FAIL)]
    assert [turn.error for turn in detail.turns] == ["gone"]
    assert reader.story(NOON + 60, "health/none").detail == reader.story(NOON + 60).detail == Detail()


def test_minutes_older_than_an_hour_go() -> None:
    minutes = Minutes()
    for minute in range(200):
        minutes.add("health/it", NOON + minute * 60, PASS)
    minutes.add("health/it", NOON, FAIL)  # too late to be told
    assert minutes.of("health/it", NOON + 199 * 60) == hour(*[PASS] * MINUTES)


def test_a_reference_that_nobody_observes_any_more_is_forgotten() -> None:
    minutes = Minutes()
    minutes.add("health/gone", NOON, PASS)
    for minute in range(MINUTES + 1):
        minutes.add("health/it", NOON + minute * 60, PASS)
    assert list(minutes._hours) == ["health/it"]


@given(st.lists(st.tuples(st.integers(0, 150), st.sampled_from(State)), max_size=40), st.integers(0, 200))
def test_the_worst_of_each_minute_whatever_came_when(seen: list[tuple[int, State]], later: int) -> None:
    minutes = Minutes()
    expected: dict[int, State] = {}
    newest = 0
    for minute, state in seen:
        minutes.add("health/it", NOON + minute * 60, state)
        newest = max(newest, minute)
        if minute > newest - MINUTES:
            expected[minute] = worst([state, expected.get(minute, PASS)])
    last = newest + later
    window = range(last - MINUTES + 1, last + 1)
    assert minutes.of("health/it", NOON + last * 60) == hour(*(expected.get(minute) for minute in window))
