"""What happens when a backend hangs or a site is strict: ours, under each kind of server, the peers' beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from time import sleep

import engine
import load
import peer_theirs
from backends import Backends
from bare_views import LATER_S, bare_views, p99_s
from figures import Figure, grid, report
from peer_rows import (
    CACHED,
    GIVE_UP_S,
    HUNG_PROBE,
    HUNG_REPORT,
    OTHERS,
    REDIRECT,
    STAFF,
    STORM,
    STRICT,
    hanging,
    redirecting,
    to_a_pod,
)
from staff import Staff
from web_site import KINDS, Answer, Kind, WebSite, serving

from tests.servers.process import Server
from tests.waiting import wait_until

OURS = ("middleware", "wrapper")
# The defaults of ours, which the measured site leaves as they are.
TTL_S, DEADLINE_S, PROBE_DEADLINE_S = 1.0, 2.0, 0.8
SLACK_S, NEVER_OVER_S = 0.1, 0.5
ASKED = 40
"""Answers one by one from the moment of a hang on: three hangs have more than a hundred, of which one may be late."""
WIDTHS = (28, 36, 31, 31, 31)


@dataclass(frozen=True)
class Pace:
    """How many hangs, and the seconds that a storm and the bare views in a hang are measured."""

    hangs: int
    storm_s: int
    others_s: float


FULL = Pace(hangs=3, storm_s=5, others_s=8)
QUICK = Pace(hangs=1, storm_s=3, others_s=6)


@dataclass(frozen=True)
class Seen:
    """A figure of ours: the row of the table it belongs to, and what it is called there."""

    row: str
    name: str
    figure: Figure

    @property
    def cell(self) -> str:
        return f"{self.name}: {self.figure.cell}"


def run(servers: Sequence[str], backends: Backends, python: Path, quick: bool) -> bool:
    """Print each figure as it is measured, and then the table; returns whether a limit was missed."""
    theirs = peer_theirs.measure(backends, python)
    seen: dict[str, list[Seen]] = {server: [] for server in servers}
    missed = False
    for server in servers:
        print(f"\n{KINDS[server].name}", flush=True)
        measured = _measure(KINDS[server], backends, python, QUICK if quick else FULL)
        missed |= bool(report(_noted(measured, seen[server])))
    print("\nwithout a server", flush=True)
    alone = cached()
    missed |= bool(report([alone.figure]))
    for each in seen.values():
        each.append(alone)
    print(f"\n{table(theirs, seen)}\n", flush=True)
    return missed


def _noted(measured: Iterator[Seen], seen: list[Seen]) -> Iterator[Figure]:
    for each in measured:
        seen.append(each)
        yield each.figure


def table(theirs: Mapping[str, str], seen: Mapping[str, Sequence[Seen]]) -> str:
    """A row a fault, and beside the peers a column a kind of server."""
    heads = ["", f"peers, {peer_theirs.KIND.name}", *(KINDS[server].name for server in seen)]
    rows = dict.fromkeys(each.row for each in chain.from_iterable(seen.values()))
    cells = [
        [
            row,
            theirs.get(row, ""),
            *("\n".join(each.cell for each in ours if each.row == row) for ours in seen.values()),
        ]
        for row in rows
    ]
    return grid([heads, *cells], WIDTHS[: len(heads)])


def _measure(kind: Kind, backends: Backends, python: Path, pace: Pace) -> Iterator[Seen]:
    yield from storm(kind, backends, python, pace)
    for what, server in backends.hangable.items():
        yield from hung(kind, what, server, backends, python, pace)
    yield from others_wait(kind, backends, python, pace)
    yield from staff_is_shown(kind, backends, python, pace)
    yield from strict(kind, backends, python)


def storm(kind: Kind, backends: Backends, python: Path, pace: Pace) -> Iterator[Seen]:
    """A run of our check of the database opens one connection, so its runs are what PostgreSQL counts as sessions."""
    with serving(kind, "middleware", backends, python) as site:
        site.wait_until_well("/readyz")
        before = backends.count()
        put = load.put(site.url, ["/readyz"], pace.storm_s, connections=32)
        done = backends.count() - before
    if set(put.codes) != {200}:
        raise RuntimeError(f"not ready in a storm: {put.codes}")
    most = put.seconds / TTL_S + 1  # one at the very start
    beside = f"{put.requests:,} probes in {put.seconds:.0f} s: {done.sessions} connections, {done.sets} SETs"
    runs = max(done.sessions, done.sets) / kind.processes / most
    figure = Figure("runs of a check per ttl and process under a probe storm", runs, 1, beside=beside)
    yield Seen(STORM, "per ttl and process", figure)
    figure = Figure("transactions a run of the check of the database", done.transactions / done.sessions, 3)
    yield Seen(STORM, "transactions a run", figure)


def hung(kind: Kind, what: str, server: Server, backends: Backends, python: Path, pace: Pace) -> Iterator[Seen]:
    """Reports and probes asked for one by one from the moment of the hang on, in several hangs."""
    doors = {HUNG_REPORT: ("/status/api/health", DEADLINE_S), HUNG_PROBE: ("/readyz", PROBE_DEADLINE_S)}
    with serving(kind, "middleware", backends, python) as site:
        for row, (path, deadline_s) in doors.items():
            answers = list(chain.from_iterable(_in_a_hang(site, server, path) for _ in range(pace.hangs)))
            yield from _judged(row.format(what), answers, deadline_s, f"{len(answers)} in {pace.hangs} hangs")


def _judged(row: str, answers: Sequence[Answer], deadline_s: float, beside: str) -> Iterator[Seen]:
    yield Seen(row, "p99", Figure(f"{row}: p99", p99_s(answers), deadline_s + SLACK_S, "s", beside))
    longest_s = max(answer.seconds for answer in answers)
    yield Seen(row, "longest", Figure(f"{row}: the longest", longest_s, deadline_s + NEVER_OVER_S, "s"))
    others = [answer.code for answer in answers if answer.code != 503]
    figure = Figure(f"{row}: answered by other than 503", len(others), 0, beside=" ".join(map(str, others)))
    yield Seen(row, "other than 503", figure)


def _in_a_hang(site: WebSite, server: Server, path: str) -> list[Answer]:
    site.wait_until_well(path)
    sleep(TTL_S + 0.2)  # until what was seen while all was well is too old to be told
    with hanging(server):
        return [site.ask(path, GIVE_UP_S) for _ in range(ASKED)]


def others_wait(kind: Kind, backends: Backends, python: Path, pace: Pace) -> Iterator[Seen]:
    """How long a bare view waits while the database hangs and probes come."""
    for variant in OURS:
        with serving(kind, variant, backends, python) as site:
            seen = bare_views(site, backends.postgres, "/readyz", pace.others_s)
        what = f"{OTHERS}, probes by the {variant}"
        beside = f"usually {seen.usual_s * 1000:.0f} ms at most"
        longest_s = seen.longest.seconds
        yield Seen(OTHERS, f"{variant}, longest", Figure(what, longest_s, PROBE_DEADLINE_S + SLACK_S, "s", beside))
        figure = Figure(f"{what}: waits", seen.waits, kind.processes, beside="times, of one client")
        yield Seen(OTHERS, f"{variant}, waits", figure)
        beside = f"p99 after the first {LATER_S:g} s"
        yield Seen(
            OTHERS, f"{variant}, later", Figure(f"{what}: later", seen.later_s, seen.usual_s + SLACK_S, "s", beside)
        )


def staff_is_shown(kind: Kind, backends: Backends, python: Path, pace: Pace) -> Iterator[Seen]:
    """The database that hangs has their sessions in it."""
    pages = []
    with serving(kind, "middleware", backends, python) as site:
        somebody = Staff(site)
        for _ in range(pace.hangs):
            somebody.wait_until_known()
            sleep(TTL_S + 0.2)
            with hanging(backends.postgres):
                pages += [somebody.open() for _ in range(2 * kind.processes)]
    longest_s = max(page.seconds for page in pages)
    beside = f"{len(pages)} pages in {pace.hangs} hangs"
    yield Seen(STAFF, "longest", Figure(f"{STAFF}: the longest", longest_s, DEADLINE_S + SLACK_S, "s", beside))
    unnamed = sum(not somebody.is_told(page, "default") for page in pages)
    yield Seen(STAFF, "database not named", Figure(f"{STAFF}: pages that don't name it", unnamed, 0))


def strict(kind: Kind, backends: Backends, python: Path) -> Iterator[Seen]:
    """A pod's address as Host, and a redirect to HTTPS."""
    for row, variables, headers in ((STRICT, {}, to_a_pod()), (REDIRECT, redirecting(), {})):
        for variant in OURS:
            with serving(kind, variant, backends, python, **variables) as site:
                code = wait_until(partial(_code_when_loaded, site, headers), message=f"{row}: never ready")
            yield Seen(row, variant, Figure(f"{row}: by the {variant}", code, 200))


def _code_when_loaded(site: WebSite, headers: Mapping[str, str]) -> int:
    """0 while the process that is asked still loads: with the wrapper each does so by itself."""
    code = site.ask("/readyz", headers=headers).code
    return 0 if code == 503 else code


def cached() -> Seen:
    """The dearest of all shapes of reports that the engine's own benchmark has; no server has a part in it."""
    figures = chain(engine.cached_observations(), engine.cached_reports())
    return Seen(CACHED, "dearest report", max(figures, key=lambda figure: figure.measured))
