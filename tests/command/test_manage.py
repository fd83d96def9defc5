"""`python manage.py status`."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.checks import Error, register
from django.core.checks.registry import registry as system_checks
from django.core.management import CommandError, call_command
from django.test import override_settings

from status.command.show import keep_log_off_terminal
from tests.command.running import MANAGE, PATIENCE_S, environment, manage, manage_apart, on_a_terminal

HERE = "tests.command.checks"
PING = ("ping", "status.providers.health.ping")


def entries(*names: str) -> list[Any]:
    return [(name, f"{HERE}.{name}") for name in names]


def configured(**resources: Any) -> Any:
    return override_settings(STATUS_PROVIDERS=resources)


@pytest.fixture(autouse=True)
def _databases_allowed(databases_allowed: None) -> None:
    """Checks connect from threads of their own."""


@pytest.fixture(autouse=True)
def _terminal_without_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "PYTHON_COLORS"):
        monkeypatch.delenv(name, raising=False)


# --- resources, providers, formats ------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", ["health", "stats", "things"])
def test_every_configured_resource_can_be_asked(resource: str, capsys: pytest.CaptureFixture[str]) -> None:
    with configured(**{resource: entries("well")}):
        assert manage(resource) == 0
    told = capsys.readouterr()
    assert yaml.safe_load(told.out) == {"well": {"one": True, "other": "text"}}
    assert told.err == ""


@pytest.mark.parametrize(
    ("asked", "shown"),
    [((), ["ping", "well", "warns"]), (("well",), ["well"]), (("warns", "ping"), ["warns", "ping"])],
)
def test_providers_that_are_named_are_shown_alone(
    asked: tuple[str, ...], shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with configured(health=[PING, *entries("well", "warns")]):
        assert manage("health", *asked) == 0
    assert list(yaml.safe_load(capsys.readouterr().out)) == shown


def test_a_provider_that_is_not_asked_for_does_not_count(capsys: pytest.CaptureFixture[str]) -> None:
    with configured(health=[PING, *entries("fails")]):
        assert manage("health", "-e", "ping") == 0
        assert manage("health", "-e") == 1


@pytest.mark.parametrize("option", ["-f", "--format", "--output_format"])
@pytest.mark.parametrize(
    ("format", "told"),
    [
        ("yaml", "ping:\n  pong: true\n"),
        ("json", '{"ping": {"pong": true}}\n'),
    ],
)
def test_the_format_in_every_spelling(option: str, format: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with configured(health=[PING]):
        assert manage("health", option, format) == 0
        assert capsys.readouterr().out == told
        assert manage("health", f"{option}{'' if option == '-f' else '='}{format}") == 0
        assert capsys.readouterr().out == told


def test_json_can_be_read_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    with configured(things=entries("accented", "nothing")):
        assert manage("things", "-f", "json") == 0
    assert json.loads(capsys.readouterr().out) == {"accented": {"é": "naïve …"}, "nothing": None}


def test_the_table_is_for_people_and_plain_when_piped(capsys: pytest.CaptureFixture[str]) -> None:
    with configured(health=[PING, *entries("fails", "raises")]):
        assert manage("health", "-f", "table") == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert [line.split()[:2] for line in told.splitlines()] == [
        ["pass", "ping/pong"],
        ["pass", "fails/one"],
        ["fail", "fails/other"],
        ["fail", "raises"],
    ]
    assert "ConnectionError: no route to postgres://app:********@db/shop second line" in told
    columns = {re.search(r"\S+ ms", line).start() for line in told.splitlines()}  # type: ignore[union-attr]
    assert len(columns) == 1


def test_the_command_is_called_from_code_too() -> None:
    out = io.StringIO()
    with configured(health=entries("well", "fails")):
        call_command("status", "health", "well", format="json", stdout=out)
        assert json.loads(out.getvalue()) == {"well": {"one": True, "other": "text"}}
        with pytest.raises(SystemExit, match="1"):
            call_command("status", "health", "-e", stdout=out)
        with pytest.raises(CommandError, match="nope"):
            call_command("status", "nope", stdout=out)


# --- exit codes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["-e", "--error-on-fail", "--error_on_fail"])
@pytest.mark.parametrize(
    ("resource", "function", "code"),
    [
        ("health", "well", 0),
        ("health", "warns", 0),
        ("health", "fails", 1),
        ("health", "raises", 1),
        ("health", "exits", 1),
        ("health", "nothing", 1),
        # Of a resource that isn't judged only a provider that failed counts.
        ("things", "well", 0),
        ("things", "fails", 0),
        ("things", "nothing", 0),
        ("things", "raises", 1),
        ("things", "exits", 1),
    ],
)
def test_error_on_fail_in_every_spelling(option: str, resource: str, function: str, code: int) -> None:
    with configured(**{resource: entries("well", function) if function != "well" else entries("well")}):
        assert manage(resource, option) == code
        assert manage(resource) == 0


def test_a_component_of_what_is_not_judged_counts_when_it_failed(refused_port: int) -> None:
    from tests.sites import databases

    gone = {"ENGINE": "django.db.backends.postgresql", "NAME": "gone", "HOST": "127.0.0.1", "PORT": refused_port}
    with databases(gone=gone), configured(stats=[("databases", "status.providers.django.stats.databases")]):
        assert manage("stats", "-e") == 1


def test_a_check_that_is_not_critical_is_no_failure() -> None:
    from status.providers.base import Provider

    with configured(health=[PING, Provider("fails", f"{HERE}.fails", critical=False)]):
        assert manage("health", "-e") == 0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), ["resource"]),
        (("nope",), ["nope", "health", "things"]),
        (("health", "nope"), ["health/nope", "ping", "well"]),
        (("health", "ping", "nope"), ["health/nope", "ping", "well"]),
        (("health", "-f", "xml"), ["xml", "yaml", "json", "table"]),
        (("health", "-f"), ["-f/--format"]),
        (("health", "--nope"), ["--nope"]),
    ],
)
def test_a_usage_error_names_the_choices_on_stderr(
    arguments: tuple[str, ...], named: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with configured(health=[PING, *entries("well")], things=[]):
        assert manage(*arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("usage: manage.py status")
    assert all(name in told.err for name in named)
    assert "Traceback" not in told.err


def test_an_error_of_its_own_is_2_and_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise OSError("disk full\nsecond line")

    monkeypatch.setattr("status.command.show.observe", broken)
    with configured(health=[PING]):
        assert manage("health") == 2
    assert capsys.readouterr().err == "CommandError: OSError: disk full second line\n"


# --- help -------------------------------------------------------------------------------------------------------------


def test_help_names_the_resources(capsys: pytest.CaptureFixture[str]) -> None:
    with configured(health=[PING, *entries("well")], things=entries("nothing"), bare=[]):
        assert manage("-h") == 0
    told = capsys.readouterr().out
    assert re.search(r"health +check ping, well", told)
    assert re.search(r"things +show nothing", told)
    assert re.search(r"bare +show nothing", told)


def test_help_of_a_resource_names_its_providers_and_options(capsys: pytest.CaptureFixture[str]) -> None:
    with configured(health=[PING, *entries("well")], things=entries("nothing")):
        assert manage("health", "-h") == 0
        told = " ".join(capsys.readouterr().out.split())
        assert "there are: ping, well" in told
        assert "exit with 1 when a check fails" in told
        assert "{json,health+json,openmetrics,text,yaml,table,nagios}" in told
        assert manage("things", "--help") == 0
        told = " ".join(capsys.readouterr().out.split())
        assert "there are: nothing" in told
        assert "exit with 1 when a provider gives no value" in told


# --- beside other apps ------------------------------------------------------------------------------------------------


def test_a_failing_system_check_of_another_app_does_not_stop_it(capsys: pytest.CaptureFixture[str]) -> None:
    def complain(**kwargs: Any) -> list[Error]:
        return [Error("another app is set up wrong", id="another.E001")]

    register(complain)
    try:
        with configured(health=[PING]):
            assert manage("health", "-e") == 0
    finally:
        system_checks.registered_checks.discard(complain)
    told = capsys.readouterr()
    assert yaml.safe_load(told.out) == {"ping": {"pong": True}}
    assert told.err == ""


@pytest.mark.parametrize(
    "options",
    [
        ("--no-color",),
        ("--traceback",),
        ("-v", "0"),
        ("--verbosity=2",),
        ("--settings", "tests.settings"),
        ("--pythonpath=.",),
    ],
    ids=" ".join,
)
def test_the_options_of_django_stand_on_either_side(
    options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with configured(health=[PING]):
        assert manage(*options, "health") == 0
        assert manage("health", *options) == 0
    assert capsys.readouterr().out == "ping:\n  pong: true\n" * 2


@pytest.mark.parametrize("before", [True, False])
def test_colour_can_be_forced_and_forbidden(before: bool, capsys: pytest.CaptureFixture[str]) -> None:
    def table(option: str) -> str:
        arguments = [option, "health"] if before else ["health", option]
        assert manage(*arguments, "-f", "table") == 0
        return capsys.readouterr().out

    with configured(health=[PING]):
        assert "\x1b[32m" in table("--force-color")
        assert "\x1b" not in table("--no-color")


# --- terminals and pipes ----------------------------------------------------------------------------------------------

COMMAND = ("-c", MANAGE, "status", "health", "ping", "-f", "table")


@pytest.mark.parametrize(
    ("more", "variables", "coloured"),
    [
        ((), {}, True),
        ((), {"NO_COLOR": "1"}, False),
        ((), {"NO_COLOR": ""}, True),
        (("--no-color",), {}, False),
    ],
    ids=["a terminal", "NO_COLOR", "an empty NO_COLOR", "--no-color"],
)
def test_the_table_is_coloured_on_a_terminal(
    more: tuple[str, ...], variables: dict[str, str], coloured: bool, tmp_path: Path
) -> None:
    told = on_a_terminal(tmp_path, *COMMAND, *more, DJANGO_SETTINGS_MODULE="tests.settings", **variables)
    assert ("\x1b[32mpass\x1b[0m" in told) is coloured
    assert "ping/pong" in told


SITE = f"""
from tests.settings import *
STATUS_PROVIDERS = {{
    "health": [("well", "{HERE}.well"), ("raises", "{HERE}.raises")],
    "long": [("long", "{HERE}.long"), ("raises", "{HERE}.raises")],
    "slow": [("hangs", "{HERE}.hangs")],
}}
STATUS_TIMEOUT = 2
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site_settings.py").write_text(SITE)
    return tmp_path


SETTINGS = {"DJANGO_SETTINGS_MODULE": "site_settings"}


@pytest.mark.parametrize(("option", "code"), [((), 0), (("-e",), 1)])
def test_a_reader_that_has_gone_is_no_error(
    option: tuple[str, ...], code: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe, configured(long=entries("long", "raises")):
        monkeypatch.setattr(sys, "stdout", pipe)
        assert manage("long", *option) == code
        pipe.flush()  # as Python does at its exit
    assert capfd.readouterr().err == ""


def test_head_reads_as_much_as_it_wants(folder: Path) -> None:
    command = f"{sys.executable} -c {shlex.quote(MANAGE)} status long | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment(**SETTINGS),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert (done.stdout, done.stderr) == ("long:\n0\n", "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("format", ["yaml", "json", "table"])
def test_what_can_not_be_encoded_is_escaped(format: str, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    with configured(things=entries("accented")):
        assert manage("things", "-f", format) == 0
    told = written.getvalue().decode(encoding)
    if format == "table":
        text = "accented.é  naïve …\n"
        assert told == (text if encoding == "utf-8" else text.encode("ascii", "backslashreplace").decode("ascii"))
    else:
        read = json.loads(told) if format == "json" else yaml.safe_load(told)
        assert read == {"accented": {"é": "naïve …"}}


def test_a_check_that_fails_writes_no_traceback_to_the_terminal(folder: Path) -> None:
    done = manage_apart(folder, "health", "-e", **SETTINGS)
    assert (done.returncode, done.stderr) == (1, "")
    assert yaml.safe_load(done.stdout) == {"well": {"one": True, "other": "text"}, "raises": False}


def test_a_check_that_hangs_delays_neither_the_answer_nor_the_exit(folder: Path) -> None:
    # It sleeps for ten minutes; `run` gives up after two.
    done = manage_apart(folder, "slow", "-e", **SETTINGS)
    assert done.returncode == 1
    assert yaml.safe_load(done.stdout) == {"hangs": {"error": "no answer in 2 s"}}


def test_what_the_project_logs_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    logger = logging.getLogger("status")
    root = logging.getLogger()
    monkeypatch.setattr(logger, "handlers", [])
    monkeypatch.setattr(root, "handlers", [])
    keep_log_off_terminal()
    keep_log_off_terminal()
    assert [type(handler) for handler in logger.handlers] == [logging.NullHandler]
    handler = logging.StreamHandler()
    monkeypatch.setattr(logger, "handlers", [])
    monkeypatch.setattr(root, "handlers", [handler])
    keep_log_off_terminal()
    assert logger.handlers == []
