"""What the engine costs: reports, storms, cached answers and threads. `python benchmarks/engine.py`."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from statistics import median

import django
from django.conf import settings
from figures import Figure, report

import status
from status.core.check import Check
from status.core.runner import Runner

CALLERS = 1000
LONG_S = 3600.0
SLEEP_S = 0.05
REPETITIONS = 21


def measure() -> Iterator[Figure]:
    yield report_of_fifty()
    yield from storm()
    yield from cached_observations()
    yield from cached_reports()
    yield hang()


def report_of_fifty() -> Figure:
    """Nothing is reused at a ttl of 0: each report runs its checks anew. The floor is as many bare threads that sleep.

    These need about 1 ms each to start where other processes keep the processors busy, and 0.1 ms where none does.
    """
    runner = Runner()
    checks = [Check(f"health/sleep-{at}", partial(time.sleep, SLEEP_S), ttl_s=0.0) for at in range(50)]
    one: list[float] = []
    fifty: list[float] = []
    bare: list[float] = []
    for _ in range(REPETITIONS):
        one.append(_time(partial(runner.observe, checks[:1])))
        fifty.append(_time(partial(runner.observe, checks)))
        bare.append(_time(partial(_sleep_in_threads, len(checks))))
    one_ms, fifty_ms, bare_ms = (median(taken) * 1000 for taken in (one, fifty, bare))
    beside = f"{fifty_ms:.0f} ms, one check {one_ms:.0f} ms, 50 bare threads {bare_ms:.0f} ms"
    return Figure("a report of 50 checks of 50 ms each, to one of them", fifty_ms / one_ms, 2, "x", beside)


def _sleep_in_threads(count: int) -> None:
    _run_all([threading.Thread(target=time.sleep, args=(SLEEP_S,)) for _ in range(count)])


def _run_all(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def storm() -> Iterator[Figure]:
    """The worst of several storms. The ttl is longer than each takes: it all happens within one."""
    for kind, callers in (("threads", _storm_of_threads), ("tasks of one event loop", _storm_of_tasks)):
        worst = 0
        for _ in range(3):
            counted = Counted()
            callers(Runner(), Check("health/counted", counted, ttl_s=LONG_S))
            worst = max(worst, counted.runs)
        yield Figure(f"runs of a check under {CALLERS:,} callers, {kind}", worst, 1)


class Counted:
    """A check that counts its runs."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self) -> bool:
        self.runs += 1
        time.sleep(SLEEP_S)
        return True


def _storm_of_threads(runner: Runner, check: Check) -> None:
    ready = threading.Barrier(CALLERS)

    def call() -> None:
        ready.wait()
        runner.observe([check])

    _run_all([threading.Thread(target=call) for _ in range(CALLERS)])


def _storm_of_tasks(runner: Runner, check: Check) -> None:
    async def call_all() -> None:
        await asyncio.gather(*(runner.aobserve([check]) for _ in range(CALLERS)))

    asyncio.run(call_all())


def cached_observations() -> Iterator[Figure]:
    """The runner's part of a cached report."""
    for count in (10, 100, 1000):
        runner = Runner()
        checks = [Check(f"health/check-{at}", lambda: True, ttl_s=LONG_S) for at in range(count)]
        cost_us = _cached_us(partial(runner.observe, checks), count)
        yield Figure(f"a cached observation, Runner.observe of {count:,} checks", cost_us, 3, "us")


def _look(name: str, **kwargs: object) -> bool:
    return True


def cached_reports() -> Iterator[Figure]:
    """The whole way of `status.observe`: settings, registry, runner, composition and verdict."""
    counts = (3, 10, 100, 1000)
    composed = {f"composed-{count}": [_components(count)] for count in counts}
    plain = {f"plain-{count}": [(f"check-{at}", _look, (at,)) for at in range(count)] for count in counts}
    settings.configure(
        INSTALLED_APPS=["status"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        ROOT_URLCONF="status.urls",
        STATUS_PROVIDERS={"health": [...], **composed, **plain},
        STATUS_JUDGED=["health", *composed, *plain],
        STATUS_TTL=LONG_S,
    )
    django.setup()
    observe = status.observe
    cost_us = _cached_us(partial(observe, "health"), 3)
    yield Figure("a cached observation, report of ping, one database and one cache", cost_us, 3, "us")
    for kind, what in (("composed", "one provider of {:,} components"), ("plain", "{:,} providers")):
        for count in counts:
            cost_us = _cached_us(partial(observe, f"{kind}-{count}"), count)
            yield Figure(f"a cached observation, report of {what.format(count)}", cost_us, 3, "us")


def _components(count: int) -> status.Provider:
    return status.Provider("components", status.each([f"part-{at}" for at in range(count)])(_look))


def hang() -> Figure:
    """Called one by one, then by as many threads; what is left are the check's own thread and the telling one."""
    runner = Runner()
    check = Check("health/hung", partial(time.sleep, LONG_S), timeout_s=SLEEP_S, ttl_s=SLEEP_S)
    before = set(threading.enumerate())
    for _ in range(CALLERS):
        runner.observe([check])
    _storm_of_threads(runner, check)
    added = sorted(thread.name for thread in set(threading.enumerate()) - before)
    what = f"threads alive after 2 x {CALLERS:,} calls of a check that hangs"
    return Figure(what, len(added), 2, beside=", ".join(added))


def _cached_us(observe: Callable[[], object], components: int) -> float:
    """Microseconds a component. The median of many short samples: other work on the machine hits few of them."""
    observe()
    calls = max(2000 // components, 1)
    samples = [_time(partial(_repeat, observe, calls)) for _ in range(100)]
    return median(samples) / calls / components * 1e6


def _repeat(call: Callable[[], object], times: int) -> None:
    for _ in range(times):
        call()


def _time(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(report(measure()))
