"""nginx with the page's configuration, before two sites."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.deployment.backends import Backend, proxy, two
from tests.deployment.load import Reply, get, steady
from tests.deployment.snippets import addresses
from tests.servers.nginx import Nginx
from tests.servers.ports import HOST
from tests.waiting import wait_until

pytestmark = pytest.mark.faults


@contextmanager
def before(one: Backend, other: Backend) -> Iterator[Nginx]:
    with proxy(Nginx, addresses("nginx.conf", one.port, other.port)) as nginx:
        yield nginx


def test_pages_are_for_the_public_and_probes_are_not() -> None:
    with two() as (one, other), before(one, other) as nginx:
        assert {get(nginx.port, "/who/") for _ in range(20)} == {Reply(200, "web-1"), Reply(200, "web-2")}
        assert get(nginx.port, "/status/health/").code == 200
        for path in ("/livez", "/readyz", "/startupz", "/readyz/", "/readyz/health/caches", "/%72eadyz", "//readyz"):
            denied = get(nginx.port, path)
            assert denied.code == 404, path
            assert "nginx" in denied.text, f"{path} came to the site"
        assert "nginx" not in get(nginx.port, "/readyzz").text
        assert one.get("/readyz") == other.get("/readyz") == Reply(200, "ok")


@pytest.mark.parametrize("end", [Backend.kill, Backend.terminate], ids=["SIGKILL", "SIGTERM"])
def test_a_site_that_ends_costs_no_get(end: Callable[[Backend], None]) -> None:
    with two() as (one, other), before(one, other) as nginx, steady(nginx.port, "/who/") as load:
        assert {reply.text for reply in load.goes_on()} == {"web-1", "web-2"}
        end(one)
        one.wait_for_its_end()
        assert {reply.text for reply in load.goes_on()} == {"web-2"}
    assert load.failed == []


def test_a_site_that_is_marked_down_before_it_ends_costs_no_post() -> None:
    with two() as (one, other), before(one, other) as nginx, steady(nginx.port, "/who/", "POST") as load:
        assert {reply.text for reply in load.goes_on()} == {"web-1", "web-2"}
        address = f"server {HOST}:{one.port}"
        configuration = addresses("nginx.conf", one.port, other.port)
        assert address in configuration
        nginx.reload(configuration.replace(address, f"{address} down"))
        wait_until(lambda: {reply.text for reply in load.goes_on(8)} == {"web-2"}, timeout_s=10)
        one.terminate()
        one.wait_for_its_end()
        assert {reply.text for reply in load.goes_on()} == {"web-2"}
    assert load.failed == []
