"""`states` means states: nothing that was planted in a detail is told to who may see states alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from status import Component, Provider, State, batch, each
from tests.api.conftest import TOKEN
from tests.asking import Site

PLANTED = "planted"
TRUSTED: Any = {"headers": {"Authorization": f"Bearer {TOKEN}"}}


def value() -> dict[str, Any]:
    return {"one": "planted-text", "two": ["planted-entry"], "three": {"planted-key": 4711}, "none": ""}


def component() -> dict[str, Any]:
    return {state: Component(state, "planted-value", "planted-unit", "planted-detail") for state in State}


def bare() -> str:
    return "planted-text"


def raises() -> None:
    error = ValueError("planted-error")
    error.__cause__ = OSError("planted-cause")
    raise error


def unserialisable() -> dict[str, Any]:
    return {"one": {"planted-key": object()}}


@batch(["planted@w1", "planted@w2"], names_are_details=True)
def workers() -> dict[str, Any]:
    return {"planted@w1": True}


@batch(["planted@w1"], names_are_details=True)
def lost() -> dict[str, Any]:
    raise ConnectionError("planted-error")


@each(["planted-1", "planted-2"], names_are_details=True)
def shards(name: str) -> Component:
    return Component(State.WARN, name, detail=name)


def hosts() -> dict[str, Any]:
    return {"planted-1": True, "planted-2": 4711}


ABOUT: Any = {"description": "planted-description", "runbook": "https://wiki.example/planted"}
ENTRIES = [
    Provider("value", value, **ABOUT),
    Provider("component", component, **ABOUT),
    Provider("bare", bare, **ABOUT),
    Provider("raises", raises, **ABOUT),
    Provider("unserialisable", unserialisable, **ABOUT),
    Provider("workers", workers, **ABOUT),
    Provider("lost", lost, **ABOUT),
    Provider("shards", shards, **ABOUT),
    Provider("hosts", hosts, names_are_details=True, **ABOUT),
]
NAMES = [entry.name for entry in ENTRIES]
PATHS = ["api/", "api/health", "api/things", *(f"api/{each}/{name}" for each in ("health", "things") for name in NAMES)]


@pytest.fixture(autouse=True)
def _planted(_fresh: None) -> Any:
    with override_settings(
        STATUS_PROVIDERS={"health": ENTRIES, "things": ENTRIES}, STATUS_ACCESS={"*": "states"}, STATUS_TOKENS=[TOKEN]
    ):
        yield


def test_the_api_shows_a_stranger_states(site: Site) -> None:
    assert site.json("api/health") == {
        "value": {"one": True, "two": True, "three": True, "none": False},
        "component": {"pass": True, "warn": True, "fail": False},
        "bare": True,
        "raises": False,
        "unserialisable": False,
        "workers": False,
        "lost": False,
        "shards": True,
        "hosts": True,
    }


def test_the_api_shows_a_stranger_nothing_of_what_has_no_state(site: Site) -> None:
    assert site.json("api/things") == dict.fromkeys(NAMES)


@pytest.mark.parametrize("path", [*PATHS, "", "health/", "things/"])
def test_nothing_that_was_planted_is_told(path: str, site: Site) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        response = site(path, method)
        assert response.status_code in (200, 503)
        assert PLANTED not in response.content.decode() + str(response.headers)
        assert "4711" not in response.content.decode()


@pytest.mark.parametrize("path", ["api/health/workers/w1", "api/health/nope", "api/nope"])
def test_nor_is_it_where_nothing_is(path: str, site: Site) -> None:
    response = site(path)
    assert response.status_code == 404
    assert PLANTED not in response.content.decode()


@pytest.mark.parametrize("path", ["api/health/workers", "api/health/shards", "api/health/hosts", "health/", "things/"])
def test_the_trusted_are_told_all_of_it(path: str, site: Site) -> None:
    assert PLANTED in site(path, **TRUSTED).content.decode()
