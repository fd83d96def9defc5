"""A rule of the project's own that is slow, and who feels it."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest
from django.http import HttpRequest
from django.test import override_settings

from tests.asking import SERVERS, Site
from tests.waiting import wait_until

PATH = "api/health"


class Rule:
    """Answers all but `slow`, whom it keeps until it is released."""

    def __init__(self) -> None:
        self.called: list[str | None] = []
        self.released = Event()

    def __call__(self, request: HttpRequest, resource: str) -> str:
        who = request.headers.get("X-Who")
        self.called.append(who)
        if who == "slow":
            self.released.wait(20)
        return "details"


@pytest.fixture
def rule(databases_allowed: None) -> Iterator[Rule]:
    rule = Rule()
    providers = {"health": [("ping", "status.providers.health.ping")]}
    with override_settings(STATUS_ACCESS=rule, STATUS_TIMEOUT=0.3, STATUS_PROVIDERS=providers):
        yield rule
        rule.released.set()


@pytest.mark.parametrize("server", SERVERS)
def test_after_a_slow_call_the_next_are_refused_until_the_rule_answers(server: str, rule: Rule) -> None:
    site = Site(server)

    def code(who: str) -> int:
        return int(site(PATH, headers={"X-Who": who}).status_code)

    assert code("slow") == 401
    assert code("next") == 401, "the rule was waited for, though the last call had no answer"
    wait_until(lambda: "next" in rule.called, message="it was not called for the one that was refused")
    wait_until(lambda: code("later") == 200, message="it answers, and nobody is let in")
    assert not rule.released.is_set()


@pytest.mark.parametrize("server", SERVERS)
def test_a_page_says_that_it_could_not_be_checked(server: str, rule: Rule) -> None:
    site = Site(server)
    overview = site("", headers={"X-Who": "slow"})
    assert overview.status_code == 200
    assert "Your login could not be checked now" in overview.content.decode()
