"""A steady load, and what became of each request."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.servers.ports import HOST
from tests.waiting import wait_until

CLIENTS = 4
EVERY_S = 0.05
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer and its code; for none, code 0 and why."""

    code: int
    text: str


def get(port: int, path: str, method: str = "GET") -> Reply:
    """Ask on a connection of its own, as a new client does."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE_S)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return Reply(response.status, response.read().decode(errors="replace"))
    except (OSError, http.client.HTTPException) as error:
        return Reply(0, f"{type(error).__name__}: {error}")
    finally:
        connection.close()


@dataclass(slots=True)
class Load:
    """What was answered so far, oldest first."""

    replies: list[Reply] = field(default_factory=list)

    @property
    def failed(self) -> list[Reply]:
        return [reply for reply in self.replies if reply.code != 200]

    def goes_on(self, requests: int = 40) -> list[Reply]:
        """The next so many replies."""
        begun = len(self.replies)
        wait_until(lambda: len(self.replies) >= begun + requests, timeout_s=60, message="no more answers")
        return self.replies[begun : begun + requests]


@contextmanager
def steady(port: int, path: str, method: str = "GET") -> Iterator[Load]:
    """Within the block some clients ask for `path`, each every 50 ms; at its end all their requests are over."""
    load = Load()
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            asked = time.monotonic()
            load.replies.append(get(port, path, method))
            over.wait(max(0.0, asked + EVERY_S - time.monotonic()))

    clients = [threading.Thread(target=ask, daemon=True) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield load
    finally:
        over.set()
        for client in clients:
            client.join(PATIENCE_S + 5)
