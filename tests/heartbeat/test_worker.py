"""The heartbeat of Celery's workers, real ones: what it lives through, and what it does not."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import started
from tests.heartbeat.programs import NAME, POOLS, Beating, BeatingWorker, beating_worker
from tests.heartbeat.times import VALID_S
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.valkey import Valkey
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.faults

PATIENCE_S = 30.0
"""A busy machine; kombu, which waits longer before each attempt to connect."""


def stays_alive(worker: Beating, for_s: float = 2 * VALID_S) -> bool:
    """Whether the worker counts as alive at every look, for longer than one heartbeat lasts."""
    until = time.monotonic() + for_s
    while time.monotonic() < until:
        if not worker.alive():
            return False
        time.sleep(0.05)
    return True


def goes_stale(worker: Beating) -> None:
    wait_until(lambda: not worker.alive(), PATIENCE_S, "the heartbeat does not run out")


def begin(worker: BeatingWorker, task: str, tmp_path: Path) -> Callable[[], None]:
    """Have the worker at a task, or its main process blocked by it; returns what ends that."""
    gate = tmp_path / "gate"
    worker.send(task, str(gate))
    wait_until(Path(f"{gate}.begun").exists, PATIENCE_S, worker.last_words)
    return gate.touch


@pytest.mark.parametrize("pool", POOLS)
def test_an_idle_worker_is_alive_and_takes_its_heartbeat_with_it(valkey: Valkey, pool: str) -> None:
    with beating_worker(valkey.url, pool) as worker:
        assert stays_alive(worker), worker.last_words()
        asked = worker.ask("--name", NAME)
        assert (asked.returncode, asked.stdout, asked.stderr) == (0, f"{NAME}: alive\n", "")

        worker.shut_down_in_order()
        assert worker.names() == []
        assert worker.ask().returncode == 1


@pytest.mark.parametrize("pool", ["prefork", "gevent"])
def test_a_stopped_worker_runs_out_and_comes_back(valkey: Valkey, pool: str) -> None:
    with beating_worker(valkey.url, pool) as worker:
        worker.stop_in_its_tracks()
        goes_stale(worker)
        asked = worker.ask()
        assert asked.returncode == 1
        assert asked.stderr.startswith(f"{NAME}: its heartbeat ran out ")

        worker.resume()
        wait_until(worker.alive, PATIENCE_S)
        assert worker.ask().returncode == 0


def test_a_killed_worker_leaves_a_heartbeat_that_runs_out_and_the_next_one_takes_it_over(valkey: Valkey) -> None:
    with beating_worker(valkey.url) as worker:
        worker.kill()
        goes_stale(worker)
        asked = worker.ask()
        assert asked.returncode == 1
        assert f"if it is gone for good, remove {worker.runtime_dir}/heartbeats/worker-{NAME}\n" in asked.stderr

        worker.launch()
        assert worker.ask().returncode == 0


@pytest.mark.parametrize("pool", POOLS)
def test_a_long_task_is_no_fault(valkey: Valkey, tmp_path: Path, pool: str) -> None:
    with beating_worker(valkey.url, pool) as worker:
        end = begin(worker, "rest", tmp_path)
        assert stays_alive(worker), worker.last_words()
        end()


@pytest.mark.parametrize("pool", ["prefork", "threads", "solo", "gevent"])
def test_a_blocked_main_process_runs_out(valkey: Valkey, tmp_path: Path, pool: str) -> None:
    with beating_worker(valkey.url, pool) as worker:
        unblock = begin(worker, "block", tmp_path)
        goes_stale(worker)
        assert worker.ask().returncode == 1

        unblock()
        wait_until(worker.alive, PATIENCE_S)


@pytest.mark.parametrize(("kind", "pool"), [(Valkey, "prefork"), (Valkey, "gevent"), (RabbitMQ, "prefork")])
def test_a_dead_broker_is_no_fault_of_the_worker(kind: type[Valkey | RabbitMQ], pool: str) -> None:
    with started(kind) as broker, beating_worker(broker.url, pool) as worker:
        broker.kill()
        wait_until(lambda: "Cannot connect to" in worker.last_words(), PATIENCE_S, worker.last_words)
        assert stays_alive(worker, 3 * VALID_S), worker.last_words()

        broker.restart()
        wait_until(worker.ping, 2 * PATIENCE_S, worker.last_words)
        assert stays_alive(worker), worker.last_words()


@pytest.mark.parametrize("pool", ["prefork", "gevent"])
def test_nor_is_a_broker_that_hangs(own_valkey: Valkey, pool: str) -> None:
    with beating_worker(own_valkey.url, pool) as worker:
        own_valkey.stop_in_its_tracks()
        # By then it looks for messages to restore, which blocks it.
        assert stays_alive(worker, 10 + 2 * VALID_S), worker.last_words()
        own_valkey.resume()
        wait_until(lambda: worker.ping(2.0), PATIENCE_S, worker.last_words)
        assert stays_alive(worker), worker.last_words()


def test_a_worker_that_ends_after_its_last_task_is_alive_till_then(valkey: Valkey, tmp_path: Path) -> None:
    with beating_worker(valkey.url) as worker:
        end = begin(worker, "rest", tmp_path)
        worker.family()[0].send_signal(signal.SIGTERM)
        assert stays_alive(worker), worker.last_words()
        end()
        wait_until(lambda: worker.names() == [], PATIENCE_S, worker.last_words)


def test_a_folder_that_cannot_be_used_is_told_once_and_stops_no_worker(valkey: Valkey) -> None:
    worker = BeatingWorker(valkey.url)
    try:
        worker.runtime_dir.mkdir(0o755)
        worker.launch()
        time.sleep(1.0)
        line = f"no heartbeat of {NAME}: {worker.runtime_dir}: is open to others than its owner"
        assert worker.last_words().count(line) == 1
        assert worker.ping(2.0)
        asked = worker.ask()
        assert asked.returncode == 1
        assert "is open to others" in asked.stderr
    finally:
        worker.end()


def test_children_of_the_pool_never_beat(valkey: Valkey) -> None:
    with beating_worker(valkey.url) as worker:
        parent, *children = worker.family()
        assert len(children) == 2
        parent.suspend()
        goes_stale(worker)  # though the children go on
        parent.resume()
