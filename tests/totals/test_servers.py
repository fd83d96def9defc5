"""Counters of real workers: monotone while these are killed, ended and begun, and while their file is deleted."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from status.totals.keeper import SETTLES_AFTER_S
from tests.metrics.reading import read, value
from tests.servers.postgres import Postgres
from tests.servers.web import Gunicorn, GunicornSync, WebServer
from tests.waiting import wait_until

ROUND_S = 5.0
RUNS = {"resource": "health", "provider": "it"}

# Each run leaves a byte, so that the true count is known whatever happens to the process.
SETTINGS = """
import os
from pathlib import Path
HERE = Path(__file__).parent
def it():
    with open(HERE / "runs", "ab", 0) as file:
        file.write(b".")
    return True
STATUS_PROVIDERS = {"health": [("it", it)]}
STATUS_ACCESS = {"metrics": "public", "health": "public"}
STATUS_RUNTIME_DIR = HERE / "runtime"
STATUS_TTL = 0
DEBUG = False
"""


class Watch:
    """Scrapes a site, and sees that its counter never goes back."""

    def __init__(self, site: WebServer) -> None:
        self.site = site
        self.last = 0.0

    def scrape(self) -> float | None:
        code, _, body = self.site.ask("/status/metrics")
        assert code == 200
        runs = value(read(body.decode()), "runs_total", **RUNS)
        if runs is not None:
            assert self.last <= runs <= self.true()
            self.last = runs
        return runs

    def scrape_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.scrape()
            time.sleep(0.1)

    def true(self) -> int:
        return len((self.site.directory / "runs").read_bytes())

    def tells_the_truth(self) -> None:
        """At rest: all have had the time to write, and the one who answers has counted its own run."""
        time.sleep(SETTLES_AFTER_S + ROUND_S)
        assert self.scrape() == self.true()


class GunicornOne(Gunicorn):
    """One worker, which is begun anew after some requests."""

    options = ("--workers=1", "--max-requests=7")


@pytest.fixture
def watch() -> Iterator[Watch]:
    with GunicornSync.serving(SETTINGS) as site:
        yield Watch(site)


@pytest.mark.faults
def test_the_sum_of_all_workers_never_goes_back(watch: Watch) -> None:
    site = watch.site
    runtime = Path(site.directory) / "runtime"
    watch.scrape_for(2)
    wait_until(lambda: watch.scrape() is not None, SETTLES_AFTER_S + 10)
    watch.tells_the_truth()

    victim, _ = site.workers()
    victim.kill()
    wait_until(lambda: len(site.workers()) == 2 and victim.pid not in {each.pid for each in site.workers()}, 10)
    watch.scrape_for(2)
    watch.tells_the_truth()

    for file in runtime.glob("totals-*"):
        file.unlink()
    watch.scrape_for(2)
    assert watch.scrape() is None  # not told while others may have more to say
    wait_until(lambda: watch.scrape() is not None, SETTLES_AFTER_S + 10)
    watch.tells_the_truth()

    shutil.rmtree(runtime)
    watch.scrape_for(2)
    site.workers()[0].send_signal(signal.SIGTERM)  # as a deploy does: what it has counted it writes as it ends
    watch.scrape_for(SETTLES_AFTER_S + 2)
    watch.tells_the_truth()


@pytest.mark.faults
def test_a_worker_that_ends_as_it_should_leaves_nothing_uncounted() -> None:
    with GunicornOne.serving(SETTINGS) as site:
        watch = Watch(site)
        for _ in range(30):
            watch.scrape()
        watch.tells_the_truth()


OF_SERVER = """
from pathlib import Path
from status import Provider
DATABASES = {{"default": {database!r}}}
STATUS_PROVIDERS = {{"stats": [Provider("databases", "status.providers.django.stats.databases", ttl=2)]}}
STATUS_ACCESS = {{"metrics": "public", "stats": "public"}}
STATUS_RUNTIME_DIR = Path(__file__).parent / "runtime"
DEBUG = False
"""


@pytest.mark.faults
def test_what_a_server_counts_never_goes_back_whichever_worker_answers(postgres: Postgres) -> None:
    """Each look of a worker commits, so of two that look in turn each has always read another count."""
    told: list[float] = []
    answered: set[float | None] = set()
    with GunicornSync.serving(OF_SERVER.format(database=postgres.django_database())) as site:
        until = time.monotonic() + SETTLES_AFTER_S + 15
        while time.monotonic() < until:
            code, _, body = site.ask("/status/metrics")
            assert code == 200
            series = read(body.decode())
            answered.add(value(series, "answered_process_id"))
            commits = value(series, "database_commits_total", database="default")
            told += [] if commits is None else [commits]
            time.sleep(0.05)
    assert len(answered) == 2
    assert told == sorted(told)
    assert told[-1] > told[0]
