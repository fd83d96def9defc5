"""What a hanging check adds to the time that a server takes to exit. `python benchmarks/shutdown.py`.

Real gunicorn and uvicorn on loopback, as they come. Each is asked once, so that the check hangs, and then terminated
while no request is in flight.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from statistics import median

from children import HERE, PYTHON, environment
from figures import Figure, report
from hanging import HANGS, NONE

SERVERS: dict[str, Sequence[str]] = {
    "gunicorn sync": ("gunicorn", "django.core.wsgi:get_wsgi_application()", "--bind", "127.0.0.1:{port}"),
    "gunicorn gthread": (
        *("gunicorn", "django.core.wsgi:get_wsgi_application()", "--bind", "127.0.0.1:{port}"),
        *("--worker-class", "gthread", "--threads", "4"),
    ),
    "uvicorn": ("uvicorn", "--factory", "django.core.asgi:get_asgi_application", "--port", "{port}"),
}
LIMIT_S = 0.2
REPETITIONS = 3
START_S = 30.0
# More than the servers' own graceful timeouts, which are 30 s: one that is killed by its own arbiter is to be seen.
EXIT_S = 60.0
# From the answer to SIGTERM. Always the same, since the workers poll for signals at intervals from their last request.
SETTLE_S = 0.3


def measure() -> Iterator[Figure]:
    for server in SERVERS:
        times: dict[str, list[float]] = {hang: [] for hang in (NONE, *HANGS)}
        with tempfile.TemporaryDirectory() as home:
            for _ in range(REPETITIONS):  # in turns, so that a busy moment of the machine hits all alike
                for hang, taken in times.items():
                    taken.append(_exit_s(server, hang, home))
        floor = median(times[NONE])
        for hang in HANGS:
            taken_s = median(times[hang])
            beside = f"{taken_s:.3f} s, without {floor:.3f} s"
            yield Figure(f"exit of {server}, a check in {hang}", taken_s - floor, LIMIT_S, "s", beside)


def _exit_s(server: str, hang: str, home: str) -> float:
    """Seconds from SIGTERM to the exit of a server that was asked once."""
    port = _free_port()
    command = [PYTHON, "-m", *(part.format(port=port) for part in SERVERS[server])]
    # A home of its own: gunicorn puts its control socket there.
    variables = environment(HERE, DJANGO_SETTINGS_MODULE="hanging", BENCHMARK_HANG=hang, HOME=home)
    process = subprocess.Popen(
        command, cwd=home, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        passes = _ask(port, process)
        if passes is not (hang == NONE):
            raise RuntimeError(f"{server}: the check in {hang} was found {'passing' if passes else 'failing'}")
        time.sleep(SETTLE_S)
        started = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        # Not by `wait` with a timeout, which looks every 50 ms alone.
        while process.poll() is None and time.perf_counter() - started < EXIT_S:
            time.sleep(0.002)
        return time.perf_counter() - started
    finally:
        with suppress(ProcessLookupError):  # its own session: the server, and workers that it left
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _ask(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Whether the API finds the check passing; waits for the server to start."""
    until = time.monotonic() + START_S
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/api/health")
            return bool(json.load(connection.getresponse())["check"])
        except ConnectionError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the server did not start: {process.args!r}") from None
            time.sleep(0.05)
        finally:
            connection.close()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(report(measure()))
