"""What can be told of any machine."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple

import pytest

from status import State
from status.providers.disk import disk
from status.providers.health import ping
from status.providers.load import load

Usage = namedtuple("Usage", "total used free")


def test_ping_answers() -> None:
    assert ping() == ping(1, two=3) == {"pong": True}


@pytest.mark.parametrize(
    ("used", "state"), [(0, State.PASS), (89, State.PASS), (90, State.WARN), (94, State.WARN), (95, State.FAIL)]
)
def test_a_disk_is_judged_by_how_full_it_is(used: int, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    gib = 2**30
    # A tenth more is reserved for root: nobody else can use it, so it doesn't count.
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(110 * gib, used * gib, (100 - used) * gib))
    seen = disk("/srv")["/srv"]
    assert (seen.state, seen.value, seen.unit) == (state, used, "%")
    assert seen.detail == f"{used}.0 of 100.0 GiB used"


def test_the_limits_of_a_disk_are_its_own() -> None:
    assert disk("/", warn_percent=0, fail_percent=101)["/"].state is State.WARN
    assert disk("/", fail_percent=0)["/"].state is State.FAIL


def test_a_disk_that_is_not_there_raises() -> None:
    with pytest.raises(FileNotFoundError):
        disk("/nowhere/at/all")


def test_an_empty_file_system_is_not_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, 0))
    assert disk()["."].state is State.PASS


def test_load_has_three_averages_and_the_processors() -> None:
    seen = load()
    assert list(seen) == ["1 min", "5 min", "15 min", "processors"]
    assert seen["processors"] == os.cpu_count()
