"""A store of its own for each test, and entries to write into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from status.core.states import State
from status.recent.entry import Entry
from status.recent.minutes import degree
from status.recent.store import Store

NOON = 1_700_000_000.0 - 1_700_000_000.0 % 3600
"""A full hour, so that slots and minutes begin with it."""


def entry(at: float = NOON, state: State = State.PASS, **given: Any) -> Entry:
    """What a process observed at this moment that has observed nothing before."""
    defaults = {"reference": "health/it", "duration_s": 0.01, "since": at, "error": None}
    passed_at = at if state is State.PASS else None
    return Entry(**{"observed_at": at, "state": state, "passed_at": passed_at, **defaults, **given})


def hour(*states: State | None) -> bytes:
    """What is known of so many minutes."""
    return bytes(map(degree, states))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def store(folder: Path) -> Store:
    return Store(folder)
