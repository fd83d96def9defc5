"""The doors beside the resources in the OpenAPI document: metrics, badges and the feed, true for each caller."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client, override_settings
from django.urls import URLResolver, include, path

from status.engine import engine
from status.recent.turns import Turns
from status.testing import flush
from status.website import changes
from tests.api import checks
from tests.api.conftest import TOKEN
from tests.api.test_openapi import BESIDE, METHODS, Given, documented, valid
from tests.asking import Site
from tests.browser import checks as word
from tests.servers.web import Gunicorn, Uvicorn, WebServer
from tests.waiting import wait_until

TRUSTED = {"Authorization": f"Bearer {TOKEN}"}
STRANGER: dict[str, str] = {}
ALONE = "tests.contract.urls_of_api_alone"


def rule(request: HttpRequest, resource: str) -> str:
    """A project's own: those who know the word see all, and others by what it is."""
    if request.headers.get("Authorization"):
        return "details"
    return {"health": "nothing", "stats": "hidden", "metrics": "hidden"}.get(resource, "states")


def strict(request: HttpRequest, resource: str) -> str:
    return "details" if request.headers.get("Authorization") else "nothing"


SITES: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "all open": {"STATUS_ACCESS": {"*": "public"}},
    "states for all": {"STATUS_ACCESS": {"*": "states"}},
    "metrics are hidden": {"STATUS_ACCESS": {"health": "states", "metrics": "hidden", "*": "private"}},
    "all is private": {"STATUS_ACCESS": {"*": "private"}},
    "what is judged is hidden": {"STATUS_ACCESS": {"health": "hidden", "more": "hidden", "*": "public"}},
    "one is hidden, one private": {"STATUS_ACCESS": {"health": "hidden", "more": "private", "*": "states"}},
    "all is hidden": {"STATUS_ACCESS": {"*": "hidden"}},
    "nothing is judged": {"STATUS_JUDGED": []},
    "no resource": {"STATUS_PROVIDERS": {}},
    "debug": {"DEBUG": True, "STATUS_ACCESS": {"*": "hidden"}},
}
RULES: dict[str, dict[str, Any]] = {
    "a rule of the project": {"STATUS_ACCESS": rule},
    "a rule that shows strangers nothing": {"STATUS_ACCESS": strict},
}


@pytest.fixture
def turned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A site of which the feed tells a change."""
    monkeypatch.setattr(changes, "PATIENCE_S", 10.0)  # what is slow here is the machine
    assert flush()
    said = tmp_path / "word"
    queue = [("queue", word.queue, [str(said)])]
    resources = {"health": [*queue, ("measured", checks.fails)], "more": queue, "stats": [("it", checks.measured)]}
    own = {"STATUS_RUNTIME_DIR": tmp_path / "site", "STATUS_JUDGED": ["health", "more"], "STATUS_TTL": 0}
    with override_settings(STATUS_PROVIDERS=resources, **own):
        engine().restart()
        engine().recorder.turns = Turns()
        for each in ("pass", "gone"):
            said.write_text(each)
            Client().get("/status/api", headers=TRUSTED)
            assert flush()
        with override_settings(STATUS_TTL=600):
            yield
    engine().recorder.reset()


# --- that it is true --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("urls", ["tests.urls", ALONE], ids=["website", "alone"])
@pytest.mark.parametrize("name", [*SITES, *RULES])
def test_every_documented_answer_is_given_and_no_other(name: str, urls: str, site: Site, turned: None) -> None:
    place = "openapi.json" if urls == ALONE else "api/openapi.json"
    with override_settings(ROOT_URLCONF=urls, **{**SITES, **RULES}[name]):
        told = {who: valid(site.json(place, headers=caller)) for who, caller in CALLERS.items()}
        given = {who: {*_given(site, told["trusted"], caller)} for who, caller in CALLERS.items()}
    of_strangers = told["stranger"]["paths"]
    for answered, document in (
        ({each for each in given["stranger"] if each[0] in of_strangers}, told["stranger"]),
        (given["trusted"] | given["stranger"], told["trusted"]),
    ):
        more = _documented(document) - answered
        assert answered <= _documented(document)
        # What a rule of the project says to others nobody can know.
        assert {code for _, _, code, _ in more} <= ({401, 404} if name in RULES else set())


CALLERS = {"stranger": STRANGER, "trusted": TRUSTED}
REFERENCES = (
    "health",
    "stats",
    "health/queue",
    "health%2Fqueue",
    "more",
    "stats/it/queue",
    "stats/it/none",
    "nope",
    "health/no",
)
ACCEPTED = ("", "application/openmetrics-text", "text/plain;version=1.0.0;escaping=dots")


def _given(
    site: Site, document: Mapping[str, Any], caller: Mapping[str, str], methods: Sequence[str] = METHODS
) -> Iterator[tuple[str, str, int, str]]:
    """What each documented door beside the API's own answers, whatever is asked that makes a difference."""
    for name, method in itertools.product(_beside(document), methods):
        below = document["paths"][name].get("servers", document["servers"])[0]["url"].removeprefix("/status")
        for where, headers in _questions(site, f"{below}{name}".removeprefix("/")):
            response = site(where, method, headers={**caller, **headers})
            yield name, method, response.status_code, _media_type(response, name, method)


def _questions(site: Site, where: str) -> Iterator[tuple[str, dict[str, str]]]:
    if "{reference}" in where:
        yield from ((where.replace("{reference}", each), {}) for each in REFERENCES)
    elif where == "feed":
        for caller in CALLERS.values():
            etag = site(where, headers=caller).headers.get("ETag")
            yield from ((where, {"If-None-Match": known}) for known in (etag, '"other"') if known)
        yield where, {}
    else:
        yield from ((where, {"Accept": each} if each else {}) for each in ACCEPTED)


def _media_type(response: Any, name: str, method: str) -> str:
    """As it is documented: none without a body; without what the client of the metrics has chosen; of a page any."""
    told = response.headers.get("Content-Type", "")
    if method == "HEAD" or not response.content:
        return ""
    if response.status_code == 404 and told.startswith("text/html"):
        return "*/*"
    return str(told.partition(";")[0]) if name == "/metrics" and response.status_code == 200 else str(told)


def _beside(document: Mapping[str, Any]) -> list[str]:
    return [name for name in BESIDE if name in document["paths"]]


def _documented(document: Mapping[str, Any]) -> Given:
    return {*documented(document, _beside(document))}


@pytest.mark.usefixtures("turned", "_released")
@pytest.mark.parametrize("urls", ["tests.urls", ALONE], ids=["website", "alone"])
def test_what_is_answered_while_a_rule_hangs_is_documented(urls: str, site: Site) -> None:
    def hanging(request: HttpRequest, resource: str) -> str:
        return "details" if request.headers.get("Authorization") else str(checks.hangs())

    with override_settings(ROOT_URLCONF=urls, STATUS_ACCESS=hanging, STATUS_TIMEOUT=0.5):
        document = site.json("openapi.json" if urls == ALONE else "api/openapi.json", headers=TRUSTED)
        with override_settings(STATUS_TIMEOUT=0.02):
            assert {*_given(site, document, STRANGER, ("GET", "OPTIONS"))} <= _documented(document)
        checks.released.set()
        # Until there are answers again nobody waits for one, and the next test would get none.
        wait_until(lambda: site("metrics", headers=TRUSTED).status_code == 200)


@pytest.mark.parametrize("urls", ["tests.urls", ALONE], ids=["website", "alone"])
def test_headers_are_there_where_they_are_documented(urls: str, site: Site, turned: None) -> None:
    found = set()
    with override_settings(ROOT_URLCONF=urls):
        place = "openapi.json" if urls == ALONE else "api/openapi.json"
        document = site.json(place, headers=TRUSTED)
        for name, caller, method in itertools.product(_beside(document), CALLERS.values(), METHODS):
            for where, headers in _questions(site, name[1:]):
                response = site(where, method, headers={**caller, **headers})
                operation = document["paths"][name][method.lower()]["responses"][str(response.status_code)]
                told = {*_resolved(document, operation).get("headers", {})}
                assert told <= {*response.headers}
                beyond = {"WWW-Authenticate", "Allow", "ETag"} & {*response.headers}
                if response.headers["Cache-Control"] != "no-store":
                    beyond.add("Cache-Control")
                assert beyond == told
                found |= told
    assert found == {"WWW-Authenticate", "Allow", "Cache-Control", *(() if urls == ALONE else ("ETag",))}


def _resolved(document: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    found: Mapping[str, Any] = document["components"][kind][name]
    return found


def test_without_the_extra_metrics_are_501(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with override_settings(STATUS_FORMATS=[], STATUS_ACCESS={"*": "public"}):
        document = valid(site.json("api/openapi.json"))
        assert {*_given(site, {**document, "paths": {"/metrics": document["paths"]["/metrics"]}}, STRANGER)} == {
            each for each in _documented(document) if each[0] == "/metrics"
        }
        assert [*document["paths"]["/metrics"]["get"]["responses"]] == ["501"]


def test_without_the_extra_its_format_is_501_and_no_other(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with override_settings(STATUS_FORMATS=[], STATUS_ACCESS={"*": "public"}):
        document = valid(site.json("api/openapi.json"))
        responses = document["paths"]["/health"]["get"]["responses"]
        assert "501" in responses
        well = _resolved(document, responses["200"])
        assert not [media_type for media_type in well["content"] if "openmetrics" in media_type]
        assert site("api/health?format=openmetrics").status_code == 501
        assert site("api/health/ping?format=text").status_code == 200


# --- what it says to whom ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "to_strangers"),
    [
        ("all open", BESIDE),
        ("metrics are hidden", BESIDE[1:]),
        ("what is judged is hidden", BESIDE[:3]),
        ("all is private", BESIDE),
        ("all is hidden", []),
        ("nothing is judged", BESIDE[:3]),
        ("no resource", BESIDE[:1]),
        ("a rule of the project", BESIDE[1:]),
    ],
)
def test_a_door_is_told_of_to_whom_there_is_something_behind_it(
    name: str, to_strangers: list[str], site: Site, turned: None
) -> None:
    with override_settings(**{**SITES, **RULES}[name]):
        assert _beside(site.json("api/openapi.json")) == to_strangers
        for where in {"/metrics", "/feed"} - {*to_strangers}:
            assert site(where[1:]).status_code == 404


@pytest.mark.parametrize(
    ("name", "security"),
    [
        ("all open", {"/metrics": "nobody", "/badge/{reference}.svg": "nobody", "/feed": "nobody"}),
        ("the defaults", {"/metrics": "must", "/badge/{reference}.svg": "may", "/feed": "may"}),
        ("all is private", {"/metrics": "must", "/badge/{reference}.svg": "must", "/feed": "must"}),
        ("debug", {"/metrics": "nobody", "/badge/{reference}.svg": "nobody", "/feed": "nobody"}),
    ],
)
def test_it_says_who_must_show_a_token(name: str, security: dict[str, str], site: Site, turned: None) -> None:
    schemes: list[dict[str, Any]] = [{"token": []}, {"session": []}]
    words = {"nobody": [], "may": [{}, *schemes], "must": schemes}
    with override_settings(**SITES[name]):
        document = site.json("api/openapi.json")
    assert {each: document["paths"][each]["get"]["security"] for each in security} == {
        each: words[said] for each, said in security.items()
    }


def test_nothing_hidden_or_private_is_an_example(site: Site, turned: None) -> None:
    with override_settings(STATUS_ACCESS={"health": "hidden", "more": "private", "stats": "states"}):
        document = site.json("api/openapi.json")
        assert document["components"]["parameters"]["reference"]["schema"]["examples"] == ["stats", "stats/it"]
        assert "health/" not in json.dumps(document)
    with override_settings(STATUS_ACCESS={"health": "hidden", "*": "private"}):
        parameter = site.json("api/openapi.json")["components"]["parameters"]["reference"]
    assert parameter["schema"] == {"type": "string", "minLength": 1}


def test_where_the_api_is_alone_there_is_no_feed(site: Site) -> None:
    with override_settings(ROOT_URLCONF=ALONE):
        document = valid(site.json("openapi.json"))
    assert _beside(document) == BESIDE[:3]
    assert "If-None-Match" not in document["components"]["parameters"]
    assert not [item for item in document["paths"].values() if "servers" in item]


def test_the_reference_stands_in_the_path_whatever_the_method(site: Site) -> None:
    item = site.json("api/openapi.json")["paths"]["/badge/{reference}.svg"]
    assert item["parameters"] == [{"$ref": "#/components/parameters/reference"}]
    assert item["get"]["parameters"] == [{"$ref": "#/components/parameters/label"}]
    assert "parameters" not in item["options"]


# --- where it is ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Urls:
    """The website at this path."""

    at: str

    @property
    def urlpatterns(self) -> list[URLResolver]:
        return [path(self.at, include("status.urls"))]


@pytest.mark.parametrize(
    ("urls", "script", "where", "server", "name"),
    [
        ("tests.urls", "", "/status/api/openapi.json", "/status", "/metrics"),
        ("tests.urls", "/shop", "/status/api/openapi.json", "/shop/status", "/metrics"),
        ("tests.api.urls_at_root", "", "/api/openapi.json", "/", "/metrics"),
        (Urls("shop/status"), "", "/shop/statusapi/openapi.json", "/shop", "/statusmetrics"),
        (Urls("é {x}/"), "", "/é {x}/api/openapi.json", "/%C3%A9%20%7Bx%7D", "/metrics"),
        (ALONE, "", "/status/openapi.json", None, "/metrics"),
        ("tests.api.urls_of_api_at_root", "", "/openapi.json", None, "/metrics"),
    ],
)
def test_each_is_where_it_says(urls: Any, script: str, where: str, server: str | None, name: str) -> None:
    client = Client(SCRIPT_NAME=script)
    with override_settings(ROOT_URLCONF=urls, STATUS_ACCESS={"*": "states"}):
        document = valid(client.get(where).json())
        item = document["paths"][name]
        assert item.get("servers") == (server and [{"url": server}])
        for each, item in document["paths"].items():
            below = item.get("servers", document["servers"])[0]["url"].removeprefix(script).rstrip("/")
            assert client.get(below + each.replace("{reference}", "health%2Fping")).status_code == 200


@pytest.mark.parametrize("server", [Gunicorn, Uvicorn])
def test_a_reference_may_be_one_segment_with_its_slashes_encoded(server: type[WebServer]) -> None:
    settings = 'STATUS_PROVIDERS = {"health": [("disk", "tests.api.checks.scripts")]}\n'
    with server.serving(settings) as served:
        for whole in ("health%2Fdisk%2F%E6%B3%A8%E6%96%87", "health%2fdisk", "health/disk", "health"):
            code, _, told = served.ask(f"/status/badge/{whole}.json")
            assert (code, told["message"]) == (200, "pass")
        code, _, told = served.ask("/status/badge/health%252Fdisk.json")
        assert (code, told["message"]) == (404, "not found")
