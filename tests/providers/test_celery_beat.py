"""The check of Celery's scheduler, by heartbeats of the tests' own and by those of a real beat."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from status import observe
from status.core.states import State
from status.formats import legacy
from status.providers import registry
from status.providers.celery.beat import beat
from status.runtime import heartbeat
from status.runtime.folder import Unusable
from status.testing import inline
from tests.heartbeat.programs import beating_beat
from tests.heartbeat.times import VALID_S
from tests.servers.valkey import Valkey
from tests.waiting import wait_until

ONE, TWO = "celerybeat@web-1", "celerybeat@web-2"
PATH = "status.providers.celery.beat.beat"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    """The site's STATUS_RUNTIME_DIR."""
    with override_settings(STATUS_RUNTIME_DIR=tmp_path / "run"):
        yield tmp_path / "run"


def test_one_that_lives_passes_and_one_that_has_run_out_fails(folder: Path) -> None:
    heartbeat.beat(folder, "beat", ONE, 30.0)
    heartbeat.beat(folder, "beat", TWO, -5.0)
    told = beat()
    assert {name: each.state for name, each in told.items()} == {ONE: State.PASS, TWO: State.FAIL}
    assert told[ONE].unit == "s"
    assert 0 <= told[ONE].value < 5
    assert "ran out 5 s ago" in told[TWO].detail
    assert f"remove {heartbeat.file_of(folder, 'beat', TWO)}" in told[TWO].detail


def test_its_value_is_how_long_ago_its_last_sign_of_life_was(folder: Path) -> None:
    heartbeat.beat(folder, "beat", ONE, 3000.0)
    wait_until(lambda: beat()[ONE].value >= 0.2)
    heartbeat.beat(folder, "beat", ONE, 3000.0)
    assert beat()[ONE].value < 0.2


def test_without_any_it_fails_and_says_what_to_do(folder: Path) -> None:
    heartbeat.beat(folder, "worker", "mail@web-1", 30.0)
    with pytest.raises(LookupError, match=r"no beat has a heartbeat in .*: call status.celery.install_heartbeat"):
        beat()
    with override_settings(STATUS_PROVIDERS={"health": [("beat", PATH)]}), inline():
        (seen,) = observe("health").observations
    assert seen.state is State.FAIL
    assert "install_heartbeat" in (seen.error or "")


def test_a_folder_that_is_not_there_or_open_to_others_fails(folder: Path) -> None:
    with pytest.raises(Unusable, match="there is no such folder"):
        beat()
    folder.mkdir(mode=0o755)
    with pytest.raises(Unusable, match="is open to others"):
        beat()


def test_those_that_are_named_are_looked_at_and_no_others(folder: Path) -> None:
    heartbeat.beat(folder, "beat", ONE, 30.0)
    heartbeat.beat(folder, "beat", "celerybeat@long-gone", -1000.0)
    told = beat([ONE, TWO])
    assert {name: each.state for name, each in told.items()} == {ONE: State.PASS, TWO: State.FAIL}
    assert "has no heartbeat in" in told[TWO].detail


def test_hostnames_are_details(folder: Path) -> None:
    heartbeat.beat(folder, "beat", ONE, 30.0)
    with override_settings(STATUS_PROVIDERS={"health": [("beat", PATH)]}), inline():
        assert legacy.resource(observe("health"), details=False) == {"beat": True}
        assert legacy.resource(observe("health"), details=True) == {"beat": {ONE: True}}


@pytest.mark.parametrize("nodes", [ONE, [1], 7])
def test_a_wrong_argument_is_told_at_start(nodes: Any) -> None:
    with override_settings(STATUS_PROVIDERS={"health": [("beat", PATH, (), {"nodes": nodes})]}):
        (problem,) = registry.current().problems
    assert problem.id == "E003"
    assert "nodes is a list of names" in problem.text


def test_a_real_beat_is_alive_until_it_is_stopped(valkey: Valkey) -> None:
    with beating_beat(valkey.url) as program, override_settings(STATUS_RUNTIME_DIR=program.runtime_dir):
        (told,) = beat().values()
        assert told.state is State.PASS
        assert told.value <= VALID_S
        program.stop_in_its_tracks()
        wait_until(lambda: next(iter(beat().values())).state is State.FAIL, 10 * VALID_S + 10)
        program.resume()
        wait_until(lambda: next(iter(beat().values())).state is State.PASS, 10 * VALID_S + 10)
        begin = time.time()
        (seen,) = heartbeat.read_written(program.runtime_dir, "beat").values()
        assert abs(seen[1] - begin) < VALID_S
