"""A million probes while the database and the cache hang in turn: `python benchmarks/soak.py`.

What the workers hold in memory, threads and open files, and the connections to the backends, beside what it was after
a warm-up that has seen both hang and return. Exit code 1 when a limit is missed. Linux alone.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import load
from backends import Backends, backends
from figures import Figure, report
from web_site import KINDS, WebSite, serving

MEMORY_LIMIT_MIB = 2
CONNECTIONS = 16
WELL_S = HUNG_S = 5
"""One of the backends stops every ten seconds, for longer than any deadline."""
WARM_S = 2 * 2 * 2 * (WELL_S + HUNG_S)
"""Each hangs four times: after two, one of two workers may not have met all of it (seen: 3 MiB that the other had)."""
SLICE_S = 10
QUIET_S = 5.0
"""By then gunicorn has closed what was kept alive, and PostgreSQL has ended what was cut off."""
PROBES = ("/readyz", "/livez")
API = "/status/api/health"


@dataclass(frozen=True)
class Census:
    """What there is when nobody asks.

    Memory is the resident set less what is mapped from files, by worker: that part is shared with whatever else runs
    Python on the machine, and the proportional set size grows when one of these ends.
    """

    memory_kib: Mapping[int, int]
    threads: int
    files: int
    connections: Mapping[str, int]

    @property
    def line(self) -> str:
        memory = ", ".join(f"{kib / 1024:.1f}" for kib in self.memory_kib.values())
        connected = ", ".join(f"{count} to the {name}" for name, count in self.connections.items())
        return f"{memory} MiB, {self.threads} threads, {self.files} files, connections: {connected}"


@dataclass(frozen=True)
class Plan:
    """How many of each are to be asked for, and how long that may take at most."""

    probes: int
    api: int
    minutes: float

    @property
    def paths(self) -> list[str]:
        """In this turn, so that all the while there are as many probes to an API request as in the whole."""
        probes = [PROBES[at % len(PROBES)] for at in range(max(round(self.probes / max(self.api, 1)), 1))]
        return [*probes, API] if self.api else list(PROBES)

    @property
    def total(self) -> int:
        return self.probes + self.api


def measure(server: str, plan: Plan) -> Iterator[Figure]:
    with backends() as stood_on, serving(KINDS[server], "middleware", stood_on) as site:
        with _disturbed(stood_on):
            _put(site, plan.paths, WARM_S)
        before = _census(site, stood_on)
        print(f"warm: {before.line}", flush=True)
        with _disturbed(stood_on):
            asked = _soak(site, plan)
        after = _census(site, stood_on)
        print(f"done: {after.line}", flush=True)
    yield from _asked(plan, asked)
    yield from _kept(before, after)


@dataclass
class Asked:
    """What was answered so far."""

    codes: Counter[int]
    broken: int = 0
    seconds: float = 0.0

    @property
    def total(self) -> int:
        return sum(self.codes.values())

    @property
    def line(self) -> str:
        codes = ", ".join(f"{count:,} x {code}" for code, count in sorted(self.codes.items()))
        return f"{self.total:,} requests in {self.seconds:.0f} s ({self.total / self.seconds:,.0f}/s): {codes}"


def _put(site: WebSite, paths: Sequence[str], seconds: int) -> load.Load:
    return load.put(site.url, paths, seconds, CONNECTIONS)


def _soak(site: WebSite, plan: Plan) -> Asked:
    """Ask until the plan is done or its time is over; a line a minute says how far it is."""
    asked = Asked(Counter())
    started = told = time.monotonic()
    while asked.total < plan.total and asked.seconds < plan.minutes * 60:
        put = _put(site, plan.paths, SLICE_S)
        asked.codes.update(put.codes)
        asked.broken += put.broken
        now = time.monotonic()
        asked.seconds = now - started
        if now - told >= 60:
            told = now
            memory = ", ".join(f"{kib / 1024:.1f} MiB" for kib in _memory_kib(site).values())
            print(f"{asked.line}; {memory}", flush=True)
    return asked


@contextmanager
def _disturbed(stood_on: Backends) -> Iterator[None]:
    """During the block one backend after the other hangs and returns."""
    over = threading.Event()

    def disturb() -> None:
        for server in cycle(stood_on.hangable.values()):
            if over.wait(WELL_S):
                return
            server.stop_in_its_tracks()
            try:
                over.wait(HUNG_S)
            finally:
                server.resume()

    with ThreadPoolExecutor(1) as pool:
        disturbing = pool.submit(disturb)
        try:
            yield
        finally:
            over.set()
            disturbing.result()


def _census(site: WebSite, stood_on: Backends) -> Census:
    site.wait_until_well(PROBES[0])
    site.wait_until_well(API)
    time.sleep(QUIET_S)
    workers = site.workers()
    return Census(
        memory_kib=_memory_kib(site),
        threads=sum(process.num_threads() for process in workers),
        files=sum(process.num_fds() for process in workers),
        connections=stood_on.connections(),
    )


def _memory_kib(site: WebSite) -> dict[int, int]:
    sizes = {}
    for process in site.workers():
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        sizes[process.pid] = next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))
    return sizes


def _asked(plan: Plan, asked: Asked) -> Iterator[Figure]:
    yield Figure("requests left to ask for", max(plan.total - asked.total, 0), 0, beside=asked.line)
    others = {code: count for code, count in asked.codes.items() if code not in (200, 503)}
    yield Figure("answered by other than 200 or 503", sum(others.values()), 0, beside=str(others or ""))
    yield Figure("not answered", asked.broken, 0)


def _kept(before: Census, after: Census) -> Iterator[Figure]:
    replaced = before.memory_kib.keys() ^ after.memory_kib.keys()
    yield Figure("workers that ended or were added", len(replaced), 0)
    for number, pid in enumerate(sorted(before.memory_kib.keys() & after.memory_kib.keys()), 1):
        grown_mib = (after.memory_kib[pid] - before.memory_kib[pid]) / 1024
        beside = f"{before.memory_kib[pid] / 1024:.1f} MiB when warm"
        yield Figure(f"memory added to worker {number}", grown_mib, MEMORY_LIMIT_MIB, "MiB", beside)
    yield Figure("threads added", after.threads - before.threads, 0, beside=f"{before.threads} when warm")
    yield Figure("open files added", after.files - before.files, 0, beside=f"{before.files} when warm")
    for name, count in before.connections.items():
        added = after.connections[name] - count
        yield Figure(f"connections added to the {name}", added, 0, beside=f"{count} when warm")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--probes", type=int, default=1_000_000)
    parser.add_argument("--api", type=int, default=100_000, help="requests for the API among them")
    parser.add_argument("--server", choices=KINDS, default="gthread")
    parser.add_argument("--minutes", type=float, default=45.0, help="at most so long, the warm-up not counted")
    chosen = parser.parse_args(arguments)
    return report(measure(chosen.server, Plan(chosen.probes, chosen.api, chosen.minutes)))


if __name__ == "__main__":
    sys.exit(main())
