"""OpenTelemetry: the same metrics, by its own SDK."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from status import telemetry
from status.formats.metrics.catalogue import CATALOGUE
from status.providers.extras import MissingExtra
from status.totals.keeper import Keeper
from status.totals.newest import Reading, dump
from tests.metrics import checks
from tests.servers.valkey import Valkey
from tests.sites import site_caches

RESOURCES = {
    "health": [("it", checks.measured), ("raises", checks.raises)],
    "stats": [("system", "status.providers.system.system")],
}
HITS = "django_status_cache_hits_total"
LABELS = {"resource": "health", "provider": "raises"}


@pytest.fixture
def reader(databases_allowed: None) -> Iterator[InMemoryMetricReader]:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    with override_settings(STATUS_PROVIDERS=RESOURCES):
        telemetry.instrument(provider)
        yield reader
    provider.shutdown()


def collect(reader: InMemoryMetricReader) -> dict[str, Any]:
    """By name, what is collected now."""
    found: Any = reader.get_metrics_data()
    return {each.name: each for of in found.resource_metrics for scope in of.scope_metrics for each in scope.metrics}


def value(metric: Any, **labels: str) -> float | None:
    return next((point.value for point in metric.data.data_points if dict(point.attributes) == labels), None)


def test_the_same_is_told_as_to_prometheus(reader: InMemoryMetricReader) -> None:
    told = collect(reader)
    assert value(told["django_status.state"], **LABELS, state="fail") == 1
    assert value(told["django_status.resource_state"], resource="health", state="fail") == 1
    duration = told["django_status.duration"]
    assert duration.unit == "s"
    assert (value(duration, **LABELS) or 0) > 0
    disk = value(told["django_status.value"], resource="health", provider="it", component="disk", unit="ratio")
    assert disk == pytest.approx(0.835)
    assert value(told["django_status.answered_process_id"]) is not None
    assert told["django_status.system_memory_used"].unit == "By"
    assert (value(told["django_status.system_memory_used_ratio"]) or 2) < 1


def test_counters_are_this_process_own_and_grow(reader: InMemoryMetricReader) -> None:
    before = value(collect(reader)["django_status.errors"], **LABELS) or 0
    time.sleep(1.1)  # past the ttl
    runs = collect(reader)
    assert value(runs["django_status.errors"], **LABELS) == before + 1
    assert runs["django_status.errors"].data.is_monotonic


def test_what_a_server_counts_is_told_as_this_process_has_read_it(
    reader: InMemoryMetricReader, valkey: Valkey, tmp_path: Path
) -> None:
    backend = "django.core.cache.backends.redis.RedisCache"
    server = f"127.0.0.1:{valkey.port}"
    another = Reading(time.time() + 1, time.time() + 1, dump({"\n".join((HITS, "default", server)): 1e9}))
    with (
        site_caches(default={"BACKEND": backend, "LOCATION": valkey.url}),
        override_settings(
            STATUS_PROVIDERS={"stats": [("caches", "status.providers.django.stats.caches")]},
            STATUS_RUNTIME_DIR=tmp_path / "site",
        ),
    ):
        Keeper().totals({"stats/caches/default": another})
        hits = collect(reader)["django_status.cache_hits"]
    assert hits.data.is_monotonic
    told = value(hits, cache="default", server=server)
    assert told is not None
    assert told < 1e9


def test_one_collection_is_one_look(reader: InMemoryMetricReader) -> None:
    """Forty instruments do not make forty runs."""
    before = value(collect(reader)["django_status.runs"], **LABELS)
    assert value(collect(reader)["django_status.runs"], **LABELS) == before


def test_a_hang_costs_a_collection_the_deadline(reader: InMemoryMetricReader) -> None:
    checks.released.clear()
    try:
        with override_settings(STATUS_PROVIDERS={"health": [("hangs", checks.hangs)]}, STATUS_TIMEOUT=0.3):
            began = time.monotonic()
            told = collect(reader)
            assert time.monotonic() - began < 2
            began = time.monotonic()
            collect(reader)
            assert time.monotonic() - began < 0.3  # nobody waits for the known dead
    finally:
        checks.released.set()
    assert value(told["django_status.state"], resource="health", provider="hangs", state="fail") == 1


def test_two_readers_at_once_share_the_look(reader: InMemoryMetricReader) -> None:
    threads = [threading.Thread(target=collect, args=(reader,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)


def test_names_of_instruments_are_told_apart() -> None:
    assert len({telemetry.name_of(metric) for metric in CATALOGUE}) == len(CATALOGUE)


def test_without_the_extra_it_says_which_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith("opentelemetry")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(
        MissingExtra, match=r"opentelemetry is not installed: pip install django-status\[opentelemetry\]"
    ):
        telemetry.instrument()


def test_neither_is_imported_before_it_is_used() -> None:
    program = """
import sys, django
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
import status.engine, status.formats.registry, status.api.views
assert not {"prometheus_client", "opentelemetry"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
