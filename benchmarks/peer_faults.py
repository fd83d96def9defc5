"""What happens when a backend hangs or a site is strict, here and at the peers: figures, the peers' beside each."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeAlias

import engine
import load
from backends import Backends
from figures import Figure
from web_site import KINDS, Answer, WebSite, serving

from tests.servers.process import Server

GTHREAD = KINDS["gthread"]
PEERS = {"health-check": "/ht/", "watchman": "/watchman/", "alive": "/-/health/"}
OURS = {"middleware": "middleware", "wrapper": "wrapper"}
# The defaults of ours, which the measured site leaves as they are.
TTL_S, DEADLINE_S, PROBE_DEADLINE_S = 1.0, 2.0, 0.8
GIVE_UP_S = 15.0
PROBES = 11
CLIENTS = 4
BARE = "/bare/"
CALM_S = 3.0
LATER_S = 3.0
"""What was seen before a hang is told for a ttl, then a probe waits for its timeout: after that all is as usual."""
POD = {"Host": "10.1.2.3:8000"}

Asked: TypeAlias = tuple[float, Answer]
"""The second that it was asked for in, and the answer."""


def measure(backends: Backends, python: Path, quick: bool) -> Iterator[Figure]:
    yield from storm(backends, python, quick)
    for what, server in backends.hangable.items():
        yield from hung_report(what, server, backends, python, cycles=2 if quick else 6)
    yield from others_wait(backends, python, quick)
    yield from strict(backends, python)
    yield cached()


def storm(backends: Backends, python: Path, quick: bool) -> Iterator[Figure]:
    """A run of our check of the database opens one connection, so its runs are what PostgreSQL counts as sessions."""
    seconds = 3 if quick else 10
    theirs = []
    with serving(GTHREAD, "peers", backends, python) as site:
        for name, path in PEERS.items():
            before = backends.count()
            asked = load.put(site.url, [path], 2).asked
            site.rest()
            done = backends.count() - before
            theirs.append(f"{name} {done.sessions / asked:.1f} and {done.transactions / asked:.1f} a probe")
    with serving(GTHREAD, "middleware", backends, python) as site:
        before = backends.count()
        put = load.put(site.url, ["/readyz"], seconds, connections=32)
        done = backends.count() - before
    if set(put.codes) != {200}:
        raise RuntimeError(f"not ready in a storm: {put.codes}")
    most = put.seconds / TTL_S + 1  # one at the very start
    beside = f"{put.requests:,} probes in {put.seconds:.0f} s: {done.sessions} connections, {done.sets} SETs"
    runs = max(done.sessions, done.sets) / GTHREAD.processes / most
    yield Figure("runs of a check per ttl and process under a probe storm", runs, 1, beside=beside)
    beside = f"runs and transactions of the peers: {', '.join(theirs)}"
    yield Figure("transactions a run of the check of the database", done.transactions / done.sessions, 3, beside=beside)


def hung_report(what: str, server: Server, backends: Backends, python: Path, cycles: int) -> Iterator[Figure]:
    """Reports asked for one by one from the moment of the hang on, in several hangs."""
    with serving(GTHREAD, "peers", backends, python) as site:
        theirs = _in_a_hang_of_peers(site, server)
    doors = {"report of the API": ("/status/api/health", DEADLINE_S), "readiness probe": ("/readyz", PROBE_DEADLINE_S)}
    with serving(GTHREAD, "middleware", backends, python) as site:
        for door, (path, deadline_s) in doors.items():
            answers = list(chain.from_iterable(_in_a_hang(site, server, path) for _ in range(cycles)))
            beside = f"{len(answers)} asked for in {cycles} hangs; {theirs}"
            yield from _judged(f"{what} hung, a {door}", answers, deadline_s, beside)


def _judged(what: str, answers: Sequence[Answer], deadline_s: float, beside: str) -> Iterator[Figure]:
    yield Figure(f"{what}: p99", _p99_s(answers), deadline_s + 0.1, "s", beside)
    yield Figure(f"{what}: the longest", max(answer.seconds for answer in answers), deadline_s + 0.5, "s")
    others = [answer.code for answer in answers if answer.code != 503]
    yield Figure(f"{what}: answered by other than 503", len(others), 0, beside=" ".join(map(str, others)))


def _p99_s(answers: Sequence[Answer]) -> float:
    taken = sorted(answer.seconds for answer in answers)
    return taken[math.ceil(len(taken) * 0.99) - 1]


@contextmanager
def _hanging(server: Server) -> Iterator[None]:
    server.stop_in_its_tracks()
    try:
        yield
    finally:
        server.resume()


def _in_a_hang(site: WebSite, server: Server, path: str) -> list[Answer]:
    site.wait_until_well(path)
    time.sleep(TTL_S + 0.2)  # until what was seen while all was well is too old to be told
    with _hanging(server):
        return [site.ask(path, GIVE_UP_S) for _ in range(20)]


def _in_a_hang_of_peers(site: WebSite, server: Server) -> str:
    """At the same time, each by a thread of the server's own."""
    for path in PEERS.values():
        site.wait_until_well(path)
    with _hanging(server), ThreadPoolExecutor(len(PEERS)) as pool:
        answers = list(pool.map(lambda path: site.ask(path, GIVE_UP_S), PEERS.values()))
    return ", ".join(f"{name}: {_told(answer)}" for name, answer in zip(PEERS, answers, strict=True))


def _told(answer: Answer) -> str:
    return f"{answer.code} in {answer.seconds:.1f} s" if answer.code else f"no answer in {GIVE_UP_S:g} s"


def others_wait(backends: Backends, python: Path, quick: bool) -> Iterator[Figure]:
    """How long a bare view waits while the database hangs and a probe a second comes from each of so many."""
    theirs = []
    for name, path in PEERS.items():
        with serving(GTHREAD, "peers", backends, python) as site:
            seen = _bare_views(site, backends.postgres, path, GIVE_UP_S + 1)
        theirs.append(f"{name} {_told(seen.longest)}")
    for name, variant in OURS.items():
        with serving(GTHREAD, variant, backends, python) as site:
            seen = _bare_views(site, backends.postgres, "/readyz", 6 if quick else 12)
        what = f"database hung, {PROBES} probes by the {name}: a bare view"
        beside = f"usually {seen.usual_s * 1000:.0f} ms at most; peers: {', '.join(theirs)}"
        yield Figure(f"{what} at most", seen.longest.seconds, PROBE_DEADLINE_S + 0.1, "s", beside)
        yield Figure(f"{what} waits", seen.waits, GTHREAD.processes, beside="times, of one client")
        beside = f"p99 after the first {LATER_S:g} s"
        yield Figure(f"{what} later", seen.later_s, seen.usual_s + 0.1, "s", beside)


@dataclass(frozen=True)
class BareViews:
    """Asked for by some clients one after the other: each with the second it began in, before a hang and during it."""

    before: Sequence[Sequence[Asked]]
    during: Sequence[Sequence[Asked]]

    @property
    def usual_s(self) -> float:
        """The longest that one took while all was well, and as many probes came."""
        return max(answer.seconds for _, answer in chain.from_iterable(self.before))

    @property
    def longest(self) -> Answer:
        return max((answer for _, answer in chain.from_iterable(self.during)), key=lambda answer: answer.seconds)

    @property
    def later_s(self) -> float:
        """The 99th percentile of those that began when every process had met the hang."""
        return _p99_s([answer for at, answer in chain.from_iterable(self.during) if at > LATER_S])

    @property
    def waits(self) -> int:
        """How often the unluckiest client waited for a good part of a probe's timeout."""
        return max(
            sum(answer.seconds > self.usual_s + PROBE_DEADLINE_S / 4 for _, answer in client) for client in self.during
        )


def _bare_views(site: WebSite, server: Server, probe: str, seconds: float) -> BareViews:
    site.wait_until_well(probe)
    over = threading.Event()

    def keep_probing() -> None:
        while not over.is_set():
            started = time.monotonic()
            site.ask(probe, GIVE_UP_S)
            over.wait(max(1.0 - (time.monotonic() - started), 0.0))

    with ThreadPoolExecutor(PROBES + CLIENTS) as pool:
        try:
            probing = [pool.submit(keep_probing) for _ in range(PROBES)]
            before = list(pool.map(_ask_for, [site] * CLIENTS, [CALM_S] * CLIENTS))
            with _hanging(server):
                during = list(pool.map(_ask_for, [site] * CLIENTS, [seconds] * CLIENTS))
        finally:
            over.set()
    for each in probing:
        each.result()
    return BareViews(before, during)


def _ask_for(site: WebSite, seconds: float) -> list[Asked]:
    started = time.monotonic()
    answers = []
    while (at := time.monotonic() - started) < seconds:
        answers.append((at, site.ask(BARE, GIVE_UP_S)))
        time.sleep(0.02)
    return answers


def strict(backends: Backends, python: Path) -> Iterator[Figure]:
    """A pod's address as Host, and a redirect to HTTPS, which a kubelet takes for an answer and does not follow."""
    questions: Mapping[str, Callable[[WebSite, str], Answer]] = {
        "strict ALLOWED_HOSTS, a pod's address as Host": lambda site, path: site.ask(path, headers=POD),
        "SECURE_SSL_REDIRECT": lambda site, path: site.ask(path),
    }
    redirect = {"BENCHMARK_SSL_REDIRECT": "1"}
    for (what, question), variables in zip(questions.items(), ({}, redirect), strict=True):
        with serving(GTHREAD, "peers", backends, python, **variables) as site:
            codes = {name: question(site, path).code for name, path in PEERS.items()}
        with serving(GTHREAD, "peers", backends, python, BENCHMARK_ALIVE_MIDDLEWARE="1", **variables) as site:
            codes["alive with its middleware"] = question(site, PEERS["alive"]).code
        beside = ", ".join(f"{name} {code}" for name, code in codes.items())
        for name, variant in OURS.items():
            with serving(GTHREAD, variant, backends, python, **variables) as site:
                code = question(site, "/readyz").code
            yield Figure(f"{what}: readiness by the {name}", code, 200, beside=beside)


def cached() -> Figure:
    """The dearest of all shapes of reports that the engine's own benchmark has."""
    figures = list(chain(engine.cached_observations(), engine.cached_reports()))
    return max(figures, key=lambda figure: figure.measured)
