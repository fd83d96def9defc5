"""HAProxy with the page's configuration, before two sites."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.deployment.backends import Backend, proxy, two
from tests.deployment.load import Reply, get, steady
from tests.deployment.snippets import addresses, snippet
from tests.servers.haproxy import HAProxy
from tests.servers.valkey import Valkey
from tests.waiting import wait_until

pytestmark = pytest.mark.faults

LEAVES_WITHIN_S = 5.0
"""As the page says: until the next check, until the one after that, and what these two wait."""
MARGIN_S = 1.0
RETURNS_WITHIN_S = 20.0
"""Two passes in a row, from processes that are asked in turn: each has to see for itself that the hang is over."""
BOTH = {"web-1", "web-2"}


@contextmanager
def before(one: Backend, other: Backend) -> Iterator[HAProxy]:
    """HAProxy before the two, when it has seen both well."""
    with proxy(HAProxy, addresses("haproxy.cfg", one.port, other.port)) as haproxy:
        wait_until(lambda: states(haproxy) == {"web-1": "UP", "web-2": "UP"}, timeout_s=10)
        yield haproxy


def states(haproxy: HAProxy) -> dict[str, str]:
    """Of each server "UP" or "DOWN"; the way there does not count."""
    return {name: state.partition(" ")[0] for name, state in haproxy.servers("shop").items()}


def wait_for(haproxy: HAProxy, **expected: str) -> None:
    """Until web_1="DOWN", or the like."""
    for name, state in expected.items():
        name = name.replace("_", "-")
        wait_until(
            lambda name=name, state=state: states(haproxy)[name] == state,  # type: ignore[misc]
            LEAVES_WITHIN_S + MARGIN_S if state == "DOWN" else RETURNS_WITHIN_S,
            message=lambda: str(haproxy.servers("shop")),
        )


def who(replies: list[Reply]) -> set[str]:
    """The names of those who answered."""
    return {reply.text for reply in replies}


def test_a_site_whose_dependency_fails_leaves_the_rotation_and_returns(own_valkey: Valkey, valkey: Valkey) -> None:
    """Its own dependency: another site's is well."""
    probes = '\nSTATUS_PROBES = {"livez": [], "readyz": ["health/caches"]}\n'
    settings = [f"CACHES = {{'default': {server.django_cache()!r}}}{probes}" for server in (own_valkey, valkey)]
    with two(*settings) as (one, other), before(one, other) as haproxy, steady(haproxy.port, "/who/") as load:
        assert who(load.goes_on()) == BOTH
        own_valkey.stop_in_its_tracks()
        wait_for(haproxy, web_1="DOWN")
        load.goes_on(8)  # those that were on their way
        assert who(load.goes_on()) == {"web-2"}
        assert one.get("/readyz") == Reply(503, "health/caches/default")
        own_valkey.resume()
        wait_for(haproxy, web_1="UP")
        load.goes_on(8)
        assert who(load.goes_on()) == BOTH
    assert load.failed == []


def test_a_drained_site_leaves_the_rotation_and_is_then_stopped_without_a_lost_request() -> None:
    """Of POSTs, which HAProxy sends once: that none is lost is the drain's doing."""
    with (
        two() as (one, other),
        before(one, other) as haproxy,
        ThreadPoolExecutor() as pool,
        steady(haproxy.port, "/who/", "POST") as load,
    ):
        assert who(load.goes_on()) == BOTH
        # Taken in turns, so each site has some: they go on over the drain and SIGTERM.
        slow = [pool.submit(get, haproxy.port, "/who/?after=8") for _ in range(6)]
        wait_until(lambda: one.has_begun() and other.has_begun())
        one.drain()
        wait_for(haproxy, web_1="DOWN")
        load.goes_on(8)
        assert who(load.goes_on()) == {"web-2"}
        assert one.get("/who/") == Reply(200, "web-1")
        one.terminate()
        wait_until(lambda: one.get("/who/").code == 0, message="the socket is still open")
        assert who(load.goes_on()) == {"web-2"}
        answers = [request.result() for request in slow]
        one.wait_for_its_end()
    assert load.failed == []
    assert {answer.code for answer in answers} == {200}
    assert who(answers) == BOTH


@pytest.mark.parametrize("end", [Backend.kill, Backend.terminate], ids=["SIGKILL", "SIGTERM"])
def test_a_site_that_ends_without_a_drain_costs_no_get(end: Callable[[Backend], None]) -> None:
    with two() as (one, other), before(one, other) as haproxy, steady(haproxy.port, "/who/") as load:
        assert who(load.goes_on()) == BOTH
        end(one)
        wait_for(haproxy, web_1="DOWN")
        assert who(load.goes_on()) == {"web-2"}
    assert load.failed == []


def test_probes_are_not_for_the_public() -> None:
    with two() as (one, other), before(one, other) as haproxy:
        for path in (
            "/livez",
            "/readyz",
            "/startupz",
            "/readyz/",
            "/readyz/health/caches",
            "/%72eadyz",
            "/readyz?verbose",
        ):
            assert get(haproxy.port, path).code == 404, path
            assert "ok" not in get(haproxy.port, path).text
        assert get(haproxy.port, "/who/") in [Reply(200, "web-1"), Reply(200, "web-2")]
        assert get(haproxy.port, "/readyzz").text != ""


def test_it_leaves_as_soon_as_the_page_says() -> None:
    (line,) = re.findall(r"default-server check (.*)", snippet("haproxy.cfg"))
    words = line.split()
    number = {name: int(value.rstrip("s")) for name, value in zip(words[::2], words[1::2], strict=True)}
    (check_s,) = (int(found) for found in re.findall(r"timeout check (\d+)s", snippet("haproxy.cfg")))
    assert number["inter"] + (number["fall"] - 1) * number["fastinter"] + number["fall"] * check_s == LEAVES_WITHIN_S
