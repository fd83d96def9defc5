"""The page's HEALTHCHECK is run by the shell, as Docker does it, and so is what stands before `docker stop`."""

from __future__ import annotations

import re
import shlex

import pytest

from status.ask.url import TIMEOUT_S
from tests.clients.docker import HealthCheck
from tests.deployment.backends import DocumentedGunicorn
from tests.deployment.snippets import configured, drained_for_s, snippet
from tests.servers.process import running

pytestmark = pytest.mark.faults  # they start servers again and again


def test_it_tells_the_well_from_the_draining_and_the_dead() -> None:
    command = HealthCheck.of(snippet("Dockerfile")).command
    with running(DocumentedGunicorn()) as backend:
        command = command.replace(":8000/", f":{backend.port}/")
        done = backend.shell(command)
        assert (done.returncode, done.stdout.strip()) == (0, "ok"), done.stderr
        backend.drain()
        done = backend.shell(command)
        assert (done.returncode, done.stdout.strip()) == (1, "draining"), done.stderr
        backend.undrain()
        assert backend.shell(command).returncode == 0
        backend.kill()
        assert backend.shell(command).returncode == 1


def test_docker_waits_longer_than_the_command_does() -> None:
    check = HealthCheck.of(snippet("Dockerfile"))
    assert "--timeout" not in check.command
    assert check.timeout_s > TIMEOUT_S


def test_docker_waits_longer_than_curl_does() -> None:
    check = HealthCheck.of(snippet("Dockerfile with curl"))
    (patience_s,) = re.findall(r" -m (\d+) ", check.command)
    assert check.timeout_s > int(patience_s)


@pytest.fixture
def stop() -> list[str]:
    return snippet("docker stop").splitlines()


def test_before_it_is_stopped_it_drains(stop: list[str]) -> None:
    prefix = "docker exec shop "
    assert stop[0].startswith(prefix)
    with running(DocumentedGunicorn()) as backend:
        done = backend.shell(stop[0].removeprefix(prefix))
        assert done.returncode == 0, done.stderr
        assert backend.get("/readyz").text == "draining"


def test_it_has_the_time_that_the_server_takes_to_end(stop: list[str]) -> None:
    assert stop[1] == "sleep 10"
    words = shlex.split(stop[2])
    assert words[:2] == ["docker", "stop"]
    time_s = int(words[words.index("-t") + 1])
    assert time_s > configured("graceful_timeout")
    assert 0 <= drained_for_s(stop[0]) - (10 + time_s) <= 5, "a start after it would drain on"
