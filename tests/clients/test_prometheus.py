"""Prometheus itself: it scrapes a real site with a token, and its alerts fire and resolve."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import status
from tests.conftest import REQUIRE_ALL
from tests.servers.ports import HOST
from tests.servers.process import running
from tests.servers.prometheus import Prometheus
from tests.servers.web import Gunicorn, GunicornSync, Uvicorn, WebServer
from tests.waiting import wait_until

pytestmark = pytest.mark.faults

ALERTS = Path(status.__file__).parent / "prometheus" / "alerts.yml"
TOKEN = "the-one-that-the-tests-show-0123456789"
SETTINGS = f"""
from pathlib import Path
HERE = Path(__file__).parent
def switch():
    return not (HERE / "off").exists()
STATUS_PROVIDERS = {{"health": [..., ("switch", switch)], "stats": [..., ("system", "status.providers.system.system")]}}
STATUS_TOKENS = ["{TOKEN}"]
STATUS_RUNTIME_DIR = HERE / "runtime"
DEBUG = False
"""
CONFIGURATION = """
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: [alerts.yml]
scrape_configs:
  - job_name: shop
    metrics_path: /status/metrics
    authorization:
      credentials: {token}
    static_configs:
      - targets: ["{target}"]
"""


@contextlib.contextmanager
def scraping(site: WebServer, token: str = TOKEN) -> Iterator[Prometheus]:
    if missing := Prometheus.missing():
        (pytest.fail if REQUIRE_ALL else pytest.skip)(missing)
    hurried = re.sub(r"for: \d+[mh]", "for: 1s", ALERTS.read_text())
    configuration = CONFIGURATION.format(token=token, target=f"{HOST}:{site.port}")
    with running(Prometheus(configuration, alerts=hurried)) as prometheus:
        yield prometheus


@pytest.fixture(params=[GunicornSync, Uvicorn])
def site(request: pytest.FixtureRequest) -> Iterator[WebServer]:
    with request.param.serving(SETTINGS) as server:
        yield server


def test_it_is_up_its_series_are_there_and_an_alert_fires_and_resolves(site: WebServer) -> None:
    with scraping(site) as prometheus:
        wait_until(
            lambda: [each["health"] for each in prometheus.targets()] == ["up"],
            20,
            lambda: f"{prometheus.targets()}",
        )
        wait_until(lambda: prometheus.query('django_status_state{provider="switch", state="pass"} == 1'), 10)
        assert prometheus.query("django_status_system_memory_used_bytes")
        wait_until(lambda: prometheus.query("rate(django_status_runs_total[10s]) > 0"), 40)
        # As Prometheus stores it: a counter that never went back.
        assert all(value == 0 for _, value in prometheus.query("resets(django_status_runs_total[1m])"))
        assert "DjangoStatusCheckFailing" not in prometheus.firing()

        (site.directory / "off").touch()
        wait_until(lambda: {"DjangoStatusFailing", "DjangoStatusCheckFailing"} <= prometheus.firing(), 20)
        (site.directory / "off").unlink()
        wait_until(lambda: "DjangoStatusCheckFailing" not in prometheus.firing(), 20)
        (answered,) = prometheus.query("scrape_duration_seconds")
        assert answered[1] < 2


def test_without_the_token_it_is_down_and_says_why() -> None:
    with Gunicorn.serving(SETTINGS) as site, scraping(site, token="another") as prometheus:
        wait_until(lambda: [each["health"] for each in prometheus.targets()] == ["down"], 20)
        assert "401" in prometheus.targets()[0]["lastError"]
