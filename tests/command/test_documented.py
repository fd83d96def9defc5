"""The pictures of terminals in docs/commands.md are what a terminal shows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.command.running import PATHS, PATIENCE_S, environment
from tests.command.terminal import terminal
from tests.docs.blocks import ROOT, blocks

MODULE = """
from status import each
from tests.command.checks import waits

@each(["default", "replica"])
def databases(name):
    return name == "default" or waits("nothing")

DATABASES_ALONE = [("ping", "status.providers.health.ping"), ("databases", databases)]

class Terminal:
    STATUS_PROVIDERS = {"health": [*DATABASES_ALONE, ("celery", "tests.command.checks.waits", ["nothing"])]}

class Watch:
    STATUS_PROVIDERS = {"health": DATABASES_ALONE}
"""
HEALTH = {"health": [("ping", "status.providers.health.ping")]}


def documented(name: str) -> list[str]:
    [block] = [each for each in blocks(ROOT / "docs" / "commands.md") if (each.kind, each.argument) == ("tried", name)]
    return without_figures(block.text.rstrip())


def without_figures(text: str) -> list[str]:
    return [re.sub(r" +", " ", re.sub(r"\d[\d.:]*", "0", line)) for line in text.split("\n")]


def test_a_terminal_shows_what_is_known_and_what_is_awaited(tmp_path: Path) -> None:
    (tmp_path / "own_settings.py").write_text(MODULE)
    with terminal() as it:
        it.start(tmp_path, "-m", "status", "-s", "own_settings.Terminal", "health", "-f", "table")
        it.until(lambda: without_figures(it.text) == documented("a terminal"))


def test_a_watch_shows_the_worst_first(tmp_path: Path) -> None:
    (tmp_path / "own_settings.py").write_text(MODULE)
    with terminal() as it:
        it.start(tmp_path, "-m", "status", "-s", "own_settings.Watch", "health", "--watch")
        it.until(lambda: without_figures(it.text)[:6] == documented("a watch"))


def test_what_nrpe_is_told_to_run_is_a_plugin(tmp_path: Path) -> None:
    [block] = [each for each in blocks(ROOT / "docs" / "commands.md") if each.argument == "nrpe.cfg"]
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "settings.py").write_text(f"from tests.settings import *\nSTATUS_PROVIDERS = {HEALTH}\n")
    command = block.text.partition("=")[2].replace("/srv/shop/venv/bin/django_status", f"{sys.executable} -m status")
    command = command.replace("PYTHONPATH=/srv/shop", f"PYTHONPATH={PATHS}:{tmp_path}")
    done = subprocess.run(
        ["sh", "-c", command], cwd="/", env=environment(), capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.stdout.startswith("STATUS OK - health: 1 of 1 checks pass | 'ping/pong.duration'=")
    assert (done.returncode, done.stderr) == (0, "")
