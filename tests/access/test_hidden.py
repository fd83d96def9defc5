"""What a rule of the project's own hides is told from what there is not by nothing, also while the rule hangs."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest
from django.http import HttpRequest
from django.test import override_settings

from tests.asking import SERVERS, Site, body
from tests.waiting import wait_until

SEEN = {"health": "states", "locked": "private", "secret": "hidden", "top": "hidden"}
BELOW = ("", "/", "/ping", "/nope")
METHODS = ("GET", "POST", "OPTIONS", "PATCH")


class Rule:
    """Hides two resources from everybody; hangs while it is held, and raises where it is told to."""

    def __init__(self) -> None:
        self.answers = Event()
        self.answers.set()
        self.raises = False

    def __call__(self, request: HttpRequest, resource: str) -> str:
        self.answers.wait(20)
        if self.raises:
            raise LookupError(resource)
        return SEEN[resource]


@pytest.fixture
def rule(databases_allowed: None) -> Iterator[Rule]:
    rule = Rule()
    providers = {name: [("ping", "status.providers.health.ping")] for name in SEEN}
    with override_settings(STATUS_ACCESS=rule, STATUS_TIMEOUT=0.3, STATUS_PROVIDERS=providers):
        yield rule
        rule.answers.set()


@pytest.fixture(params=SERVERS)
def site(request: pytest.FixtureRequest, rule: Rule) -> Site:
    return Site(request.param)


def told(site: Site, name: str, below: str, method: str) -> tuple[int, str]:
    response = site(f"api/{name}{below}", method)
    return response.status_code, response.content.decode().replace(name, "…")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("below", BELOW)
def test_what_is_hidden_is_as_if_it_were_not_there(below: str, method: str, site: Site) -> None:
    absent = told(site, "absent", below, method)
    assert told(site, "secret", below, method) == told(site, "top", below, method) == absent
    assert absent[0] == 404
    assert body(site(f"api/secret{below}", method))["resources"] == ["health", "locked"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("below", BELOW)
def test_while_the_rule_hangs_no_name_is_told_from_another(below: str, method: str, site: Site, rule: Rule) -> None:
    rule.answers.clear()
    absent = told(site, "absent", below, method)
    assert absent == (401, '{"error": "This needs a token: Authorization: Bearer …"}')
    for name in SEEN:
        assert told(site, name, below, method) == absent
    rule.answers.set()
    wait_until(lambda: site("api/health").status_code == 200, message="it answers, and nobody is let in")


def test_while_the_rule_hangs_no_page_tells_what_there_is(site: Site, rule: Rule) -> None:
    rule.answers.clear()
    assert {site(f"{name}/").status_code for name in (*SEEN, "absent")} == {404}
    overview = site()
    assert overview.status_code == 200
    assert not [name for name in ("secret", "top", "locked") if f"{name}/" in overview.content.decode()]


def test_where_the_rule_raises_nothing_tells_what_there_is(site: Site, rule: Rule) -> None:
    rule.raises = True
    absent = told(site, "absent", "", "GET")
    assert absent == (404, '{"error": "Resource not found: …", "resources": []}')
    assert {told(site, name, "", "GET") for name in SEEN} == {absent}
    assert {site(f"{name}/").status_code for name in (*SEEN, "absent")} == {404}
