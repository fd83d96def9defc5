"""The API: methods, codes, headers, who sees what, and that nothing keeps it from being reached."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.http import HttpRequest
from django.test import AsyncClient, Client, override_settings
from django.urls import NoReverseMatch, reverse

from status.access import Sight
from status.core.values import MAX_VALUE_BYTES
from status.providers.base import Provider
from tests.api import checks
from tests.api.conftest import TOKEN
from tests.asking import Site, body
from tests.servers.web import Gunicorn, Uvicorn, WebServer
from tests.settings import MIDDLEWARE
from tests.sites import databases

METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"]
TRUSTED: Any = {"headers": {"Authorization": f"Bearer {TOKEN}"}}
PING = ("ping", "status.providers.health.ping")
PONG = {"pong": True}


def configured(**resources: Any) -> Any:
    return override_settings(STATUS_PROVIDERS=resources)


# --- methods and forms ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["api", "api/", "api/health", "api/health/", "api/health/ping", "api/health/ping/"])
@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_2_x_is_answered_in_both_slash_forms(path: str, method: str, site: Site) -> None:
    with configured(health=[PING]):
        response = site(path, method, **TRUSTED)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    if method == "HEAD":
        assert response.content == b""
    elif method != "OPTIONS":
        below = {"api": {"health": {"ping": PONG}}, "api/health": {"ping": PONG}, "api/health/ping": PONG}
        assert body(response) == below[path.strip("/")]
    if method == "OPTIONS":
        assert response.headers["Allow"] == ", ".join(METHODS)


@pytest.mark.parametrize("path", ["api/", "api/health", "api/health/ping"])
def test_post_put_and_delete_are_as_get(path: str, site: Site) -> None:
    with configured(health=[PING]):
        got = site.json(path, **TRUSTED)
        assert [site.json(path, method, **TRUSTED) for method in ("POST", "PUT", "DELETE")] == [got] * 3


@pytest.mark.parametrize("path", ["api/", "api/health", "api/health/ping"])
@pytest.mark.parametrize("method", ["PATCH", "TRACE", "PROPFIND"])
def test_another_method_is_405_and_says_which_there_are(path: str, method: str, site: Site) -> None:
    response = site(path, method)
    assert response.status_code == 405
    assert response.headers["Allow"] == ", ".join(METHODS)
    assert method in body(response)["error"]


def test_options_of_a_provider_says_what_it_is(site: Site) -> None:
    provider = Provider("ping", checks.warns, description="Two of them.", runbook="https://wiki/ping")
    with configured(health=[provider]):
        assert site.json("api/health/ping", "OPTIONS", headers={"Authorization": f"Bearer {TOKEN}"}) == {
            "name": "ping",
            "description": "Two of them.",
            "runbook": "https://wiki/ping",
        }
        assert site.json("api/health/ping", "OPTIONS") == {"name": "ping"}


def test_words_that_utf_8_can_not_hold_are_told_all_the_same(site: Site) -> None:
    with configured(health=[Provider("ping", checks.warns, description="half \ud800")]):
        assert site.json("api/health/ping", "OPTIONS", **TRUSTED)["description"] == "half �"


@pytest.mark.parametrize("path", ["api/health", "api/nope", "api/stats", "api/health/nope"])
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "PATCH"])
def test_no_answer_is_kept_or_sniffed(path: str, method: str, site: Site) -> None:
    headers = site(path, method).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("urlconf", ["tests.api.urls_at_root", "tests.api.urls_of_api_at_root"])
def test_options_below_no_folder_gives_urls_that_work(urlconf: str, site: Site) -> None:
    site.root = "/"
    prefix = "api/" if urlconf.endswith("urls_at_root") else ""
    with override_settings(ROOT_URLCONF=urlconf), configured(health=[PING]):
        told = site.json(prefix, "OPTIONS")
        assert told == {"health": {"ping": f"http://testserver/{prefix}health/ping"}}
        assert site.json(f"{prefix}health", "OPTIONS") == told["health"]


# --- codes ------------------------------------------------------------------------------------------------------------

FAILS, WARNS = ("it", "tests.api.checks.fails"), ("it", "tests.api.checks.warns")
EVERY_PATH = pytest.mark.parametrize("path", ["api/", "api/health", "api/health/it"])


@EVERY_PATH
def test_a_failing_judged_report_is_503(path: str, site: Site) -> None:
    with configured(health=[FAILS, PING], stats=[PING]):
        assert site(path).status_code == 503


@pytest.mark.parametrize("path", ["api/health/ping", "api/stats", "api/stats/ping"])
def test_what_shows_nothing_that_fails_is_200(path: str, site: Site) -> None:
    with configured(health=[FAILS, PING], stats=[PING]):
        assert site(path, **TRUSTED).status_code == 200


@EVERY_PATH
@pytest.mark.parametrize(
    "entry",
    [WARNS, Provider("it", checks.fails, critical=False)],
    ids=["a warning", "a failure that is not critical"],
)
def test_a_warning_is_200(entry: Any, path: str, site: Site) -> None:
    with configured(health=[entry, PING]):
        assert site(path).status_code == 200


@EVERY_PATH
@pytest.mark.parametrize(
    ("codes", "entry", "code"),
    [
        ({"fail": 200}, FAILS, 200),
        ({"fail": 500}, FAILS, 500),
        ({"warn": 207}, WARNS, 207),
        ({"warn": 207}, FAILS, 503),
        ({"pass": 202}, ("it", PING[1]), 202),
    ],
)
def test_codes_are_those_of_the_settings(codes: Any, entry: Any, code: int, path: str, site: Site) -> None:
    with override_settings(STATUS_HTTP_CODES=codes), configured(health=[entry]):
        assert site(path).status_code == code


def test_what_is_not_judged_is_200_though_it_fails(site: Site) -> None:
    with configured(things=[("it", "tests.api.checks.raises")]):
        assert site("api/things", **TRUSTED).status_code == 200


def test_another_resource_can_be_judged(site: Site) -> None:
    with override_settings(STATUS_JUDGED=["health", "things"]), configured(health=[PING], things=[FAILS]):
        assert site("api/things", **TRUSTED).status_code == 503
        assert site("api/", **TRUSTED).status_code == 503
        # A stranger's root doesn't show it, so it doesn't count there.
        assert site("api/").status_code == 200


@pytest.mark.parametrize(
    ("path", "method", "code"),
    [
        ("api/health", "GET", 503),
        ("api/nope", "GET", 404),
        ("api/stats", "GET", 401),
        ("api/health", "PATCH", 405),
    ],
)
def test_no_code_is_logged_as_a_fault_of_the_site(
    path: str, method: str, code: int, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with configured(health=[FAILS], stats=[PING]):
        assert site(path, method).status_code == code
    assert not [record for record in caplog.records if record.name.startswith("django")]
    # Seen to be logged where it is not ours.
    site.root = "/elsewhere/"
    assert site().status_code == 404
    assert [record.name for record in caplog.records if record.name.startswith("django")] == ["django.request"]


# --- who sees what ----------------------------------------------------------------------------------------------------

LEVELS = {
    "open": "public",
    "health": "states",
    "locked": "private",
    "secret": "hidden",
}
MEASURED = ("measured", "tests.api.checks.measured")
RAISES = ("raises", "tests.api.checks.raises")


@pytest.fixture
def _levels() -> Any:
    """A resource of each level."""
    with override_settings(STATUS_ACCESS=LEVELS), configured(**{name: [MEASURED, RAISES] for name in LEVELS}):
        yield


VALUES = {"queue": 5, "lost": 0, "password": "********"}
ERROR = {"error": "ValueError: no route to postgres://app:********@db/shop second line"}


@pytest.mark.usefixtures("_levels")
def test_a_stranger_sees_what_is_public_and_states_alone(site: Site) -> None:
    response = site("api/")
    assert body(response) == {
        "open": {"measured": VALUES, "raises": ERROR},
        "health": {"measured": {"queue": True, "lost": False, "password": True}, "raises": False},
    }
    assert response.status_code == 503
    assert site.json("api/health/measured") == {"queue": True, "lost": False, "password": True}
    assert site.json("api/health/raises") is False
    assert site.json("api/open/measured") == VALUES


@pytest.mark.usefixtures("_levels")
def test_a_trusted_caller_sees_all(site: Site) -> None:
    response = site("api/", **TRUSTED)
    whole = {"measured": VALUES, "raises": ERROR}
    told = {"open": whole, "health": {"measured": VALUES, "raises": False}, "locked": whole, "secret": whole}
    assert body(response) == told
    assert response.status_code == 503
    for name in LEVELS:
        assert site.json(f"api/{name}", **TRUSTED) == told[name]


@pytest.mark.usefixtures("_levels")
@pytest.mark.parametrize("path", ["api/locked", "api/locked/", "api/locked/measured", "api/locked/nope"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_what_is_private_asks_a_stranger_for_a_token(path: str, method: str, site: Site) -> None:
    response = site(path, method)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="status"'
    assert set(body(response)) == {"error"}
    assert site("api/locked", method, **TRUSTED).status_code == 200


@pytest.mark.usefixtures("_levels")
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("below", ["", "/", "/measured", "/nope"])
def test_what_is_hidden_is_to_a_stranger_as_if_it_were_not_there(below: str, method: str, site: Site) -> None:
    hidden, missing = (site(f"api/{name}{below}", method) for name in ("secret", "absent"))
    assert hidden.status_code == missing.status_code == 404
    told, expected = hidden.content.decode(), missing.content.decode()
    assert told == expected.replace("absent", "secret")
    assert body(hidden)["resources"] == ["open", "health", "locked"]


@pytest.mark.usefixtures("_levels")
def test_options_lists_what_the_caller_may_see(site: Site) -> None:
    assert list(site.json("api/", "OPTIONS")) == ["open", "health"]
    assert list(site.json("api/", "OPTIONS", **TRUSTED)) == list(LEVELS)
    assert list(site.json("api/health", "OPTIONS")) == ["measured", "raises"]


@pytest.mark.usefixtures("_levels")
def test_an_unknown_provider_names_those_there_are_to_whoever_may_know(site: Site) -> None:
    response = site("api/health/nope")
    assert response.status_code == 404
    assert body(response) == {"error": "Provider not found: health/nope", "providers": ["measured", "raises"]}


@pytest.mark.parametrize(
    "path", ["nope", "nope/", "nope/ping/", "health/ping/more", "no%0Ape", "%C3%A9", "%FF", "a" * 4000, "health//", "/"]
)
def test_whatever_is_not_there_is_404_in_json(path: str, site: Site) -> None:
    response = site(f"api/{path}")
    assert response.status_code == 404
    assert "not found" in body(response)["error"]


@pytest.mark.usefixtures("_levels")
def test_everyone_sees_all_while_debug_is_on(site: Site) -> None:
    with override_settings(DEBUG=True):
        assert set(site.json("api/")) == set(LEVELS)


def test_states_of_what_is_not_judged_show_no_value(site: Site) -> None:
    entries = [MEASURED, RAISES, ("none", "tests.api.checks.nothing"), WARNS]
    with override_settings(STATUS_ACCESS={"*": "states"}), configured(things=entries):
        assert site.json("api/things") == {"measured": None, "raises": None, "none": None, "it": None}


@pytest.mark.parametrize(
    ("known", "given", "trusted"),
    [
        ("word", "Bearer word", True),
        ("word", "bearer  word ", True),
        ("word", "Bearer words", False),
        ("word", "Basic word", False),
        ("word", "word", False),
        ("word", "Bearer", False),
        ("word", "Bearer ", False),
        ("word", "", False),
        (f"sha256:{hashlib.sha256(b'word').hexdigest()}", "Bearer word", True),
        (f"sha256:{hashlib.sha256(b'word').hexdigest().upper()}", "Bearer word", True),
        (f"sha256:{hashlib.sha256(b'word').hexdigest()}", f"Bearer {hashlib.sha256(b'word').hexdigest()}", False),
        ("sha256:", "Bearer ", False),
        ("sha256:no-digést", "Bearer word", False),
    ],
)
def test_a_token_is_plain_or_a_digest(known: str, given: str, trusted: bool, site: Site) -> None:
    with override_settings(STATUS_TOKENS=["another", known]), configured(stats=[PING]):
        assert site("api/stats", headers={"Authorization": given}).status_code == (200 if trusted else 401)


@pytest.mark.parametrize(
    ("network", "address", "trusted"),
    [
        ("10.0.0.0/8", "10.2.3.4", True),
        ("10.0.0.0/8", "11.2.3.4", False),
        ("10.0.0.0/8", "::ffff:10.2.3.4", True),
        ("::1", "::1", True),
        ("fd00::/8", "fd12::1", True),
        ("fd00::/8", "10.2.3.4", False),
        ("0.0.0.0/0", "", False),
        ("0.0.0.0/0", "unix:", False),
    ],
)
def test_a_network_is_trusted(network: str, address: str, trusted: bool) -> None:
    # Under ASGI Django's client has no address of its own to give.
    with override_settings(STATUS_NETWORKS=[network]), configured(stats=[PING]):
        response = Client(REMOTE_ADDR=address).get("/status/api/stats")
        assert response.status_code == (200 if trusted else 401)


DETAILED = {"warns": {"one": "pass", "other": "warn"}}
BARE = {"warns": None}


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (Sight.DETAILS, DETAILED),
        (Sight.STATES, BARE),
        (Sight.NOTHING, 401),
        (Sight.HIDDEN, 404),
        ("details", DETAILED),
        ("public", DETAILED),
        (True, DETAILED),
        ("states", BARE),
        ("nothing", 401),
        ("private", 401),
        (False, 401),
        (None, 401),
        ("hidden", 404),
        ("anything", 401),
        ("", 401),
        (3, 401),
        (["details"], 401),
        (checks.Awkward(), 404),
        (checks.Unspeakable(), 404),
    ],
)
def test_a_project_may_decide_by_itself(answer: object, seen: object, site: Site) -> None:
    asked = []

    def decide(request: HttpRequest, resource: str) -> object:
        asked.append((request.headers.get("X-Who"), resource))
        return answer

    with override_settings(STATUS_ACCESS=decide), configured(things=[("warns", checks.warns)]):
        response = site("api/things", headers={"X-Who": "me"})
        assert (body(response) if response.status_code == 200 else response.status_code) == seen
    assert ("me", "things") in asked
    assert {who for who, _ in asked} == {"me"}


def test_a_decision_that_raises_shows_nothing_and_is_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    def decide(request: HttpRequest, resource: str) -> object:
        raise LookupError("no such caller")

    with override_settings(STATUS_ACCESS=decide), configured(health=[PING], things=[FAILS]):
        assert site("api/things").status_code == 404
        response = site("api/")
        assert (response.status_code, body(response)) == (200, {})
    assert "STATUS_ACCESS raised" in caplog.text


# --- reachable whatever the project has set ---------------------------------------------------------------------------


def test_a_dead_database_with_atomic_requests_keeps_no_view_from_being_reached(site: Site, refused_port: int) -> None:
    entry = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "dead",
        "HOST": "127.0.0.1",
        "PORT": refused_port,
        "ATOMIC_REQUESTS": True,
    }
    with databases(default=entry, other=entry):
        for method in METHODS:
            assert site("api/health/ping", method).status_code == 200
        response = site("api/health")
        assert response.status_code == 503
        assert body(response)["databases"] == {"default": False, "other": False}
        assert site("api/nope").status_code == 404
        with pytest.raises((OperationalError, ImproperlyConfigured)):  # as any other view
            Client().get("/bare/")


def test_login_required_middleware_lets_a_caller_through(site: Site) -> None:
    required = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    with override_settings(MIDDLEWARE=[*MIDDLEWARE, required]):
        for path in ("api/health/ping", "api/", "api/nope", "api/stats"):
            assert site(path).status_code in (200, 401, 404)
        assert Client().get("/bare/").status_code == 302


def test_csrf_checks_do_not_stop_a_post() -> None:
    client, aclient = Client(enforce_csrf_checks=True), AsyncClient(enforce_csrf_checks=True)
    for method in ("POST", "PUT", "DELETE"):
        assert client.generic(method, "/status/api/health/ping").status_code == 200
        assert asyncio.run(_awaited(aclient.generic(method, "/status/api/health/ping"))).status_code == 200
    assert client.post("/bare/").status_code == 403


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


# --- URL patterns follow the settings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("urlconf", "root"),
    [
        ("tests.urls", "/status/api/"),
        ("tests.contract.urls_of_api_alone", "/status/"),
        ("tests.api.urls_at_root", "/api/"),
        ("tests.api.urls_of_api_at_root", "/"),
    ],
)
def test_patterns_follow_overridden_settings(urlconf: str, root: str) -> None:
    with override_settings(ROOT_URLCONF=urlconf):
        assert reverse("status:api_health_ping") == f"{root}health/ping"
        with configured(**{"other": [("one", PING[1])], "a-b.c~d": [("e.f-g~h", PING[1])]}):
            assert reverse("status:api_other_one") == f"{root}other/one"
            assert reverse("status:api_other_root") == f"{root}other"
            assert reverse("status:api_a-b.c~d_e.f-g~h") == f"{root}a-b.c~d/e.f-g~h"
            with pytest.raises(NoReverseMatch):
                reverse("status:api_health_ping")
            client = Client(headers=TRUSTED["headers"])
            assert client.get(f"{root}other/one").json() == {"pong": True}
            assert client.get(f"{root}a-b.c~d/e.f-g~h/").json() == {"pong": True}
            assert client.get(f"{root}health/ping").status_code == 404
        assert reverse("status:api_health_ping") == f"{root}health/ping"
        with pytest.raises(NoReverseMatch):
            reverse("status:api_other_one")


def test_a_name_with_a_dot_matches_no_other_character() -> None:
    with configured(**{"a.b": [("c.d", PING[1])]}):
        assert Client(headers=TRUSTED["headers"]).get("/status/api/a.b/c.d").status_code == 200
        assert Client().get("/status/api/a-b").status_code == 404
        assert Client(headers=TRUSTED["headers"]).get("/status/api/a.b/c-d").status_code == 404


# --- bad input --------------------------------------------------------------------------------------------------------

BAD = {
    "raises": "ValueError: no route to postgres://app:********@db/shop second line",
    "hangs": "no answer in 0.5 s",
    "exits": "SystemExit: 3",
    "interrupts": "KeyboardInterrupt",
    "recurses": "RecursionError: maximum recursion depth exceeded",
    "huge": "value over 1 MiB, cut after",
    "huge_mapping": "value over 1 MiB, cut after",
    "unspeakable": "Unspeakable (its text can't be read)",
    "unserialisable": "Unserialisable: can't serialise object at ['socket']['here']",
    "unequal": "Unserialisable: can't serialise Awkward",
}


@pytest.mark.usefixtures("_released")
def test_bad_providers_fail_alone_and_with_a_reason(site: Site) -> None:
    # Only one is to hang: the others wait for the processor while 50 MB are made beside them.
    entries = [Provider(n, f"tests.api.checks.{n}", timeout=0.5 if n == "hangs" else 30.0) for n in BAD]
    with configured(health=[PING, *entries], stats=[PING, *entries]):
        response = site("api/", **TRUSTED)
        told = body(response)
        assert response.status_code == 503
        assert len(response.content) < 2 * MAX_VALUE_BYTES
        assert checks.SECRET not in response.content.decode()
        assert told["health"]["ping"] == told["stats"]["ping"] == PONG
        for name, reason in BAD.items():
            assert told["stats"][name]["error"].startswith(reason), name
            assert "\n" not in told["stats"][name]["error"]
            assert set(told["stats"][name]) == {"error"}
        assert told["health"] == {"ping": PONG, **dict.fromkeys(BAD, False)}
        for name in ("raises", "exits", "unspeakable"):
            response = site(f"api/health/{name}", **TRUSTED)
            assert (response.status_code, body(response)) == (503, False)
        response = site("api/health")
        assert body(response) == {"ping": PONG, **dict.fromkeys(BAD, False)}
        assert "ValueError" not in response.content.decode()
        # And the process is untouched.
        assert site("api/health/ping").status_code == 200


# --- real servers -----------------------------------------------------------------------------------------------------

HANGING = f"""
STATUS_PROVIDERS = {{
    "health": [("ping", "status.providers.health.ping"), ("databases", "status.providers.django.health.databases")],
    "slow": [("sleeps", "time.sleep", [60])],
}}
STATUS_JUDGED = ["health", "slow"]
STATUS_TIMEOUT = 3.0
STATUS_TOKENS = ["{TOKEN}"]
"""


@pytest.mark.parametrize("kind", [Gunicorn, Uvicorn])
def test_a_real_server_answers_and_ends_while_a_check_hangs(kind: type[WebServer]) -> None:
    with kind.serving(HANGING) as server:
        code, headers, told = server.ask("/status/api/health", Authorization=f"Bearer {TOKEN}")
        assert (code, told) == (200, {"ping": {"pong": True}, "databases": {"default": True}})
        assert headers["Cache-Control"] == "no-store"
        code, headers, content = server.ask("/status/api/health/", "HEAD")
        assert (code, content) == (200, b"")
        assert int(headers["Content-Length"]) > 0
        assert server.ask("/status/health/")[0] == 200
        code, _, told = server.ask("/status/api/slow", Authorization=f"Bearer {TOKEN}")
        assert (code, told) == (503, {"sleeps": False})
        process = server.family()[0]
        os.kill(process.pid, signal.SIGTERM)
        # The check sleeps for a minute, and nobody waits for it.
        assert process.wait(timeout=20) in (0, -signal.SIGTERM)


def test_json_is_utf_8() -> None:
    with override_settings(DEBUG=True), configured(things=[Provider("it", lambda: {"é": "…"})]):
        assert json.loads(Client().get("/status/api/things").content.decode("utf-8")) == {"it": {"é": "…"}}
