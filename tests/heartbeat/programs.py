"""Celery's worker and beat with a heartbeat, in processes of their own."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from celery import Celery
from kombu import Connection

from status.runtime import heartbeat
from tests.command.running import PATHS, Done, run
from tests.servers.celery_worker import CeleryWorker
from tests.servers.process import Program, running

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "mail@web-1"
POOLS = ("prefork", "threads", "solo", "gevent")

SHUTDOWN_S = 60.0
"""How long an orderly end may take: billiard's pool waits for up to 30 s until results are taken that nobody takes any
more, where a task ends at the very moment of the shutdown."""


class Beating(Program):
    """A program that writes heartbeats, into a folder below its directory."""

    kind: ClassVar[str]
    broker_url: str

    @property
    def runtime_dir(self) -> Path:
        return self.directory / "runtime"

    def environment(self) -> dict[str, str]:
        return {
            "BROKER_URL": self.broker_url,
            "PYTHONPATH": PATHS,
            "DJANGO_SETTINGS_MODULE": "tests.heartbeat.site",
            "TESTS_RUNTIME_DIR": str(self.runtime_dir),
        }

    def names(self) -> list[str]:
        """Whose heartbeats there are, be it that they have run out."""
        return list(self._read())

    def alive(self) -> bool:
        """Whether there are heartbeats, and none has run out."""
        moments = self._read().values()
        return bool(moments) and min(moments) > time.time()

    def ask(self, *arguments: str) -> Done:
        """`python -m status.ask` for this kind."""
        return run(self.directory, "-m", "status.ask", self.kind, "--dir", str(self.runtime_dir), *arguments)

    def shut_down_in_order(self) -> None:
        """Ask it to end, and wait until it has."""
        self._running().send_signal(self.polite_signal)
        self._running().wait(SHUTDOWN_S)

    def _read(self) -> dict[str, float]:
        return heartbeat.read(self.runtime_dir, self.kind) if self.runtime_dir.exists() else {}


class BeatingWorker(Beating, CeleryWorker):
    """A worker of the application in `app`, with this pool."""

    kind = "worker"

    def __init__(self, broker_url: str, pool: str = "prefork", *arguments: str) -> None:
        super().__init__(broker_url, NAME)
        self._pool = pool
        self._arguments = arguments

    def command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "celery", "-A", "tests.heartbeat.app", "worker", "-n", self.name),
            *(f"--pool={self._pool}", "--concurrency=2", "--without-gossip", "--without-mingle", "--loglevel=INFO"),
            *self._arguments,
        ]

    def send(self, task: str, *arguments: str) -> None:
        """Send a task to the worker."""
        # Through a connection of its own: pools are kombu's, and would stay.
        with Connection(self.broker_url) as connection, Celery(set_as_current=False) as app:
            app.send_task(task, arguments, connection=connection, ignore_result=True)


class BeatingBeat(Beating):
    """Beat of the application in `app`."""

    label = "beat"
    kind = "beat"
    ends_politely = True

    def __init__(self, broker_url: str) -> None:
        super().__init__()
        self.broker_url = broker_url

    def command(self) -> list[str]:
        return [sys.executable, "-m", "celery", "-A", "tests.heartbeat.app", "beat", "--loglevel=INFO"]

    def is_ready(self) -> bool:
        return self.alive()


@contextmanager
def beating_worker(broker_url: str, pool: str = "prefork", *arguments: str) -> Iterator[BeatingWorker]:
    """Start a worker, and end it after the block."""
    with running(BeatingWorker(broker_url, pool, *arguments)) as worker:
        yield worker


@contextmanager
def beating_beat(broker_url: str) -> Iterator[BeatingBeat]:
    """Start beat, wait for its first heartbeat, and end it after the block."""
    with running(BeatingBeat(broker_url)) as beat:
        yield beat
