"""For how long what is told is as fresh as the site itself would tell it again."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.test import Client, override_settings

from status import Provider, each, engine
from status.formats import freshness
from tests.api import checks


@each(["one", "other"])
def parts(name: str) -> bool:
    return True


PROVIDERS = {
    "health": [Provider("mapping", checks.warns, ttl=600), Provider("parts", parts, ttl=300)],
    "bare": [Provider("one", checks.nothing, ttl=60)],
    "nothing": [],
}


@pytest.fixture(autouse=True)
def _configured(databases_allowed: None) -> Iterator[None]:
    with override_settings(STATUS_PROVIDERS=PROVIDERS, STATUS_ACCESS={"*": "public"}):
        yield


@pytest.mark.parametrize(
    ("resource", "names", "ttl_s"),
    [("health", ["mapping"], 600), ("health", ["parts"], 300), ("health", None, 300), ("bare", None, 60)],
)
def test_it_is_what_is_left_of_the_shortest_ttl(resource: str, names: list[str] | None, ttl_s: float) -> None:
    report = engine.observe(resource, names)
    now = time.time()
    left_s = freshness.left_s([report], now)
    assert left_s is not None
    assert ttl_s - 10 < left_s <= ttl_s
    assert freshness.left_s([report], now + 1000) == pytest.approx(left_s - 1000)


def test_of_nothing_it_is_not_known() -> None:
    assert freshness.left_s([engine.observe("nothing")], time.time()) is None


def test_health_json_says_it_too() -> None:
    """A component has no check of its own where its provider returned a mapping."""
    header = Client().get("/status/api/health/mapping?format=health%2Bjson").headers["Cache-Control"]
    assert 590 <= int(header.removeprefix("private, max-age=")) <= 600
