"""The headers on every answer, whichever door it comes through, and that no text is taken for a page."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

import django
import pytest
from django.test import Client, override_settings

from status.probes import answer as answers
from status.probes.answer import Answer
from status.probes.wire import send_asgi, send_wsgi
from status.website.assets import ASSETS
from tests.asking import SERVERS, Site, body
from tests.doors import checks
from tests.doors.checks import SCRIPT
from tests.probes.doors import DOORS
from tests.settings import MIDDLEWARE

TOKEN = "s3cret-token-of-these-tests"
TRUSTED = {"Authorization": f"Bearer {TOKEN}"}
PROVIDERS = {
    "health": [("well", checks.well), ("scripts", checks.scripts)],
    "stats": [("well", checks.well)],
    "secret": [("well", checks.well)],
}
PROBES = {"livez": (), "readyz": ("health/well", "health/scripts"), "fine": ("health/well",)}
CSS = ASSETS["status.css"].path

GUARDS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
CLOSED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PAGE = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
NEVER_KEPT = {**GUARDS, "Cache-Control": "no-store"}
FOR_YEARS = {**GUARDS, "Cache-Control": "public, max-age=31536000, immutable"}


@pytest.fixture(autouse=True)
def _site(django_db_blocker: Any) -> Iterator[None]:
    with (
        django_db_blocker.unblock(),
        override_settings(
            ROOT_URLCONF="tests.doors.urls",
            STATUS_PROVIDERS=PROVIDERS,
            STATUS_PROBES=PROBES,
            STATUS_TOKENS=[TOKEN],
            STATUS_ACCESS={"health": "states", "secret": "hidden", "*": "private"},
        ),
    ):
        yield


@pytest.fixture(params=SERVERS)
def site(request: pytest.FixtureRequest) -> Site:
    """The site, asked through both kinds of server."""
    return Site(request.param)


def vary(headers: Mapping[str, str]) -> set[str]:
    return {each.strip().lower() for each in headers.get("Vary", "").split(",")}


def has(headers: Mapping[str, str], expected: Mapping[str, str]) -> None:
    assert {name: headers.get(name) for name in expected} == dict(expected)


# --- every answer -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "method", "headers", "code"),
    [
        ("api/", "GET", {}, 503),
        ("api/", "HEAD", {}, 503),
        ("api/health/well", "GET", {}, 200),
        ("api/health/well", "HEAD", {}, 200),
        ("api/health/well", "POST", {}, 200),
        ("api/health", "OPTIONS", {}, 200),
        ("api/stats", "GET", {}, 401),
        ("api/stats", "GET", TRUSTED, 200),
        ("api/secret", "GET", {}, 404),
        ("api/nope", "GET", {}, 404),
        ("api/health/nope", "GET", {}, 404),
        ("api/health", "PATCH", {}, 405),
    ],
)
def test_an_answer_of_the_api_is_guarded(
    path: str, method: str, headers: dict[str, str], code: int, site: Site
) -> None:
    response = site(path, method, headers=headers)
    assert response.status_code == code
    has(response.headers, {**NEVER_KEPT, "Content-Security-Policy": CLOSED, "Content-Type": "application/json"})
    assert vary(response.headers) >= {"authorization", "cookie"}


@pytest.mark.parametrize(
    ("path", "method", "headers", "code", "policy"),
    [
        ("", "GET", {}, 200, PAGE),
        ("", "HEAD", {}, 200, PAGE),
        ("", "POST", {}, 200, PAGE),
        ("health/", "GET", TRUSTED, 200, PAGE),
        ("health/", "OPTIONS", {}, 200, CLOSED),
        ("health/", "PATCH", {}, 405, CLOSED),
        ("stats/", "GET", {}, 302, CLOSED),
        ("stats/", "GET", TRUSTED, 200, PAGE),
    ],
)
def test_a_page_is_guarded(path: str, method: str, headers: dict[str, str], code: int, policy: str, site: Site) -> None:
    response = site(path, method, headers=headers)
    assert response.status_code == code
    has(response.headers, {**NEVER_KEPT, "Content-Security-Policy": policy})
    assert vary(response.headers) >= {"authorization", "cookie"}


def test_a_page_that_asks_for_a_token_is_guarded(site: Site) -> None:
    with override_settings(ROOT_URLCONF="tests.urls"):  # it has no login to lead to
        response = site("stats/")
    assert response.status_code == 401
    has(response.headers, {**NEVER_KEPT, "Content-Security-Policy": PAGE})
    assert vary(response.headers) >= {"authorization", "cookie"}


@pytest.mark.parametrize(
    ("path", "method", "code"),
    [(CSS, "GET", 200), (CSS, "HEAD", 200), (CSS, "POST", 405), ("assets/0/status.css", "GET", 404)],
)
def test_an_asset_is_guarded_and_kept_where_there_is_one(path: str, method: str, code: int, site: Site) -> None:
    response = site(path, method)
    assert response.status_code == code
    kept = FOR_YEARS if code == 200 else NEVER_KEPT
    has(response.headers, {**kept, "Content-Security-Policy": CLOSED})
    if code == 200:
        assert vary(response.headers) == {"accept-encoding"}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("path", "method", "code"),
    [
        ("/livez", "GET", 200),
        ("/livez", "HEAD", 200),
        ("/fine", "GET", 200),
        ("/readyz", "GET", 503),
        ("/readyz", "HEAD", 503),
        ("/readyz/nope", "GET", 404),
        ("/readyz", "POST", 405),
    ],
)
def test_a_probe_is_guarded_through_every_door(door: str, path: str, method: str, code: int) -> None:
    reply = DOORS[door](path, method)
    assert reply.status == code
    expected = {**NEVER_KEPT, "Content-Security-Policy": CLOSED, "Content-Type": "text/plain; charset=utf-8"}
    has(reply.headers, {name.lower(): value for name, value in expected.items()})
    assert reply.headers["vary"].lower() == "authorization"


EVERY_ANSWER = {name: said for name, said in vars(answers).items() if isinstance(said, Answer)}


@pytest.mark.parametrize("name", EVERY_ANSWER)
def test_below_django_wsgi_and_asgi_send_the_same(name: str) -> None:
    told: list[Any] = []
    send_wsgi(EVERY_ANSWER[name], "GET", lambda *said: told.append(said))  # type: ignore[arg-type]

    async def send(message: Mapping[str, Any]) -> None:
        told.append(message)

    asyncio.run(send_asgi(EVERY_ANSWER[name], "GET", send))
    by_wsgi = [(name.lower().encode(), value.encode()) for name, value in told[0][1]]
    assert by_wsgi == told[1]["headers"]
    assert dict(by_wsgi).items() >= {b"cache-control": b"no-store", b"x-content-type-options": b"nosniff"}.items()


def test_a_server_may_change_the_list_that_it_was_given() -> None:
    answers.OK.headers.clear()
    answers.OK.raw_headers.clear()
    assert dict(answers.OK.headers)["Cache-Control"] == "no-store"
    assert dict(answers.OK.raw_headers)[b"cache-control"] == b"no-store"


def test_a_hidden_page_is_told_by_no_header_from_one_that_is_not_there(site: Site) -> None:
    hidden, missing = site("secret/"), site("absent/")
    assert hidden.status_code == missing.status_code == 404
    assert dict(hidden.headers) == dict(missing.headers)


# --- what the project has set -----------------------------------------------------------------------------------------

SITES_OWN = {
    "Content-Security-Policy": "default-src https:",
    "Referrer-Policy": "unsafe-url",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    "Strict-Transport-Security": "max-age=60",
}


@pytest.fixture
def _strict() -> Iterator[None]:
    """All that Django has to set such headers by, and set otherwise than ours."""
    more = ["django.middleware.clickjacking.XFrameOptionsMiddleware"]
    if django.VERSION >= (6, 0):
        more.append("django.middleware.csp.ContentSecurityPolicyMiddleware")
    else:
        more.append("tests.doors.test_headers.csp")
    with override_settings(
        MIDDLEWARE=[*more, *MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"],
        SECURE_CSP={"default-src": ["https:"]},
        SECURE_CSP_REPORT_ONLY={"script-src": ["<CSP_NONCE_SENTINEL>"]},
        SECURE_REFERRER_POLICY="unsafe-url",
        SECURE_CROSS_ORIGIN_OPENER_POLICY="same-origin-allow-popups",
        SECURE_HSTS_SECONDS=60,
    ):
        yield


def csp(get_response: Any) -> Any:
    """What Django 6 has as a middleware, for Django 5.2."""

    def middleware(request: Any) -> Any:
        response = get_response(request)
        response.setdefault("Content-Security-Policy", "default-src https:")
        return response

    return middleware


@pytest.mark.usefixtures("_strict")
@pytest.mark.parametrize(
    ("path", "policy"), [("", PAGE), ("stats/", CLOSED), ("api/health", CLOSED), (CSS, CLOSED), ("api/nope", CLOSED)]
)
def test_our_word_stands_on_our_answers_and_the_projects_beside_it(path: str, policy: str) -> None:
    site = Site("wsgi")
    response = site(path, secure=True)
    has(response.headers, {**SITES_OWN, **GUARDS, "Content-Security-Policy": policy})
    site.root = "/page/"
    has(site(secure=True).headers, SITES_OWN)


if django.VERSION >= (6, 0):

    @pytest.mark.usefixtures("_strict")
    def test_the_projects_nonces_go_on_to_work() -> None:
        client = Client()
        assert client.get("/status/").status_code == 200
        response = client.get("/page/")
        nonce = response.content.decode().removeprefix("nonce: ")
        assert len(nonce) > 16
        assert response["Content-Security-Policy-Report-Only"] == f"script-src 'nonce-{nonce}'"


@pytest.mark.usefixtures("_strict")
def test_what_else_an_answer_varies_on_is_kept(site: Site) -> None:
    told = vary(site().headers)
    assert told >= {"authorization", "cookie", "accept-language"}
    with override_settings(SESSION_SAVE_EVERY_REQUEST=True):
        assert site().headers["Vary"].lower().count("cookie") == 1


# --- no text is a page ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", DOORS)
def test_a_name_that_is_markup_stays_text_in_a_probe(door: str) -> None:
    reply = DOORS[door]("/readyz", query="verbose&exclude=%3Cscript%3Ealert(1)%3C/script%3E")
    assert f"health/scripts/{SCRIPT}: fail" in reply.body.splitlines()
    assert f"unknown: {SCRIPT}" in reply.body.splitlines()
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", [f"api/{SCRIPT}", f"api/health/{SCRIPT}", "api/health/scripts"])
def test_a_name_that_is_markup_stays_text_in_the_api(path: str, site: Site) -> None:
    response = site(path)
    assert SCRIPT.partition("/")[0] in str(body(response))  # a slash ends a name
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


class _Loads(HTMLParser):
    """What a page would have a browser load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in ("style", "base", "iframe", "object", "embed") or (tag == "script" and "src" not in named):
            self.inline.append(tag)
        self.inline += [name for name in named if name == "style" or name.startswith("on")]
        source = named.get("href") if tag == "link" else named.get("src")
        self.urls += [source] if source else []


@pytest.mark.parametrize("path", ["", "health/", "stats/"])
@pytest.mark.parametrize("debug", [True, False])
def test_a_page_needs_nothing_that_its_policy_forbids(path: str, debug: bool, site: Site) -> None:
    with override_settings(DEBUG=debug, ROOT_URLCONF="tests.urls"):
        loads = _Loads()
        loads.feed(site(path).content.decode())
    assert loads.urls
    assert not loads.inline
    assert not [url for url in loads.urls if "//" in url]
