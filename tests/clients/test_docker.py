"""HEALTHCHECK as Docker runs it: what becomes of a container in each state of its site."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.clients.docker import Container, HealthCheck
from tests.clients.site import Site
from tests.conftest import REQUIRE_ALL
from tests.deployment.snippets import snippet

FORMS = ("Dockerfile", "Dockerfile with curl")
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def check(form: str, port: int) -> HealthCheck:
    """The page's, for a site at this port."""
    if "curl" in form and shutil.which("curl") is None:
        (pytest.fail if REQUIRE_ALL else pytest.skip)("curl is missing: apt install curl")
    return HealthCheck.of(snippet(form).replace(":8000/", f":{port}/"))


def container(form: str, site: Site) -> Container:
    return Container(check(form, site.port), site.directory, {**site.environment(), "PATH": PATH})


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("word", "code", "exit_code"), [("pass", 200, 0), ("warn", 200, 0), ("fail", 503, 1), ("hang", 503, 1)]
)
def test_the_command_ends_with_0_or_1_and_nothing_else(
    form: str, word: str, code: int, exit_code: int, site: Site
) -> None:
    site.says(word, code)
    watched = container(form, site)
    watched.look(0)
    assert watched.exit_code == exit_code, watched.said


@pytest.mark.parametrize("form", FORMS)
def test_a_container_starts_is_healthy_fails_and_is_healthy_again(form: str, site: Site) -> None:
    watched = container(form, site)
    start_s, retries = watched.check.start_period_s, watched.check.retries
    assert (start_s, retries) == (60, 3)
    site.says("fail", 503)
    # As long as it starts nothing is held against it.
    assert [watched.look(at) for at in (10, 20, 30, 40)] == ["starting"] * 4
    site.says("pass", 200)
    assert watched.look(45) == "healthy"
    site.says("raise", 503)
    assert [watched.look(at) for at in (50, 60, 70)] == ["healthy", "healthy", "unhealthy"]
    site.says("pass", 200)
    assert watched.look(80) == "healthy"


@pytest.mark.parametrize("form", FORMS)
def test_one_that_never_starts_is_unhealthy_after_its_start_period(form: str, site: Site) -> None:
    watched = container(form, site)
    site.says("fail", 503)
    assert [watched.look(at) for at in (50, 60, 70, 80)] == ["starting", "starting", "starting", "unhealthy"]


@pytest.mark.parametrize("form", FORMS)
def test_a_process_that_stands_still_is_told_before_docker_gives_up(
    form: str, silent_port: int, tmp_path: Path
) -> None:
    """Killed, it would have told nothing."""
    watched = Container(check(form, silent_port), tmp_path, {"PATH": PATH, "PYTHONPATH": ":".join(sys.path)})
    watched.look(0)
    assert watched.exit_code == 1, watched.said


# --- the runner itself ------------------------------------------------------------------------------------------------


def test_what_takes_too_long_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    watched = Container(HealthCheck("sleep 60 & sleep 60; exit 0", timeout_s=0.2, retries=1), tmp_path, {"PATH": PATH})
    assert watched.look(0) == "unhealthy"
    assert (watched.exit_code, watched.said) == (-1, "Health check exceeded timeout (0.2s)")


@pytest.mark.parametrize(
    ("command", "status"), [("exit 0", "healthy"), ("exit 1", "unhealthy"), ("exit 22", "unhealthy")]
)
def test_every_code_but_0_is_a_failure(command: str, status: str, tmp_path: Path) -> None:
    assert Container(HealthCheck(command, retries=1), tmp_path, {"PATH": PATH}).look(0) == status


def test_an_instruction_is_read_as_it_is_written() -> None:
    read = HealthCheck.of(
        "HEALTHCHECK --interval=5m --timeout=3s \\\n  --start-period=500ms --retries=2 CMD a || exit 1\n"
    )
    assert read == HealthCheck("a || exit 1", 300, 3, 0.5, 2)
    assert HealthCheck.of("HEALTHCHECK CMD a") == HealthCheck("a", 30, 30, 0, 3)
    with pytest.raises(AssertionError):
        HealthCheck.of("HEALTHCHECK --patience=1s CMD a")
