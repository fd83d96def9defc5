"""Prometheus' blackbox exporter with the page's modules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.site import Site
from tests.deployment.backends import proxy
from tests.deployment.snippets import snippet
from tests.servers.blackbox import BlackboxExporter
from tests.servers.ports import HOST, refused_port, silent_port

READY = ("shop_ready", "/readyz")
HEALTH = ("shop_health", "/status/api/health?format=health%2Bjson")
PLAIN = """
modules:
  http_2xx: {prober: http, timeout: 3s}
  is_ok: {prober: http, timeout: 3s, http: {fail_if_body_not_matches_regexp: ["^ok$"]}}
  hurried: {prober: http, timeout: 300ms}
"""


@pytest.fixture(scope="module")
def exporter() -> Iterator[BlackboxExporter]:
    """With the page's modules, and those that anybody has."""
    documented = snippet("blackbox.yml").removeprefix("modules:")
    with proxy(BlackboxExporter, PLAIN + documented) as exporter:
        yield exporter


@pytest.mark.parametrize(("module", "path"), [READY, HEALTH])
@pytest.mark.parametrize(
    ("word", "code", "success"), [("pass", 200, 1), ("warn", 200, 1), ("fail", 503, 0), ("raise", 503, 0)]
)
def test_a_site_succeeds_and_fails_as_the_page_says(
    module: str, path: str, word: str, code: int, success: int, site: Site, exporter: BlackboxExporter
) -> None:
    site.says(word, code)
    told = exporter.probe(module, f"{site.origin}{path}")
    assert told["probe_success"] == success
    assert told["probe_http_status_code"] == code


@pytest.mark.parametrize(("module", "path"), [READY, HEALTH])
def test_a_check_that_hangs_fails_before_the_exporter_gives_up(
    module: str, path: str, site: Site, exporter: BlackboxExporter
) -> None:
    site.says("hang", 503)
    told = exporter.probe(module, f"{site.origin}{path}")
    assert (told["probe_success"], told["probe_http_status_code"]) == (0, 503)


@pytest.mark.parametrize(
    ("module", "path", "success"),
    [
        ("http_2xx", "/livez", 1),
        ("http_2xx", "/readyz", 0),
        ("http_2xx", "/startupz", 0),
        ("http_2xx", "/status/api/health", 0),
        ("http_2xx", "/status/", 1),  # for people: always 200
        ("is_ok", "/livez", 1),
        ("is_ok", "/status/", 0),
        ("is_ok", "/readyz", 0),
    ],
)
def test_of_a_site_that_fails_each_door_says_what_it_is_for(
    module: str, path: str, success: int, site: Site, exporter: BlackboxExporter
) -> None:
    site.says("fail", 503)
    assert exporter.probe(module, f"{site.origin}{path}")["probe_success"] == success


def test_a_site_that_is_gone_or_stands_still_fails(exporter: BlackboxExporter) -> None:
    with refused_port() as port:
        assert exporter.probe("shop_ready", f"http://{HOST}:{port}/readyz")["probe_success"] == 0
    with silent_port() as port:
        assert exporter.probe("hurried", f"http://{HOST}:{port}/readyz")["probe_success"] == 0
