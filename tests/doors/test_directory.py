"""The doors are found by path, by name and by nothing else, however often they are asked for."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings
from django.urls import Resolver404, resolve, reverse

from tests.doors import checks

PROVIDERS = {"health": [("well", checks.well), ("wellness", checks.well)], "stats": [("well", checks.well)]}

PATHS = [
    ("/status/", "overview", {}),
    ("/status/health", "page_health", {"resource": "health"}),
    ("/status/health/", "page_health", {"resource": "health"}),
    ("/status/health/well/a%2Fb", "check_health", {"resource": "health", "check": "well/a%2Fb"}),
    ("/status/api", "api_root", {}),
    ("/status/api/health/", "api_health_root", {"resource": "health"}),
    ("/status/api/health/well", "api_health_well", {"resource": "health", "provider": "well"}),
    ("/status/api/health/wellness", "api_health_wellness", {"resource": "health", "provider": "wellness"}),
    ("/status/api/stats/well/", "api_stats_well", {"resource": "stats", "provider": "well"}),
    ("/status/api/health/nothing", "api_missing", {"path": "health/nothing"}),
]


@pytest.mark.parametrize(("path", "name", "arguments"), PATHS)
def test_a_path_leads_to_the_same_door_the_first_time_and_later(
    path: str, name: str, arguments: dict[str, str]
) -> None:
    with override_settings(ROOT_URLCONF="tests.doors.urls", STATUS_PROVIDERS=PROVIDERS):
        for _ in range(3):
            match = resolve(path)
            assert (match.view_name, match.kwargs) == (f"status:{name}", arguments)


def test_every_door_has_its_address_by_name() -> None:
    with override_settings(ROOT_URLCONF="tests.doors.urls", STATUS_PROVIDERS=PROVIDERS):
        assert resolve(reverse("status:api_health_wellness")).url_name == "api_health_wellness"
        assert reverse("status:page_stats").rstrip("/") == "/status/stats"


def test_what_leads_nowhere_is_said_with_what_was_tried() -> None:
    with override_settings(ROOT_URLCONF="tests.doors.urls", STATUS_PROVIDERS=PROVIDERS):
        for _ in range(2):
            with pytest.raises(Resolver404) as raised:
                resolve("/status/nothing/there")
            assert "page_health" in {pattern.name for tried in raised.value.args[0]["tried"] for pattern in tried[-1:]}


def test_a_door_that_the_settings_took_away_is_gone() -> None:
    with override_settings(ROOT_URLCONF="tests.doors.urls", STATUS_PROVIDERS=PROVIDERS):
        assert Client().get("/status/api/health/wellness").status_code == 200
        with override_settings(STATUS_PROVIDERS={"health": PROVIDERS["health"][:1]}):
            assert Client().get("/status/api/health/wellness").status_code == 404
