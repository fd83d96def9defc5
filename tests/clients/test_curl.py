"""curl -f: exit code 0 for a site that is well, another for any that isn't."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.clients.site import TOKEN, Site
from tests.conftest import REQUIRE_ALL
from tests.deployment.snippets import snippet
from tests.servers.ports import refused_port, silent_port

NONE, HTTP, REFUSED, TIMEOUT = 0, 22, 7, 28
READY, HEALTH = 0, 1


@pytest.fixture(autouse=True)
def _curl() -> None:
    if shutil.which("curl") is None:
        (pytest.fail if REQUIRE_ALL else pytest.skip)("curl is missing: apt install curl")


def curl(which: int, port: int, *more: str) -> subprocess.CompletedProcess[str]:
    """One of the page's commands."""
    command = snippet("curl").splitlines()[which].split()
    assert command[:2] == ["curl", "-f"]
    return run([part.replace("shop.example.com:8000", f"127.0.0.1:{port}") for part in command], *more)


def run(command: list[str], *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command, *more], capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize(
    ("word", "code", "exit_code"),
    [("pass", 200, NONE), ("warn", 200, NONE), ("fail", 503, HTTP), ("raise", 503, HTTP), ("hang", 503, HTTP)],
)
@pytest.mark.parametrize("which", [READY, HEALTH])
def test_it_ends_as_the_page_says(which: int, word: str, code: int, exit_code: int, site: Site) -> None:
    site.says(word, code)
    assert curl(which, site.port).returncode == exit_code


def test_it_prints_the_report_of_a_site_that_is_well(site: Site) -> None:
    assert curl(HEALTH, site.port).stdout == '{"ping": {"pong": true}, "told": {"it": true}}'


@pytest.mark.parametrize(
    ("path", "headers", "exit_code"),
    [
        ("/livez", (), NONE),
        ("/livez/", (), NONE),
        ("/nope", (), HTTP),
        ("/status/api/stats", (), HTTP),
        ("/status/api/stats", ("-H", f"Authorization: Bearer {TOKEN}"), NONE),
        ("/status/badge/health.svg", (), NONE),
        ("/status/badge/stats.svg", (), HTTP),
        ("/status/feed", (), NONE),
    ],
)
@pytest.mark.parametrize("head", [(), ("--head",)], ids=["GET", "HEAD"])
def test_other_doors_end_it_by_their_codes(
    path: str, headers: tuple[str, ...], exit_code: int, head: tuple[str, ...], site: Site
) -> None:
    done = run(["curl", "-f", "-s", "-o", "/dev/null", f"{site.origin}{path}"], *headers, *head)
    assert done.returncode == exit_code


@pytest.mark.parametrize("path", ["/status/badge/health.svg", "/status/feed", "/status/"])
def test_what_is_for_people_is_well_whatever_it_tells(path: str, site: Site) -> None:
    site.says("fail", 503)
    assert run(["curl", "-f", "-s", "-o", "/dev/null", f"{site.origin}{path}"]).returncode == NONE


def test_without_f_every_answer_is_well(site: Site) -> None:
    site.says("fail", 503)
    assert run(["curl", "-s", "-o", "/dev/null", f"{site.origin}/readyz"]).returncode == NONE


def test_a_site_that_is_gone_or_stands_still_ends_it_with_codes_of_their_own() -> None:
    with refused_port() as port:
        assert curl(READY, port).returncode == REFUSED
    with silent_port() as port:
        assert curl(READY, port, "-m", "0.3").returncode == TIMEOUT
