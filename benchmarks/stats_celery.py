"""What stats/celery takes where 200 workers answer, and what it costs the broker. `python benchmarks/stats_celery.py`.

On a Valkey and a RabbitMQ of its own. The workers are simulated, see `celery_nodes.py`: here they share the processors
with the broker and with who asks them, so the time of a bare ping to all of them stands beside.
"""

from __future__ import annotations

import gc
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import django
import psutil
import redis
from children import HERE, PYTHON, environment
from django.conf import settings
from figures import Figure, report

sys.path.append(str(HERE.parent))  # for the servers of the tests: they are not installed

from status.providers.celery.broadcast import ask
from status.providers.celery.inspection import COMMANDS
from status.providers.celery.stats import celery
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.valkey import Valkey

WORKERS, PROCESSES = 200, 2
NAMES = [f"mail@web-{at}" for at in range(WORKERS)]
RUNS = 11
MANY_RUNS = 50
DEADLINE_S = 2.0
ANSWERED_LIMIT_MS = 300
BROKER_LIMIT_MS = {Valkey.label: 20, RabbitMQ.label: 300}
MISSING_LIMIT_S = DEADLINE_S * 3 / 4 + 0.2
CTL = "/usr/lib/rabbitmq/bin/rabbitmqctl"  # what sbin has would run it with another home, so with another cookie


def measure() -> Iterator[Figure]:
    if not settings.configured:
        settings.configure(INSTALLED_APPS=["status"])
        django.setup()
    from tests.sites import celery_project  # it asks for settings

    kinds: tuple[Any, ...] = (
        (Valkey, _published_redis, _spent_redis_ms),
        (RabbitMQ, _published_amqp, _spent_amqp_ms),
    )
    for kind, published, spent_ms in kinds:
        if kind.missing():
            print(f"{kind.label}: left out: {kind.missing()}")
            continue
        with kind.start() as server, _workers(server.url), celery_project(server.url):
            yield from _figures(kind.label, partial(published, server))
            yield _brokers_own(kind.label, partial(spent_ms, server))


def _figures(broker: str, published: Callable[[], int]) -> Iterator[Figure]:
    pings_ms, answered_ms = [], []
    for _ in range(RUNS):
        pings_ms.append(_taken_s(lambda: ask("ping", NAMES)) * 1000)
        answered_ms.append(_taken_s(lambda: _look(NAMES)) * 1000)
    beside = f"worst {max(answered_ms):.0f} ms; one ping to all of them {median(pings_ms):.0f} ms"
    what = f"stats/celery, {broker}, all of {WORKERS} workers answer, median"
    yield Figure(what, median(answered_ms), ANSWERED_LIMIT_MS, "ms", beside)
    missing_s = [_taken_s(lambda: _look([*NAMES, "mail@gone"])) for _ in range(3)]
    yield Figure(
        f"stats/celery, {broker}, one of {WORKERS + 1} is missing, worst", max(missing_s), MISSING_LIMIT_S, "s"
    )
    before = published()
    _look(NAMES)
    replies = WORKERS * len(COMMANDS)
    sent = published() - before - (replies if broker == RabbitMQ.label else 0)
    yield Figure(f"questions published in a run, {broker}", sent, len(COMMANDS), beside=f"replies {replies:,}")
    yield _held(broker)


def _brokers_own(broker: str, spent_ms: Callable[[], float]) -> Figure:
    """What the broker itself works for a look, beside what it does anyway in as long a time, its workers idle."""
    begin, before = time.monotonic(), spent_ms()
    for _ in range(RUNS):
        _look(NAMES)
    looked, took_s = spent_ms() - before, time.monotonic() - begin
    before = spent_ms()
    time.sleep(took_s)
    idle = spent_ms() - before
    beside = f"{idle / RUNS:.1f} ms without a look; of its {'commands' if broker == Valkey.label else 'processes'}"
    return Figure(
        f"the broker's own time a look, {broker}, mean", (looked - idle) / RUNS, BROKER_LIMIT_MS[broker], "ms", beside
    )


def _look(names: Sequence[str]) -> None:
    told = celery(workers=names)["totals"]
    assert told["workers"]["online"] == WORKERS, told
    assert told["tasks"]["reserved"] == 8 * WORKERS, told


def _held(broker: str) -> Figure:
    me = psutil.Process()
    gc.collect()
    before = me.memory_info().rss
    for _ in range(MANY_RUNS):
        _look(NAMES)
    gc.collect()
    held = (me.memory_info().rss - before) / 2**20
    left = [c for c in me.net_connections("inet") if c.status == psutil.CONN_ESTABLISHED]
    beside = f"resident {before / 2**20:.0f} MiB; {len(left)} connections left"
    return Figure(f"memory held after {MANY_RUNS} more runs, {broker}", max(held, 0.0), 4, "MiB", beside)


def _taken_s(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def _published_redis(server: Valkey) -> int:
    """A question is a PUBLISH, and a reply is none."""
    with redis.Redis(port=server.port) as client:
        calls: Any = client.info("commandstats")
        return int(calls.get("cmdstat_publish", {}).get("calls", 0))


def _published_amqp(server: RabbitMQ) -> int:
    """All messages that RabbitMQ was sent, the replies among them."""
    ctl = CTL if Path(CTL).exists() else "rabbitmqctl"
    told = server.run_tool(ctl, "-q", "eval", "rabbit_global_counters:overview().")
    return sum(int(count) for count in re.findall(r"messages_received_total => (\d+)", told))


def _spent_redis_ms(server: Valkey) -> float:
    """The time of all commands, as Redis counts it: without reading and writing its sockets."""
    with redis.Redis(port=server.port) as client:
        calls: Any = client.info("commandstats")
        return sum(float(each["usec"]) for each in calls.values()) / 1000


def _spent_amqp_ms(server: RabbitMQ) -> float:
    """The processors' time of RabbitMQ's processes: it counts none by itself."""
    times = [process.cpu_times() for process in server.family()]
    return sum(each.user + each.system for each in times) * 1000


@contextmanager
def _workers(url: str) -> Iterator[None]:
    with ExitStack() as stack:
        share = WORKERS // PROCESSES
        started = []
        for at in range(PROCESSES):
            command = [PYTHON, str(HERE / "celery_nodes.py"), url, str(at * share), str((at + 1) * share)]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(HERE))
            stack.enter_context(process)
            stack.callback(process.kill)
            started.append(process)
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        yield


if __name__ == "__main__":
    sys.exit(report(measure()))
