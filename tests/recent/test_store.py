"""What all processes of a host have observed: together in one file."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from status.core.states import State, worst
from status.recent import store as store_module
from status.recent.entry import HOUR_S, Cell, Standing, Turn
from status.recent.store import FILE, MOST_BYTES, Full, Store
from status.runtime.folder import Unusable
from tests.command.running import PATHS
from tests.recent.conftest import NOON, entry

PASS, WARN, FAIL = State.PASS, State.WARN, State.FAIL


# How things stand


def test_the_state_stands_since_any_process_saw_it_first(store: Store) -> None:
    store.write([entry(NOON)])
    store.write([entry(NOON + 60), entry(NOON + 70)])
    assert store.standings() == {"health/it": Standing(PASS, NOON, NOON + 70)}


def test_the_first_to_write_knows_since_when(store: Store) -> None:
    store.write([entry(NOON, since=NOON - 500)])
    assert store.standings()["health/it"].since == NOON - 500


def test_a_change_counts_from_when_it_was_observed_whatever_the_process_knew_before(store: Store) -> None:
    store.write([entry(NOON), entry(NOON + 10, FAIL)])
    # One that did not see the failure believes that all was well since long ago.
    store.write([entry(NOON + 20, since=NOON - 900)])
    assert store.standings() == {"health/it": Standing(PASS, NOON + 20, NOON + 20)}


def test_what_was_observed_before_and_is_written_after_changes_nothing(store: Store) -> None:
    store.write([entry(NOON + 10, FAIL)])
    store.write([entry(NOON + 9)])
    assert store.standings()["health/it"] == Standing(FAIL, NOON + 10, None)
    assert store.turns("health/it", 5) == []


def test_it_last_passed_when_any_process_saw_it_pass(store: Store) -> None:
    store.write([entry(NOON), entry(NOON + 10, FAIL, passed_at=NOON - 50)])
    assert store.standings()["health/it"].passed_at == NOON


def test_after_an_hour_without_a_look_its_state_begins_anew(store: Store) -> None:
    store.write([entry(NOON)])
    store.write([entry(NOON + HOUR_S, FAIL)])
    assert store.standings()["health/it"] == Standing(FAIL, NOON + HOUR_S, NOON)
    assert store.turns("health/it", 5) == []


# How they went


def test_changes_are_told_the_newest_first_with_their_reason(store: Store) -> None:
    store.write([entry(NOON), entry(NOON + 1, FAIL, error="gone"), entry(NOON + 2, FAIL, error="still gone")])
    store.write([entry(NOON + 3, WARN)])
    assert store.turns("health/it", 5) == [Turn(NOON + 3, FAIL, WARN, None), Turn(NOON + 1, PASS, FAIL, "gone")]
    assert store.turns("health/it", 1) == [Turn(NOON + 3, FAIL, WARN, None)]
    assert store.turns("health/other", 5) == []


def test_a_cell_has_the_worst_state_and_the_durations_of_all_processes(store: Store) -> None:
    for at, state, took_s in ((0, PASS, 0.1), (5, FAIL, 0.6), (29, PASS, 0.2), (30, WARN, 0.4)):
        store.write([entry(NOON + at, state, duration_s=took_s)])
    first, second = (cell for _, cell in store.cells(NOON, 30))
    assert (first.begins_at, first.worst, first.longest_s) == (NOON, FAIL, 0.6)
    assert first.mean_s == pytest.approx(0.3)
    assert second == Cell(NOON + 30, WARN, 0.4, 0.4)


def test_cells_of_one_reference_or_of_all_from_a_moment_on(store: Store) -> None:
    store.write([entry(NOON), entry(NOON, reference="health/other"), entry(NOON + 60)])
    assert [(name, cell.begins_at - NOON) for name, cell in store.cells(NOON, 60)] == [
        ("health/it", 0),
        ("health/other", 0),
        ("health/it", 60),
    ]
    assert [cell.begins_at - NOON for _, cell in store.cells(NOON, 60, "health/it")] == [0, 60]
    assert [cell.begins_at - NOON for _, cell in store.cells(NOON + 60, 60)] == [60]


@given(st.lists(st.tuples(st.integers(0, 200), st.sampled_from(State)), min_size=1, max_size=12))
def test_whoever_writes_first_the_bars_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, seen: list[tuple[int, State]]
) -> None:
    store = Store(tmp_path_factory.mktemp("any") / "site")
    for at, state in seen:
        store.write([entry(NOON + at, state)])
    expected = {
        NOON + minute * 60: worst(state for at, state in seen if at // 60 == minute)
        for minute in {at // 60 for at, _ in seen}
    }
    assert {cell.begins_at: cell.worst for _, cell in store.cells(NOON, 60)} == expected


# Its size


def test_what_is_older_than_an_hour_goes(store: Store) -> None:
    store.write([entry(NOON), entry(NOON + 1, FAIL), entry(NOON, reference="health/gone")])
    for minute in range(1, 62):
        store.write([entry(NOON + minute * 60, FAIL)])
    assert len(list(store.cells(0, 60))) == 61
    assert "health/gone" not in store.standings()
    assert store.turns("health/it", 5) == []


def test_a_full_file_loses_its_oldest_and_takes_the_new(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MOST_BYTES", 128 * 1024)
    store = Store(folder)
    for step in range(60):
        store.write([entry(NOON + step * 10, reference=f"health/{number}") for number in range(100)])
    assert (folder / FILE).stat().st_size <= 128 * 1024
    begins = sorted({cell.begins_at for _, cell in store.cells(0, 10)})
    assert begins[-1] == NOON + 590
    assert begins[0] > NOON
    assert begins == [begins[0] + 10 * step for step in range(len(begins))]


def test_new_names_without_end_push_out_the_oldest(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MOST_BYTES", 256 * 1024)
    store = Store(folder)
    for step in range(60):
        # All in one slot: there is no oldest one to go.
        store.write([entry(NOON + step / 10, reference=f"health/it/{step}-{number}") for number in range(100)])
    assert (folder / FILE).stat().st_size <= 256 * 1024
    known = store.standings()
    assert "health/it/59-99" in known
    assert "health/it/0-0" not in known
    assert {name for name, _ in store.cells(0, 60)} == set(known)


def test_names_that_came_and_went_make_room_before_those_that_stay(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "MOST_BYTES", 256 * 1024)
    store = Store(folder)
    for step in range(100):
        names = ["health/stays", *(f"health/it/{step}-{number}" for number in range(50))]
        store.write([entry(NOON + step * 10, since=NOON, reference=name) for name in names])
    known = store.standings()
    assert known["health/stays"].since == NOON
    assert "health/it/0-0" not in known


def test_what_can_have_no_room_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MOST_BYTES", 64 * 1024)
    store = Store(folder)
    store.write([entry()])
    with pytest.raises(Full):
        store.write([entry(reference=f"health/{number}") for number in range(2000)])
    store.write([entry(NOON + 1)])


def test_no_more_than_eight_mebibytes() -> None:
    assert MOST_BYTES == 8 * 1024 * 1024


# What happens to it


def test_it_is_private_to_its_owner(store: Store, folder: Path) -> None:
    store.write([entry()])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_one_that_is_deleted_is_made_anew(store: Store, folder: Path) -> None:
    store.write([entry()])
    before = store.identity()
    (folder / FILE).rename(folder / "kept")  # so that its number is not given again
    store.write([entry(NOON + 1)])
    assert store.standings()["health/it"].since == NOON + 1
    assert store.identity() != before


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough to be one" * 100, b"SQLite format 3\0" + b"x" * 5000]
)
def test_one_that_is_broken_is_told_once_and_made_anew(store: Store, folder: Path, content: bytes) -> None:
    store.write([entry()])
    (folder / FILE).write_bytes(content)
    with pytest.raises(sqlite3.DatabaseError):
        store.write([entry()])
    store.write([entry()])
    assert store.standings()["health/it"].state is PASS


def test_one_that_is_locked_is_waited_for_a_moment(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "WRITE_PATIENCE_S", 0.01)
    store.write([entry()])
    other = sqlite3.connect(folder / FILE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            store.write([entry(NOON + 1)])
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            store.standings()
    finally:
        other.close()
    store.write([entry(NOON + 1)])


def test_a_folder_that_is_open_to_others_is_not_used(store: Store, folder: Path) -> None:
    folder.mkdir(mode=0o755)
    with pytest.raises(Unusable, match="is open to others"):
        store.write([entry()])


_WRITER = """
import sys
from pathlib import Path
from status.recent import store
from tests.recent.conftest import NOON, entry
store.WRITE_PATIENCE_S = 60.0  # nobody rests between two batches here, so that one may wait for long
store = store.Store(Path(sys.argv[1]))
for step in range(40):
    store.write([entry(NOON + step, reference=f"health/{number}") for number in range(20)])
"""


def test_many_processes_write_at_once_and_nothing_is_lost(store: Store, folder: Path) -> None:
    command = [sys.executable, "-c", _WRITER, str(folder)]
    writers = [subprocess.Popen(command, env={"PYTHONPATH": PATHS}) for _ in range(8)]
    assert [writer.wait(60) for writer in writers] == [0] * 8
    with sqlite3.connect(folder / FILE) as database:
        assert database.execute("SELECT sum(runs) FROM slots").fetchone() == (8 * 40 * 20,)
    database.close()
    assert {standing.since for standing in store.standings().values()} == {NOON}
