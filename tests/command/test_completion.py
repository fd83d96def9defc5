"""What shells complete by the scripts, asked of the shells themselves."""

from __future__ import annotations

import argparse
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from status.command.arguments import add_drain, add_resources
from status.command.completion import add_completion
from status.command.completion import script as written
from tests.command.running import PATIENCE_S, django_status
from tests.command.terminal import terminal
from tests.conftest import REQUIRE_ALL

HERE = "tests.command.checks"
MODULE = f"""
from status import Format

STATUS_PROVIDERS = {{
    "health": [("well", "{HERE}.well"), ("warns", "{HERE}.warns"), ("fails", "{HERE}.fails")],
    "stats": [("nothing", "{HERE}.nothing")],
}}
STATUS_FORMATS = [Format("it's $(touch hacked) `touch hacked` \\\\", "text/plain", lambda showing: b"")]
"""
COMMANDS = ["completion", "drain", "health", "serve", "stats", "undrain"]
FORMATS = ["health+json", "json", "nagios", "openmetrics", "table", "text", "yaml"]

Complete = Callable[[str], list[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own_settings.py").write_text(MODULE)
    return tmp_path


def script(shell: str, folder: Path) -> Path:
    done = django_status(folder, "-s", "own_settings", "completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    path = folder / f"script.{shell}"
    path.write_text(done.stdout)
    return path


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.stderr == ""
    assert not (folder / "hacked").exists()
    return done.stdout


def bash(folder: Path) -> Complete:
    """As bash does: it splits the line at its own breaks, of which "=" is one."""
    path = script("bash", folder)

    def complete(line: str) -> list[str]:
        words = shlex.split(line.replace("=", " = ")) + ([""] if line.endswith((" ", "=")) else [])
        listed = " ".join(map(shlex.quote, words))
        program = (
            f"source {path}; COMP_WORDS=({listed}); COMP_CWORD={len(words) - 1}; "
            '_django_status; for word in "${COMPREPLY[@]}"; do printf "%s\\n" "$word"; done'
        )
        return run(folder, "bash", "--norc", "-c", program).split("\n")[:-1]

    return complete


def fish(folder: Path) -> Complete:
    path = script("fish", folder)

    def complete(line: str) -> list[str]:
        told = run(folder, "fish", "--no-config", "-c", f"source {path}; complete -C {shlex.quote(line)}")
        return [each.partition("\t")[0] for each in told.splitlines()]

    return complete


SHELLS = {"bash": bash, "fish": fish}


def installed(shell: str) -> None:
    if shutil.which(shell) is None:
        (pytest.fail if REQUIRE_ALL else pytest.skip)(f"{shell} is not installed")


@pytest.mark.parametrize("shell", SHELLS)
def test_what_can_stand_there_is_completed(shell: str, folder: Path) -> None:
    installed(shell)
    complete = SHELLS[shell](folder)

    def words(line: str) -> list[str]:
        return sorted(word for word in complete(line) if not word.startswith("-") and "hacked" not in word)

    assert words("django_status ") == COMMANDS
    assert words("django_status he") == ["health"]
    assert words("django_status -s own_settings st") == ["stats"]
    assert words("django_status --settings health ") == COMMANDS  # which is no command there
    assert words("django_status -s ") == []
    assert words("django_status health ") == ["fails", "warns", "well"]
    assert words("django_status health well w") == ["warns", "well"]
    assert words("django_status stats ") == ["nothing"]
    assert words("django_status health -f ") == FORMATS
    assert words("django_status -s own_settings health --format h") == ["health+json"]
    assert words("django_status health --fail-on ") == ["fail", "warn"]
    assert words("django_status completion ") == ["bash", "fish", "zsh"]
    assert words("django_status drain --for ") == []
    assert words("django_status nope ") == []
    assert complete("django_status health --wat") == ["--watch"]
    assert complete("django_status serve --b") == ["--bind"]
    assert complete("django_status drain --fo") == ["--for"]
    assert set(complete("django_status health --")) >= {"--format", "--fail-on", "--watch", "--no-color"}


def test_bash_completes_behind_an_equals_sign(folder: Path) -> None:
    complete = bash(folder)
    assert complete("django_status health --format=j") == ["json"]
    assert complete("django_status health --fail-on=") == ["warn", "fail"]


def test_bash_quotes_what_it_completes(folder: Path) -> None:
    assert bash(folder)("django_status health -f it") == [
        "it\\'s\\ \\$\\(touch\\ hacked\\)\\ \\`touch\\ hacked\\`\\ \\\\"
    ]


@pytest.mark.parametrize(
    ("shell", "command"),
    [("bash", ("bash", "--norc", "--noprofile")), ("zsh", ("zsh", "-f")), ("fish", ("fish", "--no-config"))],
)
def test_a_person_presses_tab(shell: str, command: tuple[str, ...], folder: Path) -> None:
    installed(shell)
    path = script(shell, folder)
    prepare = "autoload -U compinit; compinit -u -D; " if shell == "zsh" else ""
    program = f"import os; os.execvp({command[0]!r}, {list(command)!r})"
    with terminal(100, 24) as it:
        it.start(folder, "-c", program, HOME=str(folder), PS1="> ", TERM="xterm")
        it.press(f"{prepare}source {path}; echo rea'dy'\r")
        it.until_shown("\nready")
        it.press("django_status hea\t-f ya\t--fail-on wa\t")
        it.until_shown("django_status health -f yaml --fail-on warn")
    assert not (folder / "hacked").exists()


def test_an_unknown_shell_is_a_usage_error(folder: Path) -> None:
    done = django_status(folder, "-s", "own_settings", "completion", "csh")
    assert (done.returncode, done.stdout) == (2, "")
    assert "'csh'" in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_it_holds_what_the_parser_understands_today(shell: str) -> None:
    """In this process, so that coverage sees it."""
    parser = argparse.ArgumentParser()
    commands = add_resources(parser)
    add_drain(commands)
    add_completion(commands)
    told = written(shell, parser)
    assert all(
        word in told for word in ("databases", "caches", "health+json", "completion", "fail-on", "error-on-fail")
    )
    assert "error_on_fail" not in told
    assert "output_format" not in told
