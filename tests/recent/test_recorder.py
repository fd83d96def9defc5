"""On the way to the file: nothing waits, and nothing goes wrong elsewhere when it does here."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import override_settings

from status.core.observation import Observation
from status.core.states import State
from status.recent import recorder as recorder_module
from status.recent import store as store_module
from status.recent.entry import Standing, Turn, key_of
from status.recent.recorder import MOST, Recorder
from status.recent.store import FILE, Store
from status.recent.story import Reader
from tests.recent.conftest import NOON, entry, hour

PASS, FAIL = State.PASS, State.FAIL


@pytest.fixture(autouse=True)
def _here(folder: Path) -> Iterator[None]:
    with override_settings(STATUS_RUNTIME_DIR=folder):
        yield


class Wakes:
    """How often the recorder asked to be told to write."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


@pytest.fixture
def wakes() -> Wakes:
    return Wakes()


@pytest.fixture
def recorder(wakes: Wakes) -> Recorder:
    return Recorder(wakes)


def seen(at: float = NOON, state: State = PASS, *components: Observation, name: str = "it") -> Observation:
    return Observation(f"health/{name}", name, state, at, 0.01, since=at, components=components)


def test_what_was_noted_is_written_when_it_is_told_to(recorder: Recorder, wakes: Wakes, store: Store) -> None:
    recorder.note(seen())
    recorder.note(seen(NOON + 1, FAIL))
    assert wakes.times == 1
    recorder.write()
    assert store.standings()["health/it"].state is FAIL
    assert len(store.turns("health/it", 5)) == 1
    recorder.note(seen(NOON + 2))
    assert wakes.times == 2


def test_of_a_provider_with_components_these_are_written_and_that_it_answers(recorder: Recorder, store: Store) -> None:
    parts = (replace(seen(name="a"), reference="health/it/a"), replace(seen(NOON, FAIL), reference="health/it/b"))
    recorder.note(seen(NOON, FAIL, *parts))
    recorder.write()
    assert {name: standing.state for name, standing in store.standings().items()} == {
        "health/it": PASS,
        "health/it/a": PASS,
        "health/it/b": FAIL,
    }


def test_that_a_provider_stops_to_answer_is_a_change_and_that_it_answers_again(
    recorder: Recorder, store: Store
) -> None:
    """It has no components while it fails whole, and theirs do not change."""
    part = replace(seen(name="a"), reference="health/it/a")
    for at, fails in enumerate((False, True, False)):
        whole = replace(seen(NOON + at, FAIL), error="refused") if fails else seen(NOON + at, PASS, part)
        recorder.note(whole)
        recorder.write()
    told = [("health/it", Turn(NOON + 2, FAIL, PASS, None)), ("health/it", Turn(NOON + 1, PASS, FAIL, "refused"))]
    assert store.changes(NOON, lambda name: True, 10) == told
    assert recorder.turns.latest(NOON, lambda name: True, 10) == told


def test_one_that_fails_by_its_threshold_while_its_components_pass_is_told(recorder: Recorder, store: Store) -> None:
    recorder.note(seen(NOON, FAIL, replace(seen(name="a"), reference="health/it/a")))
    recorder.write()
    assert store.standings()["health/it"].state is FAIL


def test_one_that_is_not_critical_warns(recorder: Recorder, store: Store) -> None:
    recorder.note(replace(seen(NOON, FAIL), critical=False))
    recorder.write()
    assert store.standings()["health/it"].state is State.WARN


def test_nothing_noted_makes_no_file(recorder: Recorder, folder: Path) -> None:
    recorder.write()
    assert not folder.exists()


def test_when_it_cannot_be_written_the_process_remembers_alone_and_tells_once(
    recorder: Recorder, folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(recorder_module, "REST_S", 0.0)
    folder.mkdir(mode=0o755)
    with caplog.at_level(logging.INFO, "status"):
        for step in (0, 60, 120):
            recorder.note(seen(NOON + step, FAIL if step else PASS))
            recorder.write()
    assert "is open to others than its owner" in recorder.problem
    assert len(caplog.records) == 1
    assert recorder.minutes.of("health/it", NOON + 120)[-3:] == hour(PASS, FAIL, FAIL)

    folder.chmod(0o700)
    recorder.note(seen(NOON + 180))
    recorder.write()
    assert recorder.problem == ""
    assert [turn.at - NOON for turn in store.turns("health/it", 5)] == [180, 60]


def test_after_a_failure_it_rests_before_the_next_attempt(recorder: Recorder, folder: Path) -> None:
    folder.mkdir(mode=0o755)
    recorder.note(seen())
    recorder.write()
    folder.chmod(0o700)
    recorder.note(seen(NOON + 60))
    recorder.write()
    assert recorder.problem
    assert not (folder / FILE).exists()
    assert recorder.minutes.of("health/it", NOON + 60)[-2:] == hour(PASS, PASS)


def test_what_is_not_written_does_not_pile_up(recorder: Recorder, store: Store) -> None:
    for number in range(MOST + 10):
        recorder.note(seen(name=str(number)))
    recorder.write()
    assert len(store.standings()) == MOST


def test_names_and_errors_of_any_length_are_kept_in_short(recorder: Recorder, store: Store) -> None:
    names = [f"{'x' * 10_000}{number}" for number in range(500)]
    for name in names:
        recorder.note(replace(seen(NOON, FAIL, name=name), error="e" * 10_000))
    recorder.write()
    assert recorder.problem == ""
    story = Reader(store._folder).story(NOON, f"health/{names[0]}")
    assert len(story.standings) == 500
    assert story.standing(f"health/{names[7]}") == Standing(FAIL, NOON, None)
    assert story.last_hour(f"health/{names[7]}", NOON)[-1:] == hour(FAIL)
    assert story.detail.cells
    assert recorder.minutes.of(key_of(f"health/{names[7]}"), NOON)[-1:] == hour(FAIL)


def test_what_has_no_room_is_given_up(recorder: Recorder, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder_module, "REST_S", 0.0)
    monkeypatch.setattr(store_module, "MOST_BYTES", 64 * 1024)
    for number in range(900):
        recorder.note(seen(name=f"{'x' * 100}{number}"))
    recorder.write()
    assert "full" in recorder.problem
    recorder.note(seen(NOON + 1))
    recorder.write()
    assert recorder.problem == ""
    assert set(store.standings()) == {"health/it"}


def test_settings_that_cannot_be_read_are_no_error_of_the_thread_that_writes(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable() -> object:
        raise RuntimeError("no settings")

    recorder.note(seen())
    with monkeypatch.context() as patched:
        patched.setattr("status.conf.current", unreadable)
        recorder.write()
    assert recorder.problem == "RuntimeError: no settings"
    assert recorder.minutes.of("health/it", NOON)[-1:] == hour(PASS)


def test_whoever_notes_while_it_writes_is_written_next(
    recorder: Recorder, wakes: Wakes, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    write = Store.write

    def slowly(self: Store, entries: list[object]) -> None:
        begun.set()
        go_on.wait(10)
        write(self, entries)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "write", slowly)
    recorder.note(seen())
    thread = threading.Thread(target=recorder.write)
    thread.start()
    assert begun.wait(10)
    recorder.note(seen(NOON + 1, FAIL))
    go_on.set()
    thread.join()
    assert wakes.times == 2
    recorder.write()
    assert store.standings()["health/it"].state is FAIL


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_born_by_fork_writes_its_own_alone(recorder: Recorder, store: Store) -> None:
    recorder.note(seen(name="parents"))
    pid = os.fork()
    if pid == 0:  # pragma: no cover - in the child
        try:
            recorder.note(seen(name="childs"))
            recorder.write()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    assert set(store.standings()) == {"health/childs"}
    recorder.write()
    assert set(store.standings()) == {"health/childs", "health/parents"}


def test_a_file_that_is_locked_holds_the_log_up_for_a_moment_only(
    recorder: Recorder, folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write([entry()])
    other = sqlite3.connect(folder / FILE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        recorder.note(seen())
        recorder.write()
        assert "locked" in recorder.problem
    finally:
        other.close()
