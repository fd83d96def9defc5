"""What a probe costs beside the peers' and beside a bare view: CPU of the workers, rate, and work of the backends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import mean, median

import load
import psutil
from backends import Backends
from web_site import APPLICATIONS, KINDS, Kind, WebSite, serving

CONNECTIONS = 16
SHARE = 0.25
"""gunicorn's workers take connections as it happens: where one got less than this of the work, it is done again."""
ATTEMPTS = 3


@dataclass(frozen=True)
class Row:
    """What is asked for, and by kind of server the most it may cost, as a multiple of a bare view."""

    what: str
    variant: str
    path: str
    limits: Mapping[str, float] = field(default_factory=dict)


BARE = Row("a bare view", "peers", "/bare/")
ROWS = (
    Row("physical limit: a function that returns ok", "limit", "/"),
    Row("the same with a probe's headers", "limit", "/guarded"),
    Row("physical limit: a middleware returning ok", "least", "/least"),
    Row("a bare view behind our middleware", "middleware", "/bare/"),
    Row("a bare view inside our wrapper", "wrapper", "/bare/"),
    Row("liveness by the middleware", "middleware", "/livez", {"sync": 0.75, "gthread": 0.65, "uvicorn": 0.45}),
    Row("readiness by the middleware", "middleware", "/readyz", {"sync": 0.8, "gthread": 0.7, "uvicorn": 0.5}),
    Row("liveness by the wrapper", "wrapper", "/livez", {"sync": 0.6, "gthread": 0.45, "uvicorn": 0.05}),
    Row("readiness by the wrapper", "wrapper", "/readyz", {"sync": 0.65, "gthread": 0.5, "uvicorn": 0.1}),
    Row("API health", "middleware", "/status/api/health", {"sync": 1.3, "gthread": 1.3, "uvicorn": 1.3}),
    Row("django-watchman: ping", "peers", "/watchman/ping/"),
    Row("django-alive: alive", "peers", "/-/alive/"),
    Row("django-health-check: database, cache", "peers", "/ht/"),
    Row("django-watchman: database, cache", "peers", "/watchman/"),
    Row("django-alive: database, cache", "peers", "/-/health/"),
)


@dataclass(frozen=True)
class Pace:
    """How long each row is measured: the bare view before, between and after so many `rounds` of it."""

    rounds: int
    row_s: int
    bare_s: int
    warm_s: int


FULL = Pace(rounds=3, row_s=2, bare_s=1, warm_s=1)
QUICK = Pace(rounds=1, row_s=1, bare_s=1, warm_s=1)


@dataclass(frozen=True)
class Cost:
    """A measured row: `multiples` of a bare view by round, the bare view's own cost, and what a request asks for."""

    row: Row
    server: str
    multiples: Sequence[float]
    bare_us: float
    rate: float
    p99_s: float
    transactions: float
    commands: float

    @property
    def multiple(self) -> float:
        return median(self.multiples)

    @property
    def limit(self) -> float | None:
        return self.row.limits.get(self.server)

    @property
    def held(self) -> bool:
        return self.limit is None or self.multiple <= self.limit

    @property
    def cell(self) -> str:
        if self.limit is None:
            return f"{self.multiple:.2f}"
        return f"{self.multiple:.2f} <= {self.limit:g} {'holds' if self.held else 'MISSED'}"


_DETAIL = "{:<23}  {:<43}  {:>6}  {:>11}  {:>8}  {:>8}  {:>8}  {:>12}  {:>8}"
_CELL_WIDTH = 23


def measure(servers: Sequence[str], backends: Backends, python: Path, pace: Pace) -> Iterator[Cost]:
    """Every row with every kind of server; printed as they are measured."""
    columns = ("server", "row", "x bare", "of rounds", "bare us", "req/s", "p99 ms", "transactions", "commands")
    print(_DETAIL.format(*columns), flush=True)
    for server in servers:
        with ExitStack() as stack:
            sites = {
                variant: stack.enter_context(serving(KINDS[server], variant, backends, python))
                for variant in APPLICATIONS
            }
            for row in ROWS:
                cost = _measure(server, row, sites, backends, pace)
                print(_detail(cost), flush=True)
                yield cost


def _measure(server: str, row: Row, sites: Mapping[str, WebSite], backends: Backends, pace: Pace) -> Cost:
    site, bare_site = sites[row.variant], sites[BARE.variant]
    answer = site.ask(row.path)
    if answer.code != 200:
        raise RuntimeError(f"{row.what} on {server}: {answer.code} {answer.content[:500]!r}\n{site.last_words()}")
    for each, path in ((site, row.path), (bare_site, BARE.path)):
        load.put(each.url, [path], pace.warm_s, CONNECTIONS)
        each.rest()
    counted = backends.count()
    bare = [_slice(bare_site, BARE.path, pace.bare_s)]
    own = []
    for _ in range(pace.rounds):
        own.append(_slice(site, row.path, pace.row_s))
        bare.append(_slice(bare_site, BARE.path, pace.bare_s))
    done = backends.count() - counted
    # Each beside the bare view just before and just after it: what else the machine does hits them about alike.
    multiples = [
        each.cost_us / mean([before.cost_us, after.cost_us])
        for each, (before, after) in zip(own, pairwise(bare), strict=True)
    ]
    asked = sum(each.asked for each in own)
    return Cost(
        row=row,
        server=server,
        multiples=multiples,
        bare_us=median(each.cost_us for each in bare),
        rate=median(each.put.rate for each in own),
        p99_s=median(each.put.p99_s for each in own),
        transactions=done.transactions / asked,
        commands=done.commands / asked,
    )


@dataclass(frozen=True)
class Slice:
    """Microseconds of CPU a request, of all processes of the server, and how many were `asked` for until it counted."""

    cost_us: float
    put: load.Load
    asked: int


def _slice(site: WebSite, path: str, seconds: int) -> Slice:
    asked = 0
    for _ in range(ATTEMPTS):
        workers = {process.pid: _used_s(process) for process in site.workers()}
        before = site.cpu_s()
        put = load.put(site.url, [path], seconds, CONNECTIONS)
        site.rest()
        used_s = site.cpu_s() - before
        if put.broken or set(put.codes) != {200}:
            raise RuntimeError(f"{path} of {site.kind.name}: {put.codes}, {put.broken} broken\n{site.last_words()}")
        asked += put.asked
        if _is_shared(site.kind, [_used_s(process) - workers.get(process.pid, 0.0) for process in site.workers()]):
            break
    return Slice(used_s / put.asked * 1e6, put, asked)


def _used_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _is_shared(kind: Kind, used_s: Sequence[float]) -> bool:
    return kind.processes == 1 or min(used_s) >= SHARE * sum(used_s)


def _detail(cost: Cost) -> str:
    spread = f"{min(cost.multiples):.2f}-{max(cost.multiples):.2f}"
    return _DETAIL.format(
        *(KINDS[cost.server].name, cost.row.what, f"{cost.multiple:.2f}", spread, f"{cost.bare_us:.0f}"),
        *(f"{cost.rate:,.0f}", f"{cost.p99_s * 1000:.1f}", f"{cost.transactions:.3g}", f"{cost.commands:.3g}"),
    )


def table(costs: Sequence[Cost]) -> str:
    """The multiples, a column a kind of server; a bare view's own cost is in the first line."""
    servers = list(dict.fromkeys(cost.server for cost in costs))
    by_cell = {(cost.row.what, cost.server): cost for cost in costs}
    bare = {server: median(cost.bare_us for cost in costs if cost.server == server) for server in servers}
    lines = [
        _line("CPU of the workers a request", [KINDS[server].name for server in servers]),
        _line(BARE.what, [f"1 ({bare[server]:.0f} us)" for server in servers]),
    ]
    lines += [_line(row.what, [by_cell[row.what, server].cell for server in servers]) for row in ROWS]
    return "\n".join(lines)


def _line(what: str, cells: Sequence[str]) -> str:
    return "".join([f"{what:<43}", *(f"  {cell:<{_CELL_WIDTH}}" for cell in cells)]).rstrip()
