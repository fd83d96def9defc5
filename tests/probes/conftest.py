"""Doors, and a site whose probes ask what the tests make of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from django.test import override_settings

from status import Provider, start
from tests.probes import checks
from tests.probes.doors import DOORS, Reply
from tests.waiting import wait_until

PROVIDERS = {
    "health": [
        ("well", checks.well),
        ("half", checks.half),
        ("raises", checks.raises),
        ("bare", checks.bare),
        ("warns", checks.warns),
        Provider("minor", checks.half, critical=False),
        ("sides", checks.sides),
        ("workers", checks.workers),
        ("many", checks.many),
        ("odd", checks.odd),
        Provider("hangs", checks.hangs, timeout=20, ttl=0),
        ("counted", checks.counted),
    ],
    "secret": [("well", checks.well), ("half", checks.half)],
}
PROBES = {
    "livez": (),
    "readyz": ("health/well", "health/half"),
    "startupz": (),
    "fine": ("health/well", "health/bare", "health/warns", "health/minor"),
    "parts": ("health/sides/left", "health/workers/w1"),
    "sides": ("health/sides", "health/workers"),
    "broken": ("health/raises", "health/nowhere", "health/well/three"),
    "private": ("secret/half", "secret/well"),
    "mixed": ("secret/half", "health/half"),
    "slow": ("health/hangs", "health/well"),
    "fire": ("health/hangs", "health/half"),
    "fire-in-parts": ("health/workers/w1", "health/hangs", "health/half"),
    "part-of-a-fire": ("health/hangs", "health/half/bad"),
    "many": ("health/many",),
    "odd": ("health/odd",),
    "group/live": (),
    "group": ("health/half",),
    "counted": ("health/counted",),
}
TIMEOUT_S = 0.3


@pytest.fixture(autouse=True)
def _databases_allowed(databases_allowed: None) -> None:
    """Django looks after the connections of this thread at each request, whoever has opened them."""


@pytest.fixture(autouse=True)
def _site() -> Iterator[None]:
    with override_settings(
        STATUS_PROVIDERS=PROVIDERS,
        STATUS_PROBES=PROBES,
        STATUS_PROBE_TIMEOUT=TIMEOUT_S,
        STATUS_JUDGED=("health", "secret"),
    ):
        yield


@pytest.fixture(params=DOORS)
def ask(request: pytest.FixtureRequest) -> Callable[..., Reply]:
    """Ask a probe, through each of the doors."""
    return DOORS[request.param]


@pytest.fixture
def _released() -> Iterator[None]:
    """What hangs in the test is let go after it."""
    checks.released.clear()
    yield
    checks.released.set()
    start.follow_settings(setting="STATUS_PROVIDERS")
    wait_until(lambda: not any(thread.name.startswith("status:") for thread in threading.enumerate()), 20)
