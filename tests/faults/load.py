"""A bounded load on a site: clients that ask again and again, each at its own pace, and note how long it took."""

from __future__ import annotations

import http.client
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil, inf
from typing import TYPE_CHECKING

from tests.servers.ports import HOST
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROBE = "/readyz"
VIEW = "/bare/"
API = "/status/api/health"

# Four kubelets and proxies, two users, one script: as much as two cores shared with the servers take without a queue.
CLIENTS = (PROBE, PROBE, PROBE, PROBE, VIEW, VIEW, API)
PERIOD_S = 0.1
PATIENCE_S = 10.0
WELL = 8
"""So many good answers in a row, each client."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One request and what came of it. Times are seconds of the monotonic clock; code 0 is no answer at all."""

    path: str
    begun: float
    took_s: float
    code: int
    body: str

    def __str__(self) -> str:
        return f"{self.path} {self.code} after {self.took_s * 1000:.0f} ms: {self.body!r:.200}"


class Load:
    """What the clients have been told so far."""

    def __init__(self, port: int, clients: Sequence[str]) -> None:
        self.clients = tuple(clients)
        self._port = port
        self._answers: list[list[Answer]] = [[] for _ in clients]
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask_on, args=(path, number), name=f"tests-client-{number}", daemon=True)
            for number, path in enumerate(clients)
        ]

    def more(self, count: int) -> None:
        """Go on until every client has had this many answers more; a client has about ten a second."""
        wanted = [len(each) + count for each in self._answers]
        wait_until(
            lambda: all(len(each) >= enough for each, enough in zip(self._answers, wanted, strict=True)),
            timeout_s=count * PERIOD_S + 2 * PATIENCE_S,
            message="a client has no answers",
        )

    def become_well(self, timeout_s: float = 40.0) -> None:
        """Go on until all are told for a while that all is well, and forget what was before.

        A while, so that no process can have been left out: each has its own first checks, which import what they need.
        """

        def is_well() -> bool:
            latest = [each[-WELL:] for each in self._answers]
            return all(len(each) == WELL and {answer.code for answer in each} == {200} for each in latest)

        wait_until(is_well, timeout_s, message=lambda: str(self.answers(PROBE)[-1]))
        for each in self._answers:
            each.clear()

    def answers(self, path: str, since: float = -inf, until: float = inf) -> list[Answer]:
        """Those to requests that began in this span, in order."""
        found = [a for each in self._answers for a in list(each) if a.path == path and since <= a.begun < until]
        return sorted(found, key=lambda answer: answer.begun)

    def by_client(self, path: str, since: float = -inf, until: float = inf) -> list[list[Answer]]:
        """The same of each client by itself."""
        asking = [list(each) for each, asked in zip(self._answers, self.clients, strict=True) if asked == path]
        return [[answer for answer in each if since <= answer.begun < until] for each in asking]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(2 * PATIENCE_S)

    def _ask_on(self, path: str, number: int) -> None:
        # They begin one after the other, as clients do that know nothing of each other.
        due = time.monotonic() + number * PERIOD_S / len(self._threads)
        while not self._over.wait(max(due - time.monotonic(), 0)):
            self._answers[number].append(ask(self._port, path))
            due = max(due + PERIOD_S, time.monotonic())


def ask(port: int, path: str) -> Answer:
    """One request on a connection of its own."""
    begun = time.monotonic()
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        code, body = response.status, response.read().decode()
    except (OSError, http.client.HTTPException) as error:
        code, body = 0, repr(error)
    finally:
        connection.close()
    return Answer(path, begun, time.monotonic() - begun, code, body)


@contextmanager
def load_on(port: int, clients: Sequence[str] = CLIENTS) -> Iterator[Load]:
    """The clients ask the site at `port` while the block runs."""
    load = Load(port, clients)
    load.start()
    try:
        yield load
    finally:
        load.stop()


def percentile(answers: Sequence[Answer], share: float) -> float:
    """Seconds that this share of the answers took at most; by nearest rank, so of a few it is the longest."""
    took = sorted(answer.took_s for answer in answers)
    return took[ceil(share * len(took)) - 1]
