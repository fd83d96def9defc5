"""A `"*"` in `STATUS_ACCESS` is for every resource that is not named, `health` included, whatever the door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import override_settings

from tests.asking import SERVERS, Site
from tests.probes.doors import DOORS, Reply

ERROR = "no route to the primary"
NAMED = {"health": "states"}

UNNAMED = [
    ({"*": "public"}, 503, True, "health/it"),
    ({"*": "states"}, 503, False, "health/it"),
    ({"*": "private"}, 401, False, "fail"),
    ({"*": "hidden"}, 404, False, "fail"),
]
"""Access; what the API answers a stranger, whether with the error's text; what a probe says."""
ACCESS = [
    *UNNAMED,
    # With `health` named it has its own level, and without a star its default.
    *(({**access, **NAMED}, 503, False, "health/it") for access, *_ in UNNAMED),
    ({"stats": "hidden"}, 503, False, "health/it"),
]


def failing() -> object:
    raise ValueError(ERROR)


@pytest.fixture(autouse=True)
def _site(databases_allowed: None) -> Iterator[None]:
    entries = [("it", failing)]
    with override_settings(
        STATUS_PROVIDERS={"health": entries, "stats": []},
        STATUS_PROBES={"readyz": ["health/it"]},
        ALLOWED_HOSTS=["*"],
    ):
        yield


@pytest.fixture(params=SERVERS)
def site(request: pytest.FixtureRequest) -> Site:
    """The site, asked through both kinds of server."""
    return Site(request.param)


@pytest.fixture(params=DOORS)
def ask(request: pytest.FixtureRequest) -> Callable[..., Reply]:
    """Ask a probe, through each of the doors."""
    return DOORS[request.param]


@pytest.mark.parametrize(("access", "code", "details", "probe"), ACCESS)
def test_the_api_obeys_the_star(site: Site, access: Any, code: int, details: bool, probe: str) -> None:
    with override_settings(STATUS_ACCESS=access):
        for path in ("api/health", "api/health/it"):
            assert site(path).status_code == code
        root = site("api/")
    assert ("health" in root.json()) is (code == 503)
    assert root.status_code == (503 if code == 503 else 200)


@pytest.mark.parametrize(("access", "code", "details", "probe"), ACCESS)
def test_the_website_obeys_the_star(site: Site, access: Any, code: int, details: bool, probe: str) -> None:
    with override_settings(STATUS_ACCESS=access):
        page, overview = site("health/"), site("")
    assert page.status_code == (200 if code == 503 else code)
    assert overview.status_code == 200
    for answer in (page, overview):
        assert (ERROR in answer.content.decode()) is details
    assert ("Nothing is shown to you" in overview.content.decode()) is (code != 503)


@pytest.mark.parametrize(("access", "code", "details", "probe"), ACCESS)
def test_the_names_of_a_probe_obey_the_star(
    ask: Callable[..., Reply], access: Any, code: int, details: bool, probe: str
) -> None:
    with override_settings(STATUS_ACCESS=access):
        reply = ask("/readyz")
        below = ask("/readyz/health/it")
    assert (reply.status, reply.body.strip()) == (503, probe)
    assert below.status == (503 if probe == "health/it" else 404)


def test_tokens_open_what_the_star_hides(site: Site) -> None:
    with override_settings(STATUS_ACCESS={"*": "hidden"}, STATUS_TOKENS=["a-token-that-is-long-enough"]):
        trusted: Any = {"headers": {"Authorization": "Bearer a-token-that-is-long-enough"}}
        assert site("api/health", **trusted).status_code == 503
        assert ERROR in site("health/", **trusted).content.decode()
