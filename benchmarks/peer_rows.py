"""The rows of the table of faults, and how each fault is made: the same for the peers and for ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.process import Server

STORM = "runs of a check under a probe storm"
HUNG_REPORT = "{} hung, one report"
HUNG_PROBE = "{} hung, one readiness probe"
PROBES = 11
OTHERS = f"database hung, {PROBES} probes a second: a bare view"
STAFF = "database hung, staff opens the website"
STRICT = "strict ALLOWED_HOSTS, pod address as Host"
REDIRECT = "SECURE_SSL_REDIRECT"
CACHED = "a cached observation"

GIVE_UP_S = 15.0


@contextmanager
def hanging(server: Server) -> Iterator[None]:
    """Within it the server and all its children are stopped in their tracks."""
    server.stop_in_its_tracks()
    try:
        yield
    finally:
        server.resume()


def to_a_pod() -> dict[str, str]:
    """Headers as a kubelet sends them, to an address that the site does not know as its own."""
    return {"Host": "10.1.2.3:8000"}


def redirecting() -> dict[str, str]:
    """Variables of a site that redirects to HTTPS: a kubelet takes that for an answer and does not follow it."""
    return {"BENCHMARK_SSL_REDIRECT": "1"}
