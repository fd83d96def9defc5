"""`status/metrics`: who sees what of it, in which format, and that nothing keeps it from being written."""

from __future__ import annotations

import os
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from django.http import HttpRequest
from django.test import override_settings
from django.urls import reverse

import status
from status.totals import keeper
from status.totals.ledger import FILE
from status.totals.newest import Reading, dump
from tests.metrics import checks
from tests.metrics.reading import OPENMETRICS, TOKEN, TRUSTED, Scraped, state, value
from tests.servers.valkey import Valkey
from tests.sites import site_caches

PING = ("ping", "status.providers.health.ping")
RAISES = ("raises", checks.raises)
NUMBERS = ("numbers", checks.numbers)
PLACE = {"resource": "health", "provider": "raises"}


@pytest.fixture(autouse=True)
def _site(folder: Path) -> Iterator[None]:
    providers = {"health": [PING, RAISES], "stats": [NUMBERS]}
    with override_settings(STATUS_PROVIDERS=providers, STATUS_TOKENS=[TOKEN], STATUS_RUNTIME_DIR=folder):
        yield


def patience(said: str) -> dict[str, str]:
    return {"X-Prometheus-Scrape-Timeout-Seconds": said}


def configured(**resources: Any) -> Any:
    return override_settings(STATUS_PROVIDERS=resources)


# --- what is told -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["metrics", "metrics/"])
def test_states_durations_ages_and_failures_are_told(path: str, site: Scraped) -> None:
    site.scrape(path)
    time.sleep(1.1)  # past the ttl: it runs, and fails, once more
    series = site.scrape(path)
    assert state(series, "health", "raises") == "fail"
    assert state(series, "health", "ping", "pong") == "pass"
    assert value(series, "resource_state", resource="health", state="fail") == 1
    assert value(series, "resource_state", resource="health", state="pass") == 0
    assert 0 < (value(series, "duration_seconds", **PLACE) or 0) < 2
    assert 0 <= (value(series, "age_seconds", **PLACE) or 0) < 2
    assert value(series, "failures", **PLACE) == 2
    assert value(series, "failures", resource="health", provider="ping", component="pong") == 0
    assert value(series, "value_success", resource="stats", provider="numbers") == 1
    assert value(series, "left_out") == 0


def test_it_is_200_whatever_the_state(site: Scraped) -> None:
    assert site("metrics", headers=TRUSTED).status_code == 200
    assert site("api/health", headers=TRUSTED).status_code == 503


def test_who_answers_is_told(site: Scraped) -> None:
    with override_settings(STATUS_SITE={"release": "2026.11"}):
        series = site.scrape()
    python = ".".join(map(str, sys.version_info[:3]))
    versions = {"version": status.__version__, "django": django.get_version(), "python": python}
    assert value(series, "build_info", release="2026.11", **versions) == 1
    assert value(series, "answered_info", host=socket.gethostname()) == 1
    assert value(series, "answered_process_id") == os.getpid()


def test_measured_values_are_told_in_base_units_where_their_unit_is_known(site: Scraped) -> None:
    with configured(health=[("it", checks.measured)]):
        told = site.scrape()["django_status_value"]
    values = {dict(labels)["component"]: (dict(labels)["unit"], value) for labels, value in told.items()}
    assert values == {
        "disk": ("ratio", pytest.approx(0.835)),
        "queue": ("messages", 12),
        "answer": ("seconds", pytest.approx(0.25)),
        "left": ("seconds", 172_800),
    }


def test_numbers_that_nobody_declared_are_not_guessed_at(site: Scraped) -> None:
    names = {name for name, told in site.scrape().items() for labels in told if ("provider", "numbers") in labels}
    assert names == {
        f"django_status_{name}" for name in ("duration_seconds", "age_seconds", "failures", "value_success")
    }


def test_runs_are_counted_once_the_file_has_settled(site: Scraped, monkeypatch: pytest.MonkeyPatch) -> None:
    assert value(site.scrape(), "runs_total", **PLACE) is None
    monkeypatch.setattr(keeper, "SETTLES_AFTER_S", 0.0)
    series = site.scrape()
    assert value(series, "runs_total", **PLACE) == value(series, "errors_total", **PLACE) == 1
    assert value(series, "timeouts_total", **PLACE) == 0
    assert value(series, "errors_total", resource="health", provider="ping") == 0
    time.sleep(1.1)
    site.scrape()
    assert value(site.scrape(), "runs_total", **PLACE) == 2


def test_where_the_file_cannot_be_used_counters_alone_are_missing(site: Scraped, folder: Path) -> None:
    folder.mkdir(mode=0o755)
    series = site.scrape()
    assert "django_status_runs_total" not in series
    assert state(series, "health", "raises") == "fail"


@pytest.fixture
def redis(valkey: Valkey) -> Iterator[dict[str, str]]:
    """The labels of a cache that counts hits, of which stats are told."""
    backend = "django.core.cache.backends.redis.RedisCache"
    with (
        site_caches(default={"BACKEND": backend, "LOCATION": valkey.url}),
        configured(health=[PING], stats=[("caches", "status.providers.django.stats.caches")]),
    ):
        yield {"cache": "default", "server": f"127.0.0.1:{valkey.port}"}


def another_has_read(hits: float, labels: dict[str, str], ago_s: float) -> None:
    """Another process of the site, in the folder that all share."""
    at = time.time() - ago_s
    name = "\n".join(("django_status_cache_hits_total", *labels.values()))
    keeper.Keeper().totals({"stats/caches/default": Reading(at, at, dump({name: hits}))})


def test_what_a_server_counts_is_told_as_any_process_of_the_host_has_read_it_last(
    site: Scraped, redis: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert value(site.scrape(), "cache_hits_total", **redis) is None  # the file is new
    monkeypatch.setattr(keeper, "SETTLES_AFTER_S", 0.0)
    read = value(site.scrape(), "cache_hits_total", **redis)
    assert read is not None
    another_has_read(read + 1_000, redis, ago_s=0)
    assert value(site.scrape(), "cache_hits_total", **redis) == read + 1_000
    another_has_read(read + 2_000, redis, ago_s=3600)
    assert value(site.scrape(), "cache_hits_total", **redis) == read + 1_000
    time.sleep(1.1)  # past the ttl: this process has the newest
    assert (value(site.scrape(), "cache_hits_total", **redis) or 0) < read + 1_000


def test_where_the_file_cannot_be_used_what_a_server_counts_is_not_told(
    site: Scraped, redis: dict[str, str], folder: Path
) -> None:
    folder.mkdir(mode=0o755)
    series = site.scrape()
    assert value(series, "cache_hits_total", **redis) is None
    assert value(series, "cache_clients", **redis) is not None


@pytest.mark.parametrize("access", ["states", "private", "hidden"])
def test_what_a_server_counts_is_told_with_details_alone(
    access: str, site: Scraped, redis: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "SETTLES_AFTER_S", 0.0)
    assert value(site.scrape(), "cache_hits_total", **redis) is not None
    with override_settings(STATUS_ACCESS={"metrics": "public", "health": "public", "stats": access}):
        series = site.scrape(token=False)
    assert "django_status_runs_total" in series
    assert not [name for name in series if name.startswith("django_status_cache_")]


@pytest.mark.parametrize("path", ["api/stats", "api/stats/caches", "api"])
def test_the_api_has_no_counters_since_it_tells_of_one_process(path: str, site: Scraped, redis: dict[str, str]) -> None:
    series = site.scrape(f"{path}?format=openmetrics")
    assert value(series, "cache_clients", **redis) is not None
    assert not [name for name in series if name.endswith("_total")]


def test_more_components_than_there_is_room_for_are_left_out_and_counted(site: Scraped) -> None:
    with configured(health=[("many", checks.many)]):
        series = site.scrape()
    assert len(series["django_status_state"]) == 3 * 2_000
    assert value(series, "left_out") == 500


def test_a_hang_costs_its_deadline_and_no_more(site: Scraped) -> None:
    checks.released.clear()
    try:
        with configured(health=[PING, ("hangs", checks.hangs)]), override_settings(STATUS_TIMEOUT=0.3):
            began = time.monotonic()
            series = site.scrape()
            assert time.monotonic() - began < 2
    finally:
        checks.released.set()
    assert state(series, "health", "hangs") == "fail"
    assert state(series, "health", "ping", "pong") == "pass"


def test_prometheus_own_timeout_is_heeded(site: Scraped) -> None:
    checks.released.clear()
    try:
        with configured(health=[PING, ("hangs", checks.hangs)]), override_settings(STATUS_TIMEOUT=30):
            began = time.monotonic()
            series = site.scrape(headers=patience("0.5"))
            assert time.monotonic() - began < 5
    finally:
        checks.released.set()
    assert state(series, "health", "hangs") == "fail"


def test_nor_is_it_exceeded_where_the_file_of_the_host_hangs_too(
    site: Scraped, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "SETTLES_AFTER_S", 0.0)
    site.scrape()
    holder = sqlite3.connect(folder / FILE, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    checks.released.clear()
    try:
        with configured(health=[PING, ("hangs", checks.hangs)]), override_settings(STATUS_TIMEOUT=30):
            began = time.monotonic()
            series = site.scrape(headers=patience("1"))
            took_s = time.monotonic() - began
    finally:
        checks.released.set()
        holder.close()
    assert took_s < 1.1  # 0.8 s for the check and 0.5 s for the file would be more
    assert "django_status_runs_total" not in series
    assert value(site.scrape(), "runs_total", **PLACE) is not None


@pytest.mark.parametrize("said", ["", "nan", "-1", "0", "1e999", "ten", "9" * 10_000])
def test_any_other_timeout_is_no_matter(said: str, site: Scraped) -> None:
    assert state(site.scrape(headers=patience(said)), "health", "raises") == "fail"


# --- formats ----------------------------------------------------------------------------------------------------------

OLD = "text/plain; version=0.0.4; charset=utf-8"
NEW = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", OLD),
        ("*/*", OLD),
        ("text/html", OLD),
        ("text/plain;version=0.0.4", OLD),
        ("application/openmetrics-text", NEW),
        (PROMETHEUS_2, NEW),
        (PROMETHEUS_3, NEW),
        ("application/openmetrics-text;version=2.0.0", OLD),
        ("application/openmetrics-text;version=zero", OLD),
        ("application/openmetrics-text;version=0.0.1", OLD),
        ("text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5", OLD),
        ("text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;q=0.6", NEW),
        ("application/openmetrics-text;q=0, text/plain", OLD),
        ("application/openmetrics-text;q=0, text/plain;q=0.1, */*", OLD),
        ("application/openmetrics-text;Q=0.000, */*", OLD),
        ("Application/OpenMetrics-Text", NEW),
        ("APPLICATION/OPENMETRICS-TEXT; VERSION=1.0.0; Q=0.7, text/plain;q=0.6", NEW),
        ('application/openmetrics-text; version="1.0.0"', NEW),
        ("application/openmetrics-text;version=2.0.0,application/openmetrics-text;version=1.0.0;q=0.2", NEW),
        ("text/plain, application/openmetrics-text", NEW),
        ("application/openmetrics-text;q=0.5, */*;q=0.8", OLD),
        ("application/openmetrics-text;q=0.5, */*;q=0.5", NEW),
        ("application/*", NEW),
        ("application/*, text/*", OLD),
        ("text/*;q=0.2, */*;q=0.9", NEW),
        ("text/plain;version=0.0.4;q=0.9, text/plain;version=1.0.0;q=0.2", OLD),
        ("text/plain;version=1.0.0;escaping=values;q=0.9", "text/plain; version=1.0.0; charset=utf-8; escaping=values"),
        ("application/openmetrics-text;q=none, text/plain;q=0.9", NEW),
        ("application/openmetrics-text;version*=UTF-8''1.0.0, text/plain;q=0.9", NEW),
        ("application/openmetrics-text;q=nan", OLD),
        ("application/openmetrics-text;version=1.0.0\r\nX-Evil: 1", OLD),
        ("application/openmetrics-text;" + "x" * 100_000, OLD),
        (",".join(["text/html"] * 10_000), OLD),
    ],
)
def test_it_is_written_as_the_client_reads_it(accept: str, content_type: str, site: Scraped) -> None:
    response = site("metrics", headers={**TRUSTED, "Accept": accept})
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith(content_type)
    assert "X-Evil" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"


def test_prometheus_3_gets_the_escaping_that_it_asks_for(site: Scraped) -> None:
    response = site("metrics", headers={**TRUSTED, "Accept": PROMETHEUS_3})
    assert response.headers["Content-Type"] == f"{NEW}; escaping=allow-utf-8"


def test_both_formats_say_the_same(site: Scraped) -> None:
    with configured(health=[("it", checks.measured)], stats=[]):
        old, new = site.scrape(), site.scrape(headers={"Accept": OPENMETRICS})
    for series in (old, new):
        del series["django_status_age_seconds"]
    assert old == new


@pytest.mark.parametrize("query", ["?format=openmetrics", ""])
def test_the_api_tells_of_what_is_asked_for_and_not_of_who_answers(query: str, site: Scraped) -> None:
    response = site(f"api/health{query}", headers={**TRUSTED, "Accept": "application/openmetrics-text"})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == NEW
    text = response.content.decode()
    assert "django_status_duration_seconds" in text
    assert "numbers" not in text
    assert not [word for word in ("build_info", "answered", "_total") if word in text]


@pytest.mark.parametrize(("path", "told"), [("api/health", 0), ("api/health/ping", None), ("api", 0)])
def test_of_a_part_of_a_resource_its_state_is_not_told_as_that_of_the_whole(
    path: str, told: float | None, site: Scraped
) -> None:
    series = site.scrape(f"{path}?format=openmetrics")
    assert state(series, "health", "ping", "pong") == "pass"
    assert value(series, "resource_state", resource="health", state="pass") == told


@pytest.mark.parametrize(
    ("path", "code"), [("metrics", 501), ("api/health?format=openmetrics", 501), ("api/health", 503)]
)
def test_without_the_extra_it_says_which_one(
    path: str, code: int, site: Scraped, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    response = site(path, headers=TRUSTED)
    assert response.status_code == code
    if code == 501:
        assert b"prometheus_client is not installed: pip install django-status[metrics]" in response.content


# --- who sees what ----------------------------------------------------------------------------------------------------


def test_by_default_a_stranger_needs_a_token(site: Scraped) -> None:
    response = site("metrics")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="status"'
    assert b"health" not in response.content


DETAILS = ("duration_seconds", "age_seconds", "failures", "build_info", "answered_info", "answered_process_id")


@pytest.mark.parametrize(
    ("access", "states", "detailed"),
    [
        ({"metrics": "states"}, {"health"}, set()),
        ({"metrics": "public"}, {"health"}, set()),
        ({"metrics": "states", "health": "public", "stats": "public"}, {"health"}, set()),
        ({"metrics": "public", "health": "public"}, {"health"}, {"health"}),
        ({"metrics": "public", "health": "public", "stats": "states"}, {"health"}, {"health"}),
        ({"metrics": "public", "health": "hidden", "stats": "states"}, set(), set()),
        ({"metrics": "public", "health": "states", "stats": "public"}, {"health"}, {"stats"}),
        ({"metrics": "public", "*": "hidden"}, set(), set()),
    ],
)
@pytest.mark.parametrize("settled", [True, False])
def test_a_stranger_sees_of_each_resource_what_both_allow(
    access: dict[str, str],
    states: set[str],
    detailed: set[str],
    settled: bool,
    site: Scraped,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeper, "SETTLES_AFTER_S", 0.0 if settled else 15.0)
    with override_settings(STATUS_ACCESS=access):
        series = site.scrape(token=False)
    found = {name: {dict(labels).get("resource", "") for labels in told} for name, told in series.items()}
    of_states = {"state", "resource_state"}
    assert set().union(*(found.get(f"django_status_{name}", set()) for name in of_states)) == states
    rest = {name: told for name, told in found.items() if name.removeprefix("django_status_") not in of_states}
    assert set().union(*rest.values()) == detailed | {""}
    if not detailed:
        assert set(rest) == {"django_status_left_out"}
    else:
        assert {f"django_status_{name}" for name in DETAILS} <= set(series)
        assert ("django_status_value_success" in series) is ("stats" in detailed)
        assert ("django_status_runs_total" in series) is settled


@pytest.mark.parametrize("access", [{"stats": "states", "metrics": "states"}, {"stats": "states", "metrics": "public"}])
def test_that_what_is_only_shown_gave_a_value_is_not_told_to_who_sees_states_alone(
    access: dict[str, str], site: Scraped
) -> None:
    with configured(health=[], stats=[NUMBERS, RAISES]), override_settings(STATUS_ACCESS=access):
        assert "stats" not in site("metrics").content.decode()
        assert value(site.scrape(), "value_success", resource="stats", provider="raises") == 0
        assert value(site.scrape(), "value_success", resource="stats", provider="numbers") == 1


def test_whose_names_are_details_has_one_state_for_a_stranger(site: Scraped) -> None:
    with configured(health=[("celery", checks.workers)]), override_settings(STATUS_ACCESS={"metrics": "states"}):
        told = site("metrics").content.decode()
        assert state(site.scrape(), "health", "celery", "mail@web-2") == "fail"
    assert 'component="",provider="celery"' in told
    assert "mail@web" not in told


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("urls", ["tests.urls", "tests.metrics.urls_of_api"])
def test_hidden_it_is_as_if_it_were_not_there(method: str, slash: str, urls: str, site: Scraped) -> None:
    def told(name: str) -> tuple[int, str]:
        response = site(f"{name}{slash}", method)
        return response.status_code, response.content.decode().replace(name, "…")

    with override_settings(STATUS_ACCESS={"metrics": "hidden"}, ROOT_URLCONF=urls):
        assert told("metrics") == told("absent")
        assert told("metrics")[0] == 404
        assert site("metrics", headers=TRUSTED).status_code == 200


class Rule:
    """A project's own."""

    def __init__(self, **seen: str) -> None:
        self.seen = seen
        self.asked: set[str] = set()

    def __call__(self, request: HttpRequest, resource: str) -> str:
        self.asked.add(resource)
        return self.seen[resource]


@pytest.mark.parametrize(
    ("seen", "code"), [("details", 200), ("states", 200), ("nothing", 401), ("hidden", 404), ("nonsense", 401)]
)
def test_a_rule_of_the_project_is_asked_for_metrics_too(seen: str, code: int, site: Scraped) -> None:
    rule = Rule(metrics=seen, health="details", stats="hidden")
    with override_settings(STATUS_ACCESS=rule):
        response = site("metrics")
    assert "metrics" in rule.asked
    assert response.status_code == code
    assert ("duration_seconds" in response.content.decode()) is (seen == "details")
    assert "numbers" not in response.content.decode()


# --- methods and places -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "code"),
    [("GET", 200), ("HEAD", 200), ("POST", 200), ("PUT", 200), ("DELETE", 200), ("OPTIONS", 200), ("PATCH", 405)],
)
def test_methods_are_those_of_the_api(method: str, code: int, site: Scraped) -> None:
    response = site("metrics", method, headers=TRUSTED)
    assert response.status_code == code
    assert (b"django_status_state" in response.content) is (code == 200 and method not in ("HEAD", "OPTIONS"))
    if method in ("OPTIONS", "PATCH"):
        assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST, PUT, DELETE"


def test_it_has_a_name() -> None:
    assert reverse("status:metrics") == "/status/metrics"


@pytest.mark.parametrize("path", ["metrics", "metrics/"])
def test_it_stands_beside_the_api_alone_too(path: str, site: Scraped) -> None:
    with override_settings(ROOT_URLCONF="tests.metrics.urls_of_api"):
        assert state(site.scrape(path), "health", "raises") == "fail"


def test_no_secret_leaves(site: Scraped) -> None:
    assert "hunter2" not in site("metrics", headers=TRUSTED).content.decode()
