"""Badges: who is shown which, as what, and for how long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from threading import Event
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from django.http import HttpRequest
from django.test import AsyncClient, Client, override_settings
from django.urls import reverse

from status import Provider, batch, each, engine
from tests.api import checks
from tests.api.conftest import TOKEN
from tests.asking import Site, body
from tests.servers.web import Gunicorn, Uvicorn, WebServer

TRUSTED: Any = {"headers": {"Authorization": f"Bearer {TOKEN}"}}
TITLE = "{http://www.w3.org/2000/svg}title"
STRANGE = "disk /srv/media 100%?#<b>"


@each(["web-1.internal", "web-2.internal"], names_are_details=True)
def hosts(name: str) -> bool:
    return name == "web-1.internal"


@batch([STRANGE, "a.svg", "a.json"])
def strange() -> dict[str, str]:
    return {STRANGE: "warn", "a.svg": "pass", "a.json": "fail"}


HEALTH = [
    ("ping", "status.providers.health.ping"),
    ("fails", checks.fails),
    ("warns", checks.warns),
    ("raises", checks.raises),
    Provider("spare", checks.raises, critical=False),
    Provider("long", checks.warns, ttl=600),
    ("strange", strange),
    ("hosts", hosts),
]
ACCESS = {"health": "states", "secret": "hidden", "open": "public", "*": "private"}


@pytest.fixture(autouse=True)
def _configured() -> Iterator[None]:
    others = {name: [("measured", checks.measured), ("hosts", hosts)] for name in ("stats", "secret", "open")}
    with override_settings(STATUS_PROVIDERS={"health": HEALTH, **others}, STATUS_ACCESS=ACCESS):
        yield


def says(response: Any) -> str:
    """The name of the image, which is all that it says."""
    return ET.fromstring(response.content).findtext(TITLE) or ""


# --- what it says -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("health", "health: fail"),
        ("health/ping", "ping: pass"),
        ("health/ping/pong", "ping/pong: pass"),
        ("health/warns", "warns: warn"),
        ("health/fails", "fails: fail"),
        ("health/fails/one", "fails/one: pass"),
        ("health/fails/other", "fails/other: fail"),
        ("health/raises", "raises: fail"),
        # Before it named any: it stands for each.
        ("health/raises/whatever", "raises/whatever: fail"),
        # As on the website: what is not critical warns.
        ("health/spare", "spare: warn"),
        ("health/hosts", "hosts: fail"),
        ("health/strange/a.svg", "strange/a.svg: pass"),
        ("health/strange/a.json", "strange/a.json: fail"),
        (f"health/strange/{STRANGE}", f"strange/{STRANGE}: warn"),
        ("open", "open: not judged"),
        ("open/measured", "measured: not judged"),
    ],
)
def test_a_badge_says_the_state_and_is_always_200(reference: str, said: str, site: Site) -> None:
    response = site(f"badge/{quote(reference)}.svg")
    assert (response.status_code, says(response)) == (200, said)
    assert response.headers["Content-Type"] == "image/svg+xml"


@pytest.mark.parametrize("server", [Gunicorn, Uvicorn])
def test_a_name_of_any_script_is_found(server: type[WebServer]) -> None:
    """By real servers: Django's client for ASGI reads a path as Latin-1."""
    settings = 'STATUS_PROVIDERS = {"health": [("disk", "tests.api.checks.scripts")]}\n'
    with server.serving(settings) as served:
        for name in checks.scripts():
            code, _, content = served.ask(f"/status/badge/health/disk/{quote(name)}.svg")
            assert code == 200
            assert ET.fromstring(content).findtext(TITLE) == f"disk/{name}: pass"


def test_for_shields_it_is_json(site: Site) -> None:
    response = site("badge/health/fails.json")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert body(response) == {
        "schemaVersion": 1,
        "label": "fails",
        "message": "fail",
        "color": "#b3131f",
        "isError": True,
        "cacheSeconds": 1,
    }


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("label=Shop", "Shop"),
        ("label=Shop+%26+%3Cb%3E%22", 'Shop & <b>"'),
        ("label=one&label=two", "two"),
        ("label=a%00%0d%0aSet-Cookie:%20b", "a Set-Cookie: b"),
        ("label=%E2%80%AEevil", "evil"),
        ("label=%FF%FE", "\ufffd\ufffd"),
        ("label=", "ping"),
        ("label=%00%20", "ping"),
        ("style=social", "ping"),
        ("label=" + "x" * 5_000, "x" * 59 + "…"),
    ],
)
def test_the_label_may_be_another(query: str, label: str, site: Site) -> None:
    assert says(site(f"badge/health/ping.svg?{query}")) == f"{label}: pass"
    assert body(site(f"badge/health/ping.json?{query}"))["label"] == label


@pytest.mark.parametrize("path", ["badge/health.svg", "badge/health/ping.json", "badge/health.svg/"])
def test_the_api_alone_has_them_too(path: str, site: Site) -> None:
    with override_settings(ROOT_URLCONF="tests.api.urls_of_api_at_root"):
        site.root = "/"
        assert site(path).status_code == 200
        assert site("badge/nope.svg").status_code == 404
        assert site("badge/nope.png").status_code == 404


def test_a_badge_has_an_address_by_name() -> None:
    assert reverse("status:badge_svg", kwargs={"reference": "health/ping"}) == "/status/badge/health/ping.svg"
    assert reverse("status:badge_json", kwargs={"reference": "health"}) == "/status/badge/health.json"


# --- for whom ---------------------------------------------------------------------------------------------------------

UNKNOWN = [
    "nope",
    "nope/ping",
    "health/nope",
    "health/nope/a",
    "health/ping/nope",
    "health/",
    "health/ping/",
    "/health",
]
HIDDEN = ["secret", "secret/measured", "secret/hosts/web-1.internal", "secret/nope"]
WITHHELD = ["health/hosts/web-1.internal", "health/hosts/web-2.internal", "health/hosts/nope"]


@pytest.mark.parametrize("kind", ["svg", "json"])
def test_what_is_hidden_or_a_detail_is_as_what_there_is_not(kind: str, site: Site) -> None:
    answers = [site(f"badge/{reference}.{kind}?label=it") for reference in (*UNKNOWN, *HIDDEN, *WITHHELD)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({(answer.content, tuple(sorted(answer.headers.items()))) for answer in answers}) == 1
    assert b"not found" in answers[0].content
    assert answers[0].headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("reference", ["stats", "stats/measured", "stats/nope", "stats/hosts/web-1.internal"])
@pytest.mark.parametrize("kind", ["svg", "json"])
def test_what_is_private_says_so_and_no_more(kind: str, reference: str, site: Site) -> None:
    response = site(f"badge/{reference}.{kind}")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="status"'
    assert response.headers["Cache-Control"] == "no-store"
    assert b"private" in response.content
    assert b"stats" not in response.content


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("stats", "stats: not judged"),
        ("health/hosts/web-1.internal", "hosts/web-1.internal: pass"),
        ("health/hosts/web-2.internal", "hosts/web-2.internal: fail"),
    ],
)
def test_who_is_trusted_sees_more(reference: str, said: str, site: Site) -> None:
    response = site(f"badge/{reference}.svg", **TRUSTED)
    assert (response.status_code, says(response)) == (200, said)


def test_neither_a_value_nor_an_error_is_told_even_to_the_trusted(site: Site) -> None:
    for reference in ("health/raises", "open/measured", "health"):
        for kind in ("svg", "json"):
            told = site(f"badge/{reference}.{kind}", **TRUSTED).content
            assert checks.SECRET.encode() not in told
            assert b"postgres" not in told
            assert b"queue" not in told


class Rule:
    """A project's own, which hangs until it is let go."""

    def __init__(self) -> None:
        self.answers = Event()

    def __call__(self, request: HttpRequest, resource: str) -> str:
        self.answers.wait(20)
        return {"health": "states"}.get(resource, "hidden")


def test_while_a_rule_of_the_projects_own_hangs_no_name_is_told_from_another(site: Site) -> None:
    rule = Rule()
    with override_settings(STATUS_ACCESS=rule, STATUS_TIMEOUT=0.3):
        answers = [site(f"badge/{name}.svg") for name in ("health", "secret", "nope", "health/nope")]
        assert {answer.status_code for answer in answers} == {401}
        assert len({answer.content for answer in answers}) == 1
        rule.answers.set()


def test_what_a_rule_decides_is_for_its_caller_alone(site: Site) -> None:
    rule = Rule()
    rule.answers.set()
    with override_settings(STATUS_ACCESS=rule):
        response = site("badge/health/ping.svg")
    assert response.headers["Cache-Control"] == "private, max-age=1"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"


# --- methods ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_methods_are_those_of_the_api(method: str, site: Site) -> None:
    assert says(site("badge/health/ping.svg", method)) == "ping: pass"


def test_head_has_the_headers_alone(site: Site) -> None:
    got, head = site("badge/health/ping.svg"), site("badge/health/ping.svg", "HEAD")
    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(got.content))
    assert head.headers["Content-Type"] == got.headers["Content-Type"]


@pytest.mark.parametrize("reference", ["health", "secret", "nope"])
def test_another_method_is_405_whatever_the_name(reference: str, site: Site) -> None:
    response = site(f"badge/{reference}.svg", "PATCH")
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST, PUT, DELETE"
    assert site(f"badge/{reference}.svg", "OPTIONS").headers["Allow"] == response.headers["Allow"]


# --- for how long, and where ------------------------------------------------------------------------------------------


def max_age(response: Any) -> int:
    return int(response.headers["Cache-Control"].partition("max-age=")[2])


def test_it_is_kept_for_as_long_as_the_site_itself_would_say_the_same(site: Site) -> None:
    first = site("badge/health/long.svg")
    assert 590 <= max_age(first) <= 600
    assert body(site("badge/health/long.json"))["cacheSeconds"] in range(590, 601)
    # Of all the least.
    assert max_age(site("badge/health.svg")) == 1
    assert max_age(site("badge/health/ping.svg")) == 1


def test_what_is_older_is_kept_for_what_is_left(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site("badge/health/long.svg")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 400.5)
    assert max_age(site("badge/health/long/one.svg")) in (199, 198)
    monkeypatch.setattr(time, "time", lambda: now + 700)
    assert max_age(site("badge/health/long.svg")) == 1


@pytest.mark.parametrize("headers", [{}, TRUSTED["headers"]], ids=["stranger", "trusted"])
def test_what_everybody_sees_is_for_every_cache_and_every_site(headers: dict[str, str], site: Site) -> None:
    response = site("badge/health/ping.svg", headers=headers)
    assert response.headers["Cache-Control"] == "public, max-age=1"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response.headers["Vary"] == "Accept-Encoding"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("reference", ["stats", "health/hosts/web-1.internal"])
def test_what_some_see_is_for_their_own_cache_and_this_site(reference: str, site: Site) -> None:
    response = site(f"badge/{reference}.svg", **TRUSTED)
    assert response.headers["Cache-Control"].startswith("private, max-age=")
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert {"Authorization", "Cookie"} <= set(response.headers["Vary"].split(", "))


def test_names_that_everybody_sees_are_for_every_cache(site: Site) -> None:
    response = site("badge/open/hosts/web-1.internal.svg")
    assert response.status_code == 200
    assert response.headers["Cache-Control"].startswith("public, ")


@pytest.mark.parametrize("ask", ["observe", "aobserve"])
def test_a_badge_is_of_one_observation_with_the_rest(ask: str) -> None:
    """It comes from what the API and the website tell, and costs a check nothing within its ttl."""
    with override_settings(STATUS_PROVIDERS={"health": [Provider("once", checks.warns, ttl=600)]}):
        seen = engine.observe("health").observations[0] if ask == "observe" else None
        if seen is None:
            seen = asyncio.run(engine.aobserve("health")).observations[0]
        Client().get("/status/badge/health/once.svg")
        asyncio.run(AsyncClient().get("/status/badge/health/once.json"))
        assert engine.observe("health").observations[0] is seen
