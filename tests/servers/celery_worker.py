"""A real Celery worker in a process of its own."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kombu import Connection
from kombu.pidbox import Mailbox

from tests.servers.process import Program, running

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[2]


class CeleryWorker(Program):
    """A worker called `name` of the application in `celery_app`, on the broker at `broker_url`."""

    label = "celery"
    ends_politely = True
    # On RabbitMQ an idle worker takes ten seconds to notice; there is nothing to lose.
    polite_for_s = 1.5

    def __init__(self, broker_url: str, name: str = "worker@tests") -> None:
        super().__init__()
        self.broker_url = broker_url
        self.name = name

    @classmethod
    @contextmanager
    def start(cls, broker_url: str, name: str = "worker@tests") -> Iterator[CeleryWorker]:
        """Start a worker, wait until it answers a broadcast, and end it after the block."""
        with running(cls(broker_url, name)) as worker:
            yield worker

    def ping(self, timeout_s: float = 0.3) -> bool:
        """Whether the worker answers a broadcast."""
        # A connection of its own, closed at once: pools are kombu's, so one's own would stay, and be everybody's. The
        # question goes through the pool even when a connection is given, so a mailbox without one is asked.
        with Connection(self.broker_url) as connection:
            mailbox = Mailbox("celery", type="fanout", connection=connection, accept=["json"], serializer="json")
            return bool(mailbox._broadcast("ping", {}, [self.name], reply=True, timeout=timeout_s, limit=1))

    def is_ready(self) -> bool:
        # It says "ready." a moment before it listens to broadcasts; asked before that, the broker fills with questions.
        return f"{self.name} ready." in self.last_words() and self.ping(0.5)

    def command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "celery", "-A", "tests.servers.celery_app", "worker", "-n", self.name),
            *("--pool=solo", "--concurrency=1", "--without-gossip", "--without-mingle", "--without-heartbeat"),
            "--loglevel=INFO",
        ]

    def environment(self) -> dict[str, str]:
        return {"BROKER_URL": self.broker_url, "PYTHONPATH": str(_ROOT)}
