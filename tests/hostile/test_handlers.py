"""Generated requests, through the real handlers of WSGI and ASGI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from status.providers import registry
from tests.hostile import checks
from tests.hostile.asking import Ask, Asked
from tests.hostile.conftest import Errors, Headers
from tests.hostile.promises import hold
from tests.hostile.requests import EXAMPLES, GOOD_PATHS, requests
from tests.hostile.site import DETAIL

TRUSTED = ("token", "staff")
CALLERS = ("stranger", "wrong token", *TRUSTED)

hostile = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)


@pytest.mark.parametrize("caller", CALLERS)
def test_each_caller_is_taken_for_what_they_are(caller: str, ask: Ask, callers: Mapping[str, Headers]) -> None:
    answered = ask(Asked(path=b"/status/api/stats/measured", headers=callers[caller]))
    assert answered.status == (200 if caller in TRUSTED else 401)
    assert (DETAIL.encode() in answered.body) is (caller in TRUSTED)


@hostile
@given(asked=requests(), caller=st.sampled_from(CALLERS))
def test_no_request_makes_an_error_or_learns_too_much(
    asked: Asked, caller: str, ask: Ask, callers: Mapping[str, Headers], errors: Errors
) -> None:
    errors.told.clear()
    answered = ask(replace(asked, headers=(*callers[caller], *asked.headers)))
    hold(answered, trusted=caller in TRUSTED)
    assert not errors.told
    assert not answered.read


def site_state() -> tuple[Any, ...]:
    """What a request could have changed."""
    rows = tuple(tuple(model.objects.order_by("pk").values_list()) for model in (User, Session))
    return rows, sorted(cache._cache), id(registry.current())  # type: ignore[attr-defined]


@pytest.mark.parametrize("caller", ["stranger", "staff"])
def test_no_method_changes_anything(caller: str, ask: Ask, callers: Mapping[str, Headers], errors: Errors) -> None:
    before = site_state()
    for path in GOOD_PATHS:
        for method in ("GET", "POST", "PUT", "DELETE"):
            fresh = (("cache-control", b"no-cache"), ("pragma", b"no-cache"))
            answered = ask(Asked(method, path, headers=(*callers[caller], *fresh), body=b"a=b"))
            hold(answered, trusted=caller in TRUSTED)
    assert site_state() == before
    assert not errors.told


def test_whatever_is_asked_no_check_runs_twice_in_its_ttl(ask: Ask, callers: Mapping[str, Headers]) -> None:
    for method in ("GET", "POST"):
        for query in (b"verbose", b"refresh=1&nocache=1"):
            for path in GOOD_PATHS:
                ask(Asked(method, path, query, (*callers["token"], ("cache-control", b"no-cache, max-age=0"))))
    # One of them is a check of two resources.
    assert checks.runs == {"well": 2, "odd": 1, "valued": 1, "measured": 1, "raises": 1}


LONG = {
    "a path": Asked(path=b"/status/api/" + b"\x00" * 60_000),
    "a path of segments": Asked(path=b"/status/api/health" + b"/a" * 10_000),
    "a path below a probe": Asked(path=b"/readyz/" + b"\xf0\x9f\x92\xa9" * 15_000),
    "an asset": Asked(path=b"/status/assets/0/" + b"a" * 60_000),
    "a query": Asked(path=b"/readyz", query=b"verbose&" + b"exclude=%E2%80%AE&" * 5_000),
    "a query of what redirects": Asked(path=b"/status/stats", query=b"a=" + b"\xc3\xa9" * 30_000),
    "a method": Asked(method="X" * 60_000, path=b"/status/api/health"),
    "a claim": Asked(path=b"/status/api/stats", headers=(("authorization", b"Bearer " + b"a" * 60_000),)),
    "cookies": Asked(path=b"/status/stats", headers=(("cookie", b"a=b; " * 12_000),)),
}


@pytest.mark.parametrize("name", LONG)
def test_what_is_long_is_not_told_back(name: str, ask: Ask, errors: Errors) -> None:
    hold(ask(LONG[name]), trusted=False)
    assert not errors.told
