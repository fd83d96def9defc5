"""The page's unit, as far as it can be tried without a systemd that runs: each directive, and the commands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deployment.backends import DocumentedGunicorn
from tests.deployment.snippets import PAGE, configured, drained_for_s, served_by, snippet
from tests.servers.process import find_program, running

pytestmark = pytest.mark.faults  # they start servers again and again

KNOWN = {
    "Unit": {"Description", "After"},
    "Service": {
        *("Type", "User", "WorkingDirectory", "ExecStart", "ExecReload", "ExecStop", "TimeoutStopSec", "KillMode"),
        *("Restart", "PrivateTmp", "RuntimeDirectory", "RuntimeDirectoryMode"),
    },
    "Install": {"WantedBy"},
}


@pytest.fixture
def unit() -> dict[str, dict[str, list[str]]]:
    """Section → directive → its values: one may stand there more than once, which configparser does not take."""
    sections: dict[str, dict[str, list[str]]] = {}
    for line in snippet("shop.service").splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            section.setdefault(name, []).append(value)
    return sections


def test_every_directive_is_known(unit: dict[str, dict[str, list[str]]]) -> None:
    assert {section: set(directives) for section, directives in unit.items()} == KNOWN


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    """Where it is: elsewhere the test above has to do."""
    analyze = find_program("systemd-analyze")
    if analyze is None:
        return
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "bin").symlink_to(Path(sys.executable).parent)
    file = tmp_path / "shop.service"
    text = snippet("shop.service").replace("/srv/shop", str(tmp_path))
    for written, found in ((text, ""), (text.replace("KillMode=", "KilMode="), "Unknown key")):
        file.write_text(written)
        done = subprocess.run([analyze, "verify", "--man=no", str(file)], capture_output=True, text=True)
        assert found in done.stderr
        assert bool(done.stderr) is bool(found), done.stderr


def test_the_site_is_started_as_the_page_says(unit: dict[str, dict[str, list[str]]]) -> None:
    assert unit["Service"]["ExecStart"] == ["/srv/shop/venv/bin/" + " ".join(served_by("gunicorn"))]


PAUSE = "sleep 10"


def stop(unit: dict[str, dict[str, list[str]]], main_pid: int | None) -> str:
    """What `ExecStop=` has the shell do, with the process that systemd knows; where it would wait, it leaves a file.

    A `$$` is a dollar there, and a variable without braces is left alone within a word (systemd.service(5)).
    """
    (line,) = unit["Service"]["ExecStop"]
    shell, option, script = shlex.split(line)
    assert (shell, option) == ("-/bin/sh", "-c"), "without the dash, a drain that fails would end the stop"
    assert "${" not in script
    assert PAUSE in script
    known = "unset MAINPID" if main_pid is None else f"MAINPID={main_pid}"
    done = script.replace("$$", "$").replace("/srv/shop/venv/bin/", "").replace(PAUSE, "touch waited")
    return f"{known}\n{done}"


def test_before_sigterm_it_drains(unit: dict[str, dict[str, list[str]]]) -> None:
    with running(DocumentedGunicorn()) as backend:
        done = backend.shell(stop(unit, backend.pid))
        assert done.returncode == 0, done.stderr
        assert backend.get("/readyz").text == "draining"
        assert (backend.directory / "waited").exists()


def test_where_the_server_has_died_by_itself_nothing_is_waited_for(unit: dict[str, dict[str, list[str]]]) -> None:
    """Else each crash would be an outage of 10 s more."""
    with running(DocumentedGunicorn()) as backend:
        done = backend.shell(stop(unit, None))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert backend.get("/readyz").text == "ok"
        assert not (backend.directory / "waited").exists()


def test_it_has_the_time_that_the_server_takes_to_end(unit: dict[str, dict[str, list[str]]]) -> None:
    assert int(unit["Service"]["TimeoutStopSec"][0]) > configured("graceful_timeout")


def test_the_drain_lasts_for_the_longest_stop(unit: dict[str, dict[str, list[str]]]) -> None:
    (line,), (timeout_s,) = unit["Service"]["ExecStop"], unit["Service"]["TimeoutStopSec"]
    assert drained_for_s(line) > 10 + int(timeout_s)


def test_by_hand_it_is_drained_by_the_service_user(unit: dict[str, dict[str, list[str]]]) -> None:
    there, *commands = snippet("drain by hand").splitlines()
    assert there.split() == ["cd", *unit["Service"]["WorkingDirectory"]]
    (user,) = unit["Service"]["User"]
    with running(DocumentedGunicorn()) as backend:
        for command, expected in zip(commands, ("draining", "ok"), strict=True):
            assert command.startswith(f"sudo -u {user} ")
            done = backend.shell(re.sub(r"^sudo -u \w+ venv/bin/", "", command))
            assert done.returncode == 0, done.stderr
            assert backend.get("/readyz").text == expected


def test_the_folder_is_the_one_that_systemd_makes(unit: dict[str, dict[str, list[str]]]) -> None:
    (name,) = unit["Service"]["RuntimeDirectory"]
    assert unit["Service"]["RuntimeDirectoryMode"] == ["0700"]
    assert f'STATUS_RUNTIME_DIR = "/run/{name}"\n' in PAGE.read_text()
