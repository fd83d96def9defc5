"""The OpenAPI document: valid, and true for each caller, whatever the project has set."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from status import Component, Format, Provider, Showing
from status.access import Sight
from status.api import openapi
from status.formats import registry as formats
from status.formats import schemas
from tests.api import checks
from tests.api.conftest import TOKEN
from tests.asking import Site, body

TRUSTED: Any = {"headers": {"Authorization": f"Bearer {TOKEN}"}}
STRANGER: Any = {}
PING = ("ping", "status.providers.health.ping")
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]
LEVELS = {"open": "public", "health": "states", "locked": "private", "secret": "hidden"}


BESIDE = ["/metrics", "/badge/{reference}.svg", "/badge/{reference}.json", "/feed"]


def configured(**resources: Any) -> Any:
    return override_settings(STATUS_PROVIDERS=resources)


def valid(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document, if it is one."""
    errors = [error.message for error in OpenAPIV31SpecValidator({**document}).iter_errors()]
    assert not errors
    return document


# --- what it says to whom -----------------------------------------------------------------------------------------


@pytest.fixture
def _levels() -> Any:
    """A resource of each level."""
    described = Provider("it", checks.measured, description="How long the queue is.")
    with override_settings(STATUS_ACCESS=LEVELS), configured(**{name: [PING, described] for name in LEVELS}):
        yield


@pytest.mark.usefixtures("_levels")
def test_a_stranger_is_told_of_what_it_may_know(site: Site) -> None:
    document = valid(site.json("api/openapi.json"))
    assert list(document["paths"]) == [
        "/",
        "/open",
        "/open/ping",
        "/open/it",
        "/health",
        "/health/ping",
        "/health/it",
        "/locked",
        "/openapi.json",
        *BESIDE,
    ]
    assert [tag["name"] for tag in document["tags"]] == ["open", "health", "locked"]
    assert "secret" not in json.dumps(document)
    locked = document["paths"]["/locked"]
    assert all([*locked[method.lower()]["responses"]] == ["401"] for method in METHODS)
    assert locked["get"]["security"] == [{"token": []}, {"session": []}]
    assert document["paths"]["/health"]["get"]["security"] == [{}, {"token": []}, {"session": []}]
    assert document["paths"]["/open"]["get"]["security"] == []
    # Of a provider's own words, only where details are told.
    assert "description" in document["paths"]["/open/it"]
    assert "description" not in document["paths"]["/health/it"]


@pytest.mark.usefixtures("_levels")
def test_the_trusted_are_told_of_all(site: Site) -> None:
    document = valid(site.json("api/openapi.json", **TRUSTED))
    for name in LEVELS:
        assert {f"/{name}", f"/{name}/ping", f"/{name}/it"} <= {*document["paths"]}
        assert document["paths"][f"/{name}/it"]["description"] == "How long the queue is."
    assert "401" in document["paths"]["/locked/it"]["get"]["responses"]
    assert "404" in document["paths"]["/secret/it"]["options"]["responses"]


@pytest.mark.usefixtures("_levels")
def test_while_debug_is_on_nobody_needs_a_token(site: Site) -> None:
    with override_settings(DEBUG=True):
        document = valid(site.json("api/openapi.json"))
    assert document["paths"]["/secret"]["get"]["security"] == []
    assert not {"401", "404"} & {*document["paths"]["/secret"]["get"]["responses"]}


@pytest.mark.parametrize("said", [*Sight, "nonsense"])
def test_a_rule_of_the_project_decides_what_is_told(said: object, site: Site) -> None:
    with override_settings(STATUS_ACCESS=lambda request, resource: said), configured(health=[PING]):
        document = valid(site.json("api/openapi.json"))
    known = {Sight.HIDDEN: [], Sight.NOTHING: ["/health"], "nonsense": ["/health"]}
    of_health = known.get(said, ["/health", "/health/ping"])
    assert [*document["paths"]] == ["/", *of_health, "/openapi.json", *(BESIDE if of_health else [])]
    if said is Sight.STATES:  # what it says to others nobody can know
        assert {"401", "404"} <= {*document["paths"]["/health"]["get"]["responses"]}


def test_a_rule_that_gives_no_answer_leaves_nothing_to_tell(site: Site) -> None:
    def rule(request: Any, resource: str) -> str:
        raise RuntimeError("no")

    with override_settings(STATUS_ACCESS=rule), configured(health=[PING]):
        response = site("api/openapi.json")
        assert response.status_code == 200
        assert [*valid(body(response))["paths"]] == ["/", "/openapi.json"]


SITE = {
    "title": "Shop, by redis://:hunter2@queue.example",
    "description": "Sells\nthings \udc80 <b>",
    "version": "4.2",
}


@pytest.mark.parametrize(("caller", "version"), [(STRANGER, "3"), (TRUSTED, "4.2")])
def test_its_title_and_description_are_the_site_s_and_the_version_is_for_the_trusted(
    caller: Any, version: str, site: Site
) -> None:
    with override_settings(STATUS_SITE=SITE):
        info = valid(site.json("api/openapi.json", **caller))["info"]
    told = {"title": "Shop, by redis://:********@queue.example", "description": "Sells\nthings � <b>"}
    assert info == {**told, "version": version}


def test_without_sessions_there_is_no_cookie_to_show(site: Site) -> None:
    apps = ["django.contrib.contenttypes", "django.contrib.auth", "status"]
    with override_settings(INSTALLED_APPS=apps, MIDDLEWARE=[]), configured(health=[PING]):
        schemes = valid(site.json("api/openapi.json"))["components"]["securitySchemes"]
    assert schemes == {"token": {"type": "http", "scheme": "bearer"}}


# --- where it is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["api/openapi.json", "api/openapi.json/"])
def test_it_is_sent_as_json_that_nobody_keeps(path: str, site: Site) -> None:
    response = site(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_the_api_is_answered(method: str, site: Site) -> None:
    response = site("api/openapi.json", method)
    assert response.status_code == 200
    if method == "OPTIONS":
        assert body(response) == {"name": "openapi.json"}
        assert {*response.headers["Allow"].split(", ")} == {*METHODS}
    elif method == "HEAD":
        assert not response.content
    else:
        assert body(response)["openapi"] == "3.1.0"


def test_another_method_is_405(site: Site) -> None:
    assert site("api/openapi.json", "PATCH").status_code == 405


@pytest.mark.parametrize("query", ["?format=nonsense", "?format=yaml", "?a=1"])
def test_it_has_but_one_format(query: str, site: Site) -> None:
    assert site.json(f"api/openapi.json{query}", headers={"Accept": "text/plain"})["openapi"] == "3.1.0"


@pytest.mark.parametrize(
    ("urlconf", "script", "path", "root"),
    [
        ("tests.urls", "", "/status/api/openapi.json", "/status/api"),
        ("tests.urls", "/shop", "/status/api/openapi.json", "/shop/status/api"),
        ("tests.urls", "/é {x}", "/status/api/openapi.json", "/%C3%A9%20%7Bx%7D/status/api"),
        ("tests.contract.urls_of_api_alone", "", "/status/openapi.json", "/status"),
        ("tests.api.urls_at_root", "", "/api/openapi.json", "/api"),
        ("tests.api.urls_of_api_at_root", "", "/openapi.json", "/"),
    ],
)
def test_it_says_where_the_api_is(urlconf: str, script: str, path: str, root: str) -> None:
    with override_settings(ROOT_URLCONF=urlconf), configured(health=[PING]):
        assert reverse("status:api_openapi") == path
        document = valid(Client(SCRIPT_NAME=script.encode().decode("latin-1")).get(path).json())
    assert document["servers"] == [{"url": root}]


def made(
    health: Sight = Sight.STATES, root: str = "/a", *, metrics: Sight = Sight.NOTHING, alone: bool = False
) -> bytes:
    return openapi.document({"health": health}, root, metrics=metrics, alone=alone)


def test_it_is_made_once_while_nothing_changes() -> None:
    with configured(health=[PING]):
        first, same = (made() for _ in range(2))
        assert first is same
        others = [made(Sight.DETAILS), made(root="/b"), made(metrics=Sight.HIDDEN), made(alone=True)]
        assert len({id(each) for each in (first, *others)}) == 5
        with override_settings(STATUS_HTTP_CODES={"fail": 500}):
            assert b'"500"' in made()
        assert made() == first


def test_descriptions_are_in_the_language_of_who_asks() -> None:
    provider = Provider("it", checks.warns, description=gettext_lazy("Monday"))  # type: ignore[arg-type]
    with override_settings(DEBUG=True), configured(health=[provider]):
        for language, day in (("en", "Monday"), ("es", "lunes"), ("en", "Monday")):
            with translation.override(language):
                document = json.loads(made(Sight.DETAILS))
            assert document["paths"]["/health/it"]["description"] == day


# --- that it is valid ---------------------------------------------------------------------------------------------


def csv(showing: Showing) -> bytes:
    return b"a,b\n"


CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "no resource": {"STATUS_PROVIDERS": {}},
    "an empty resource": {"STATUS_PROVIDERS": {"health": [], "stats": []}},
    "Celery": {"STATUS_CELERY_WORKERS": ["a@b"]},
    "entries that can't be used": {"STATUS_PROVIDERS": {"health": [("a b", 3), 4], "api": [PING]}, "STATUS_TIMEOUT": 0},
    "formats of the project": {
        "STATUS_FORMATS": [
            Format("csv", 'text/csv; charset=utf-8; header="a, b"', csv, accepted_as=("text/csv",)),
            Format("json", "application/vnd.shop+json", csv),
            Format("o\"d'd é{}", "text/plain; charset=utf-8", csv, is_always_ok=True),
            Format("like", "application/json", csv),
        ]
    },
    "codes that others have, too": {"STATUS_HTTP_CODES": {"pass": 400, "warn": 404, "fail": 401}},
    "one code for all": {"STATUS_HTTP_CODES": {"pass": 503, "warn": 503, "fail": 503}},
    "all judged": {"STATUS_JUDGED": ["health", "stats"], "STATUS_ACCESS": {"*": "states"}},
    "a title that is no text": {"STATUS_SITE": {"title": 3, "description": ["a"], "version": 1.5}},
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
@pytest.mark.parametrize("caller", [STRANGER, TRUSTED], ids=["stranger", "trusted"])
def test_it_is_valid_whatever_is_set(name: str, caller: Any) -> None:
    with override_settings(**CONFIGURATIONS[name]):
        document = valid(Client(**caller).get("/status/api/openapi.json").json())
        operations = [each for item in document["paths"].values() for each in _operations(item).values()]
        names = [each["operationId"] for each in operations]
        assert len(names) == len({*names}) == 6 * len(document["paths"])


def _operations(item: Mapping[str, Any]) -> dict[str, Any]:
    return {method: item[method.lower()] for method in METHODS}


url_names = st.from_regex(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,9}", fullmatch=True)
providers = st.lists(url_names, max_size=3, unique=True)


@settings(max_examples=40)
@given(st.dictionaries(url_names, providers, max_size=4), st.booleans())
def test_it_is_valid_whatever_the_names_are(named: dict[str, list[str]], trusted: bool) -> None:
    entries = {resource: [(name, PING[1]) for name in names] for resource, names in named.items()}
    with override_settings(STATUS_ACCESS={"*": "states"}), configured(**entries):
        client = Client(**(TRUSTED if trusted else STRANGER))
        document = valid(client.get("/status/api/openapi.json").json())
        assert len({each["operationId"] for item in document["paths"].values() for each in _operations(item).values()})
        for path in own(document):
            assert client.get(f"{document['servers'][0]['url']}{path}").status_code == 200


def test_the_schemas_are_those_of_the_formats() -> None:
    components = valid(Client().get("/status/api/openapi.json").json())["components"]["schemas"]
    found = {name.partition(".")[0] for name in components}
    assert found == {name.replace("+", "-") for name in schemas.NAMES}
    for name in schemas.NAMES:
        Draft202012Validator.check_schema(schemas.load(name))


@pytest.mark.parametrize(
    ("path", "method", "code"),
    [
        ("api/health?format=nope", "GET", 400),
        ("api/stats", "OPTIONS", 401),
        ("api/nope", "GET", 404),
        ("api/health/nope", "GET", 404),
        ("api/health", "PATCH", 405),
        ("api/openapi.json", "PATCH", 405),
    ],
)
def test_refusals_are_as_their_schema_says(path: str, method: str, code: int, site: Site) -> None:
    response = site(path, method)
    assert response.status_code == code
    Draft202012Validator(schemas.load("error")).validate(body(response))


# --- that it is true ----------------------------------------------------------------------------------------------

_state = "pass"


def changing() -> dict[str, Component]:
    return {"it": Component(_state)}  # type: ignore[arg-type]


def telling(showing: Showing) -> bytes:
    return b"told\n"


# In the place of one that needs an extra.
OWN = [
    Format("openmetrics", "application/openmetrics-text; version=1.0.0; charset=utf-8", telling, is_always_ok=True),
    Format("csv", "text/csv; charset=utf-8", telling),
]
CHANGING = Provider("it", changing, ttl=0)
TRUE: dict[str, dict[str, Any]] = {
    "the usual codes": {},
    "a code for each state": {"STATUS_HTTP_CODES": {"pass": 202, "warn": 207, "fail": 500}},
    "a code of a refusal": {"STATUS_HTTP_CODES": {"warn": 400, "fail": 401}},
}
Given = set[tuple[str, str, int, str]]
"""Path, method, code and media type of an answer."""


@pytest.mark.parametrize("name", TRUE)
def test_every_documented_answer_is_given_and_no_other(name: str) -> None:
    site = Site("wsgi")  # test_openapi_asked.py asks all kinds of servers
    resources = {
        "health": [CHANGING],
        "soft": [Provider("it", changing, ttl=0, critical=False)],
        "open": [CHANGING],
        "locked": [CHANGING],
        "secret": [CHANGING],
    }
    access = {"health": "states", "soft": "states", "open": "public", "locked": "private", "secret": "hidden"}
    judged = ["health", "soft", "locked", "secret"]
    rest = {"STATUS_FORMATS": OWN, "STATUS_JUDGED": judged, "STATUS_ACCESS": access, **TRUE[name]}
    with override_settings(STATUS_PROVIDERS=resources, **rest):
        strangers, trusted = (site.json("api/openapi.json", **caller) for caller in (STRANGER, TRUSTED))
        to_strangers, to_trusted = (_given(site, own(trusted), caller) for caller in (STRANGER, TRUSTED))
    known = {each for each in to_strangers if each[0] in strangers["paths"]}
    assert known == {*documented(strangers, own(strangers))}
    assert to_trusted | to_strangers == {*documented(trusted, own(trusted))}


def own(document: Mapping[str, Any]) -> list[str]:
    """The paths below the API's root; test_openapi_beside.py is of the others."""
    return [path for path, item in document["paths"].items() if "servers" not in item]


def _given(site: Site, paths: Sequence[str], caller: Any) -> Given:
    global _state  # noqa: PLW0603 - what the site looks at
    found: Given = set()
    queries = ("", "?format=nope", *(f"?format={name}" for name in formats.current().by_name))
    for state, path, method, query in itertools.product(("pass", "warn", "fail"), paths, METHODS, queries):
        _state = state
        response = site(f"api{path}{query.replace('+', '%2B')}", method, **caller)
        media_type = "" if method == "HEAD" else response.headers["Content-Type"]
        found.add((path, method, response.status_code, media_type))
    return found


def documented(document: Mapping[str, Any], paths: Sequence[str]) -> Iterator[tuple[str, str, int, str]]:
    """Of these paths each answer, as `Given`; no media type where there is no body."""
    for path in paths:
        for method, operation in _operations(document["paths"][path]).items():
            for code, response in operation["responses"].items():
                told = _resolved(document, response)
                for media_type in told.get("content", [""]):
                    yield path, method, int(code), media_type


def _resolved(document: Mapping[str, Any], response: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in response:
        return response
    found: Mapping[str, Any] = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return found
