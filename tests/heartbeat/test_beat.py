"""The heartbeat of Celery's beat, a real one."""

from __future__ import annotations

import pytest

from tests.heartbeat.programs import beating_beat, beating_worker
from tests.heartbeat.test_worker import PATIENCE_S, goes_stale, stays_alive
from tests.heartbeat.times import VALID_S
from tests.servers.valkey import Valkey
from tests.waiting import wait_until

pytestmark = pytest.mark.faults


def test_beat_is_alive_until_it_is_stopped_and_takes_its_heartbeat_with_it(valkey: Valkey) -> None:
    with beating_beat(valkey.url) as beat:
        assert stays_alive(beat), beat.last_words()
        asked = beat.ask()
        assert (asked.returncode, asked.stderr) == (0, "")
        assert asked.stdout.startswith("celerybeat@")

        beat.stop_in_its_tracks()
        goes_stale(beat)
        assert beat.ask().returncode == 1

        beat.resume()
        wait_until(beat.alive, PATIENCE_S, beat.last_words)
        beat.shut_down_in_order()
        assert beat.names() == []


def test_a_dead_broker_is_no_fault_of_beat(own_valkey: Valkey) -> None:
    with beating_beat(own_valkey.url) as beat:
        own_valkey.kill()
        assert stays_alive(beat, 4 * VALID_S), beat.last_words()


def test_beat_within_a_worker_is_watched_and_ends_with_it(valkey: Valkey) -> None:
    with beating_worker(valkey.url, "prefork", "--beat") as worker:
        beats = worker.runtime_dir / "heartbeats"
        wait_until(lambda: list(beats.glob("beat-*")), PATIENCE_S, worker.last_words)
        worker.shut_down_in_order()
        assert list(beats.iterdir()) == []
