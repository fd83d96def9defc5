"""What a check pays for being remembered, whatever the file is like. `python benchmarks/recording.py`."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import django
from django.conf import settings
from django.test import override_settings
from figures import Figure, report

from status.core.observation import Observation
from status.core.states import State
from status.core.telling import Teller
from status.recent.recorder import Recorder
from status.recent.store import FILE

NOTES = 2000
BETWEEN_S = 0.0005


def measure() -> Iterator[Figure]:
    if not settings.configured:
        settings.configure(INSTALLED_APPS=["status"])
        django.setup()
    for name, situation in (("is well", _well), ("is locked by another", _locked), ("can't be made", _impossible)):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / "run"
            folder.mkdir(mode=0o700)
            with override_settings(STATUS_RUNTIME_DIR=folder), situation(folder):
                yield _noting(name)


def _noting(name: str) -> Figure:
    recorder = Recorder(lambda: teller.tell(None))
    teller: Teller[None] = Teller(lambda _: recorder.write())
    seen = Observation("health/databases", "databases", State.PASS, time.time(), 0.001)
    taken_ms = sorted(_notes(recorder.note, seen))
    floor: list[Observation] = []
    floor_ms = median(_notes(floor.append, seen))
    deadline = time.monotonic() + 10
    while not recorder.problem and recorder._left and time.monotonic() < deadline:
        time.sleep(0.01)
    became = recorder.problem or "it was written"
    beside = f"median {median(taken_ms):.4f} ms, appending to a list {floor_ms:.4f} ms; {became}"
    return Figure(f"noting an observation where the file {name}, p99", quantiles(taken_ms, n=100)[98], 1, "ms", beside)


def _notes(note: Callable[[Observation], object], seen: Observation) -> Iterator[float]:
    """Milliseconds of each."""
    for _ in range(NOTES):
        time.sleep(BETWEEN_S)  # so that what was noted is written meanwhile
        begin = time.perf_counter()
        note(seen)
        yield (time.perf_counter() - begin) * 1000


@contextmanager
def _well(folder: Path) -> Iterator[None]:
    yield


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    other = sqlite3.connect(folder / FILE, isolation_level=None)
    (folder / FILE).chmod(0o600)
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.close()


@contextmanager
def _impossible(folder: Path) -> Iterator[None]:
    (folder / FILE).mkdir()
    yield


if __name__ == "__main__":
    sys.exit(report(measure()))
