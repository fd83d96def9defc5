"""check_http of the monitoring plugins: what it makes of each state."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess

import pytest

from tests.clients.site import TOKEN, Site
from tests.conftest import REQUIRE_ALL
from tests.deployment.snippets import snippet
from tests.servers.ports import HOST, refused_port, silent_port

OK, WARNING, CRITICAL = 0, 1, 2
READY, HEALTH, STRICT = 0, 1, 2
PLUGINS = "/usr/lib/nagios/plugins"
CHECK_HTTP = shutil.which("check_http", path=os.pathsep.join([PLUGINS, os.environ.get("PATH", os.defpath)]))


@pytest.fixture(autouse=True)
def _check_http() -> None:
    if CHECK_HTTP is None:
        (pytest.fail if REQUIRE_ALL else pytest.skip)("check_http is missing: apt install monitoring-plugins-basic")


def documented(which: int, port: int, *more: str) -> subprocess.CompletedProcess[str]:
    """One of the page's commands."""
    words = shlex.split(snippet("check_http").splitlines()[which])
    assert words[:5] == ["check_http", "-H", "shop.example.com", "-p", "8000"]
    return check_http(port, *words[5:], *more)


def check_http(port: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(CHECK_HTTP), "-H", HOST, "-p", str(port), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize(
    ("word", "code", "expected"),
    [
        ("pass", 200, (OK, OK, OK)),
        ("warn", 200, (OK, OK, CRITICAL)),
        ("fail", 503, (CRITICAL, CRITICAL, CRITICAL)),
        ("raise", 503, (CRITICAL, CRITICAL, CRITICAL)),
        ("hang", 503, (CRITICAL, CRITICAL, CRITICAL)),
    ],
)
def test_it_ends_as_the_page_says(word: str, code: int, expected: tuple[int, ...], site: Site) -> None:
    site.says(word, code)
    done = [documented(which, site.port) for which in (READY, HEALTH, STRICT)]
    assert tuple(each.returncode for each in done) == expected, [each.stdout for each in done]


@pytest.mark.parametrize("probe", ["/livez", "/readyz", "/startupz"])
def test_a_well_probe_is_ok_and_says_how_long_it_took(probe: str, site: Site) -> None:
    done = check_http(site.port, "-u", probe)
    assert done.returncode == OK, done.stdout
    assert done.stdout.startswith("HTTP OK: HTTP/1.1 200 OK")
    assert "|time=" in done.stdout


def test_liveness_is_ok_whatever_fails(site: Site) -> None:
    site.says("fail", 503)
    assert check_http(site.port, "-u", "/livez", "-s", "ok").returncode == OK
    assert check_http(site.port, "-u", "/readyz", "-e", "503", "-s", "health/told/it").returncode == OK


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-s", '"it": true'], OK),
        (["-s", '"it": false'], CRITICAL),
        (["-e", "200,503"], OK),
        (["-e", "503"], CRITICAL),
        (["-N"], OK),  # reads no body
        (["-P", "a=b"], OK),  # POST is as GET
        (["-k", f"Authorization: Bearer {TOKEN}", "-s", "told"], OK),
        (["-r", '^.*"told".*$'], OK),
        (["-m", "10:1000"], OK),
        (["-A", "nagios/1", "-d", "Cache-Control: no-store"], OK),
    ],
)
def test_the_api_takes_all_the_ways_in_which_it_asks(arguments: list[str], expected: int, site: Site) -> None:
    done = check_http(site.port, "-u", "/status/api/health", *arguments)
    assert done.returncode == expected, done.stdout


def test_what_is_private_is_a_warning_without_the_token_and_ok_with_it(site: Site) -> None:
    assert check_http(site.port, "-u", "/status/api/stats").returncode == WARNING
    with_token = ["-k", f"Authorization: Bearer {TOKEN}"]
    assert check_http(site.port, "-u", "/status/api/stats", *with_token).returncode == OK


def test_a_site_that_is_gone_or_stands_still_is_critical() -> None:
    with refused_port() as port:
        assert documented(READY, port).returncode == CRITICAL
    with silent_port() as port:
        done = documented(READY, port, "-t", "1")
        assert (done.returncode, "timeout" in done.stdout.lower()) == (CRITICAL, True), done.stdout
