"""Counting what a site's processes hold: threads, and connections to a dependency."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.web import WebServer

if TYPE_CHECKING:
    from collections.abc import Iterator

PERIOD_S = 0.05
_CLIENT_HAS_IT = {"01", "02"}  # established, SYN sent (include/net/tcp_states.h)


class Census:
    """The most that was seen at once so far."""

    def __init__(self, server: WebServer, port: int | None) -> None:
        self.threads = 0
        """Of the process that had the most."""
        self.connections = 0
        """To the port, of all processes on this host together."""
        self._pids = [process.pid for process in server.workers()]
        self._port = port
        self._over = threading.Event()

    def forget(self) -> None:
        """Begin anew."""
        self.threads = self.connections = 0

    def go_on(self) -> None:
        """Count again and again until it is over."""
        while not self._over.wait(PERIOD_S):
            self.threads = max(self.threads, *map(threads_of, self._pids))
            if self._port is not None:
                self.connections = max(self.connections, connections_to(self._port))

    def end(self) -> None:
        self._over.set()


@contextmanager
def census_of(server: WebServer, port: int | None = None) -> Iterator[Census]:
    """Counted while the block runs: threads, and connections to this port of 127.0.0.1."""
    census = Census(server, port)
    thread = threading.Thread(target=census.go_on, name="tests-census", daemon=True)
    thread.start()
    try:
        yield census
    finally:
        census.end()
        thread.join(5)


def threads_of(pid: int) -> int:
    """The threads of a process; 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return int(status.partition("Threads:")[2].split()[0])


def connections_to(port: int) -> int:
    """How many connections to this port clients have open, or try to."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[2].endswith(f":{port:04X}") and row[3] in _CLIENT_HAS_IT for row in rows)
