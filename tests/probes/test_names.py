"""What probes tell those who aren't trusted of components whose names are details, the same through every door."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from status import Provider
from tests.probes import checks, discreet
from tests.probes.discreet import GONE, UP
from tests.probes.doors import DOORS, Reply

Ask = Callable[..., Reply]

TOKEN = {"HTTP_AUTHORIZATION": "Bearer a-token-of-twenty-four"}
DETAILS = ("10.0.", "mail@")
PROVIDERS = {
    "health": [
        ("half", checks.half),
        ("celery", discreet.workers),
        ("shards", discreet.shards),
        Provider("replicas", discreet.replicas, names_are_details=True),
        Provider("lost", discreet.lost, names_are_details=True),
        Provider("open", discreet.shards, names_are_details=False),
        ("missing", "nowhere.nothing"),
        ("counted", discreet.counted),
    ]
}
PROBES = {
    "readyz": ("health/celery", "health/half"),
    "alone": (f"health/celery/{GONE}", f"health/celery/{UP}", "health/half/good"),
    "up": (f"health/celery/{UP}",),
    "both": ("health/shards", f"health/celery/{GONE}", "health/celery"),
    "replicas": ("health/replicas",),
    "lost": ("health/lost", "health/lost/10.0.3.2"),
    "open": ("health/open",),
    "counted": ("health/counted/10.0.5.1",),
    "wrong": ("health/missing/10.0.4.1", "health/nowhere/10.0.4.2", "health/shards/10.0.4.3"),
}


@pytest.fixture(autouse=True)
def _site() -> Iterator[None]:
    with override_settings(
        STATUS_PROVIDERS=PROVIDERS,
        STATUS_PROBES=PROBES,
        STATUS_ACCESS={"health": "states"},
        STATUS_TOKENS=["a-token-of-twenty-four"],
    ):
        yield


def told(reply: Reply) -> tuple[int, list[str]]:
    return reply.status, reply.body.split("\n")


@pytest.mark.parametrize(
    ("path", "query", "status", "body"),
    [
        ("/readyz", "", 503, ["health/celery", "health/half/bad"]),
        ("/readyz", "verbose", 503, ["fail", "health/celery: fail", "health/half/good: pass", "health/half/bad: fail"]),
        ("/readyz", "exclude=health/half", 503, ["health/celery"]),
        (
            "/readyz",
            "verbose&exclude=health/celery",
            503,
            ["fail", "health/half/good: pass", "health/half/bad: fail", "excluded: health/celery"],
        ),
        ("/readyz", "exclude=health/celery&exclude=health/half", 200, ["ok"]),
        ("/readyz/health/celery", "", 503, ["health/celery"]),
        ("/readyz/health/celery/", "verbose", 503, ["fail", "health/celery: fail"]),
        ("/both", "", 503, ["health/shards", "health/celery"]),
        ("/both", "exclude=health/shards", 503, ["health/celery"]),
        ("/both/health/shards", "", 503, ["health/shards"]),
        ("/both/health/celery", "", 503, ["health/celery"]),
        ("/alone", "", 503, ["health/celery"]),
        ("/alone", "verbose", 503, ["fail", "health/celery: fail", "health/half/good: pass"]),
        ("/alone", "exclude=health/celery", 200, ["ok"]),
        ("/alone/health/celery", "verbose", 503, ["fail", "health/celery: fail"]),
        ("/up", "verbose", 200, ["ok", "health/celery: pass"]),
        ("/up/health/celery", "", 200, ["ok"]),
        ("/replicas", "verbose", 200, ["ok", "health/replicas: pass"]),
        ("/lost", "", 503, ["health/lost"]),
        ("/lost", "verbose", 503, ["fail", "health/lost: fail"]),
        ("/wrong", "", 503, ["health/missing", "health/nowhere", "health/shards"]),
    ],
)
def test_strangers_are_told_the_provider_once_in_place_of_its_components(
    ask: Ask, path: str, query: str, status: int, body: list[str]
) -> None:
    assert told(ask(path, query=query)) == (status, body)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/readyz", [f"health/celery/{GONE}", "health/half/bad"]),
        ("/alone", [f"health/celery/{GONE}"]),
        ("/lost", ["health/lost", "health/lost/10.0.3.2"]),
        ("/wrong", ["health/missing/10.0.4.1", "health/nowhere/10.0.4.2", "health/shards/10.0.4.3"]),
        (f"/readyz/health/celery/{GONE}", [f"health/celery/{GONE}"]),
        ("/both/health/shards/10.0.1.2:6379", ["health/shards/10.0.1.2:6379"]),
    ],
)
def test_the_trusted_are_told_which_component_it_is(ask: Ask, path: str, body: list[str]) -> None:
    assert told(ask(path, **TOKEN)) == (503, body)


def test_the_trusted_leave_out_a_component(ask: Ask) -> None:
    query = f"verbose&exclude=health/half&exclude=health/celery/{GONE}"
    body = ["ok", f"health/celery/{UP}: pass", "excluded: health/half", f"excluded: health/celery/{GONE}"]
    assert told(ask("/readyz", query=query, **TOKEN)) == (200, body)


@pytest.mark.parametrize("access", ["public", "states"])
def test_where_all_is_public_so_are_these_names(ask: Ask, access: str) -> None:
    with override_settings(STATUS_ACCESS={"health": access}):
        name = f"health/celery/{GONE}" if access == "public" else "health/celery"
        assert told(ask("/both", query="exclude=health/shards")) == (503, [name] * (1 + (access == "public")))


def test_an_entry_may_say_that_its_names_are_no_details(ask: Ask) -> None:
    assert told(ask("/open")) == (503, ["health/open/10.0.1.2:6379"])


@pytest.mark.parametrize(
    ("path", "component"),
    [
        ("/readyz", f"health/celery/{GONE}"),
        ("/readyz", f"health/celery/{UP}"),
        ("/alone", f"health/celery/{GONE}"),
        ("/up", f"health/celery/{UP}"),
        ("/both", "health/shards/10.0.1.2:6379"),
        ("/replicas", "health/replicas/10.0.2.1"),
        ("/lost", "health/lost/10.0.3.2"),
        ("/wrong", "health/nowhere/10.0.4.2"),
    ],
)
def test_a_component_is_to_strangers_as_if_it_were_not_there(ask: Ask, path: str, component: str) -> None:
    none = f"{component}0"  # of this name there is none
    assert told(ask(f"{path}/{component}")) == told(ask(f"{path}/{none}")) == (404, ["not found"])
    for query in ("exclude=", "verbose&exclude="):
        plain = told(ask(path, query=query))
        for name in (component, none):
            assert told(ask(path, query=query + name)) == (plain[0], [*plain[1], f"unknown: {name}"])


def test_what_strangers_leave_out_by_the_provider_is_not_run(ask: Ask) -> None:
    before = discreet.calls
    assert told(ask("/counted", query="exclude=health/counted")) == (200, ["ok"])
    assert discreet.calls == before
    assert told(ask("/counted")) == (200, ["ok"])
    assert discreet.calls == before + 1


@pytest.mark.parametrize("level", ["private", "hidden", "callable"])
def test_of_what_may_not_be_seen_there_is_the_probes_state_alone(ask: Ask, level: str) -> None:
    access = f"{__name__}.everything" if level == "callable" else {"health": level}
    with override_settings(STATUS_ACCESS=access):
        for path in ("readyz", "alone", "lost", "wrong", "replicas"):
            status = 200 if path == "replicas" else 503
            for query in ("", "verbose", "exclude=health/celery", "verbose&exclude=health/half"):
                excluded = query.partition("exclude=")[2]
                remarks = [f"unknown: {excluded}"] if excluded else []
                assert told(ask(f"/{path}", query=query)) == (status, ["ok" if status == 200 else "fail", *remarks])
            for below in PROBES[path]:
                assert told(ask(f"/{path}/{below}", query="verbose")) == (404, ["not found"])


def everything(request: object, resource: str) -> str:
    raise AssertionError("a probe does not ask the project's code")


names = st.sampled_from(
    ["health", "health/celery", "health/shards", f"health/celery/{UP}", "health/shards/10.0.1.2:6379", "health//x", ""]
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(list(PROBES)),
    below=names | st.text(max_size=20),
    verbose=st.sampled_from(["", "verbose", "verbose=0"]),
    excluded=st.lists(names, max_size=3),
)
def test_no_question_of_a_stranger_gets_a_name_that_it_does_not_hold(
    path: str, below: str, verbose: str, excluded: list[str]
) -> None:
    quoted = "".join(f"%{byte:02X}" for byte in below.encode(errors="surrogatepass"))
    query = "&".join([verbose, *(f"exclude={name}" for name in excluded)])
    for door in ("wrapper, WSGI", "wrapper, ASGI"):
        reply = DOORS[door](f"/{path}/{quoted}", "GET", query)
        own = [line for line in reply.body.split("\n") if not line.startswith("unknown: ")]
        if path != "open":  # its entry says that its names are none
            assert not [line for line in own for mark in DETAILS if mark in line]
