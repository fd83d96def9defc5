"""What `python -m status.ask` takes, beside a Python that does nothing. `python benchmarks/asking.py`.

A kubelet starts it at every probe of every container: it must cost next to nothing.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from statistics import median

from children import PYTHON, environment
from figures import Figure, report

from status.runtime import heartbeat

LIMIT_MS = 80
REPETITIONS = 30
NOTHING = ("-c", "pass")


class _Probe(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        # At once: a second piece would wait for the acknowledgement of the first, for up to 40 ms.
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def log_message(self, format: str, *arguments: object) -> None:
        """Silence."""


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name, _served() as url:
        site = Path(name, "django-status-0123456789abcdef")
        heartbeat.beat(site, "worker", "celery@web-1", 3600)
        questions = {"URL": ("-m", "status.ask", url), "worker": ("-m", "status.ask", "worker")}
        taken: dict[str, list[float]] = {what: [] for what in ("nothing", *questions)}
        for _ in range(REPETITIONS + 1):  # in turns, so that a busy moment of the machine hits all alike
            for what, command in {"nothing": NOTHING, **questions}.items():
                taken[what].append(_seconds(command, name))
    # The first of each compiles.
    floor_ms, *wall_ms = (median(seconds[1:]) * 1000 for seconds in taken.values())
    for what, ms in zip(questions, wall_ms, strict=True):
        beside = f"{ms - floor_ms:.0f} ms more than `python -c pass`, {ms / floor_ms:.1f} times as long"
        yield Figure(f"`python -m status.ask {what}`", ms, LIMIT_MS, "ms", beside)


def _seconds(command: Sequence[str], temporary: str) -> float:
    started = time.perf_counter()
    subprocess.run(
        [PYTHON, *command], env=environment(TMPDIR=temporary), check=True, stdout=subprocess.DEVNULL, timeout=60
    )
    return time.perf_counter() - started


@contextmanager
def _served() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Probe)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/readyz"
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    sys.exit(report(measure()))
