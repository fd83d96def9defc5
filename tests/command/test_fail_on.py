"""Exit codes: `--fail-on`, and those of a plugin."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from status.providers.base import Provider
from tests.command.running import PATIENCE_S, django_status, environment, manage, manage_apart
from tests.conftest import REQUIRE_ALL

HERE = "tests.command.checks"
WELL = ("well", f"{HERE}.well")
NEGATE = Path("/usr/lib/nagios/plugins/negate")
MODULE = f"STATUS_PROVIDERS = {{'health': [('warns', '{HERE}.warns')], 'things': [('raises', '{HERE}.raises')]}}\n"


def configured(**resources: Any) -> Any:
    return override_settings(STATUS_PROVIDERS=resources)


@pytest.fixture(autouse=True)
def _databases_allowed(databases_allowed: None) -> None:
    """Checks connect from threads of their own."""


@pytest.mark.parametrize(
    ("resource", "function", "on_fail", "on_warn", "plugin"),
    [
        ("health", "well", 0, 0, 0),
        ("health", "warns", 0, 1, 1),
        ("health", "fails", 1, 1, 2),
        ("health", "raises", 1, 1, 2),
        # Of a resource that isn't judged only a provider that failed counts.
        ("things", "well", 0, 0, 0),
        ("things", "fails", 0, 0, 0),
        ("things", "raises", 1, 1, 3),
    ],
)
def test_the_exit_code_is_by_the_report(
    resource: str, function: str, on_fail: int, on_warn: int, plugin: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with configured(**{resource: [("it", f"{HERE}.{function}")]}):
        assert manage(resource) == 0
        assert manage(resource, "-e") == manage(resource, "--fail-on", "fail") == on_fail
        assert manage(resource, "--fail-on", "warn") == manage(resource, "-e", "--fail-on=warn") == on_warn
        capsys.readouterr()
        assert manage(resource, "-f", "nagios") == plugin
    told = capsys.readouterr()
    verdict = ("OK", "WARNING", "CRITICAL", "UNKNOWN")[plugin]
    assert told.out.startswith(f"STATUS {verdict} - {resource}: ")
    assert told.err == ""


def test_a_failing_check_that_is_not_critical_warns() -> None:
    with configured(health=[WELL, Provider("fails", f"{HERE}.fails", critical=False)]):
        assert manage("health", "--fail-on", "fail") == 0
        assert manage("health", "--fail-on", "warn") == 1
        assert manage("health", "-f", "nagios") == 1


def test_only_the_providers_that_are_named_count() -> None:
    with configured(health=[WELL, ("fails", f"{HERE}.fails")]):
        assert manage("health", "well", "-f", "nagios") == 0
        assert manage("health", "fails", "-f", "nagios") == 2


def test_an_unknown_state_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with configured(health=[WELL]):
        assert manage("health", "--fail-on", "red") == 2
    assert "'red'" in capsys.readouterr().err


def test_from_code_the_options_have_the_names_of_2_x_too() -> None:
    with configured(health=[("fails", f"{HERE}.fails")]), pytest.raises(SystemExit, match="1"):
        call_command("status", "health", error_on_fail=True)


# --- a plugin says on stdout what is wrong, and ends with UNKNOWN -----------------------------------------------------

WRONG = [
    (("nope", "-f", "nagios"), "nope"),
    (("health", "nope", "-f", "nagios"), "health/nope"),
    (("health", "--nope", "--format=nagios"), "--nope"),
    (("health", "-fnagios", "--fail-on", "red"), "red"),
    (("health", "-ef", "nagios"), "leave out -e"),
    (("health", "--fail-on=warn", "--output_format", "nagios"), "leave out -e, --fail-on"),
    (("health", "--watch", "-f", "nagios"), "leave out -e, --fail-on and --watch"),
    (("-f", "nagios"), "resource"),
    (("-f", "nagios", "health"), ""),
]


@pytest.mark.parametrize(("arguments", "named"), WRONG, ids=lambda each: " ".join(each) if each else "")
def test_a_wrong_command_line_is_unknown(
    arguments: tuple[str, ...], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with configured(health=[WELL]):
        assert manage(*arguments) == 3
    told = capsys.readouterr()
    assert told.out.startswith("STATUS UNKNOWN - ")
    assert named in told.out
    assert told.out.count("\n") == 1
    assert told.err == ""


def test_help_is_no_ok(capsys: pytest.CaptureFixture[str]) -> None:
    with configured(health=[WELL]):
        assert manage("health", "-f", "nagios", "-h") == 3
    assert capsys.readouterr().out.startswith("usage: ")


def test_whatever_goes_wrong_while_looking_is_unknown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise OSError("disk | full\nredis://:hunter2@cache")

    monkeypatch.setattr("status.command.show.observe", broken)
    with configured(health=[WELL]):
        assert manage("health", "-f", "nagios") == 3
    assert capsys.readouterr().out == "STATUS UNKNOWN - OSError: disk / full redis://:********@cache\n"


def test_from_code_a_wrong_call_raises_as_any_does() -> None:
    with configured(health=[WELL]), pytest.raises(CommandError, match="nope"):
        call_command("status", "nope", "-f", "nagios")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ("-s", "own_settings", "health", "-f", "nagios"),
            1,
            "STATUS WARNING - health: 1 of 2 checks pass; warns/other",
        ),
        (("-s", "own_settings", "things", "-f", "nagios"), 3, "STATUS UNKNOWN - things: 0 of 1 are there; raises: "),
        (("-s", "missing", "health", "-f", "nagios"), 3, "STATUS UNKNOWN - settings 'missing' can't be imported: "),
        (("-s", "own_settings", "nope", "-f", "nagios"), 3, "STATUS UNKNOWN - django_status: error: "),
        (("health", "-f", "nagios", "-s"), 3, "STATUS UNKNOWN - django_status: error: argument -s/--settings: "),
    ],
)
def test_django_status_as_a_plugin(arguments: tuple[str, ...], code: int, said: str, tmp_path: Path) -> None:
    (tmp_path / "own_settings.py").write_text(MODULE)
    done = django_status(tmp_path, *arguments)
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.startswith(said)


@pytest.mark.parametrize("arguments", [("nopé",), ("health", "-s", "nopé")], ids=" ".join)
def test_why_it_is_unknown_is_told_in_ascii_where_nothing_else_can_be(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    done = django_status(tmp_path, *arguments, "-f", "nagios", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.startswith("STATUS UNKNOWN - ")
    assert "nop\\xe9" in done.stdout


def test_manage_py_as_a_plugin(tmp_path: Path) -> None:
    (tmp_path / "site_settings.py").write_text(f"from tests.settings import *\n{MODULE}")
    done = manage_apart(tmp_path, "health", "-f", "nagios", DJANGO_SETTINGS_MODULE="site_settings")
    assert (done.returncode, done.stderr) == (1, "")
    assert re.match(r"STATUS WARNING - .* \| 'warns/one\.duration'=[\d.]+s;;;0 ", done.stdout)
    assert done.stdout.splitlines()[1:] == ["[WARNING] warns/other", "[OK] warns/one"]


@pytest.mark.parametrize(("provider", "code", "verdict"), [("warns", 0, "OK"), ("fails", 2, "CRITICAL")])
def test_another_plugin_of_theirs_runs_it(provider: str, code: int, verdict: str, tmp_path: Path) -> None:
    """`negate` has a plugin's WARNING told as OK, in the code and in the text, and everything else as it is."""
    if not NEGATE.exists():
        (pytest.fail if REQUIRE_ALL else pytest.skip)(f"{NEGATE} is not installed")
    (tmp_path / "own_settings.py").write_text(f"STATUS_PROVIDERS = {{'health': [('it', '{HERE}.{provider}')]}}\n")
    command = [sys.executable, "-m", "status", "-s", "own_settings", "health", "-f", "nagios"]
    done = subprocess.run(
        [str(NEGATE), "--substitute", "--warning=OK", "--critical=CRITICAL", *command],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.stdout.startswith(f"STATUS {verdict} - health: 1 of 2 checks pass; it/other")
    assert "| 'it/one.duration'=" in done.stdout
    assert done.returncode == code


def test_a_plugin_s_reader_that_has_gone_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "own_settings.py").write_text(MODULE)
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "status", "-s", "own_settings", "health", "-f", "nagios"],
            cwd=tmp_path,
            env=environment(),
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE_S,
        )
    assert (done.returncode, done.stderr) == (1, "")
