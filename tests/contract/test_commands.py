"""The commands' rows of CONTRACT.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import override_settings

from tests.command.running import django_status, manage

HERE = "tests.contract.providers"
HEALTH = {"ping": {"pong": True}, "databases": {"default": True}, "caches": {"default": True}}

MODULE = f"""
STATUS_PROVIDERS = {{"health": (("told", "{HERE}.told", [1]),)}}

class Site:
    STATUS_PROVIDERS = {{"health": (("told", "{HERE}.told", [2]),)}}
"""


pytestmark = pytest.mark.usefixtures("_site")


def test_health_is_yaml(capsys: pytest.CaptureFixture[str]) -> None:
    assert manage("health") == 0
    assert yaml.safe_load(capsys.readouterr().out) == HEALTH


@pytest.mark.parametrize("option", ["-f", "--output_format"])
@pytest.mark.parametrize(("format", "load"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_stats_in_a_format_with_the_date_that_json_crashed_on(
    option: str, format: str, load: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert manage("stats", option, format) == 0
    told = load(capsys.readouterr().out)
    assert told["databases"]["default"]["vendor"] == "sqlite"
    assert isinstance(told["code"]["commit"]["date"], str)


@pytest.mark.parametrize("option", ["-e", "--error_on_fail"])
@pytest.mark.parametrize(
    ("function", "code"), [("well", 0), ("partly", 1), ("raising", 1), ("unserialisable", 1), ("nothing", 1)]
)
def test_error_on_fail(option: str, function: str, code: int) -> None:
    with override_settings(STATUS_PROVIDERS={"health": [("it", f"{HERE}.{function}")]}):
        assert manage("health", option) == code
        assert manage("health") == 0


def test_help_is_per_resource(capsys: pytest.CaptureFixture[str]) -> None:
    assert manage("-h") == 0
    told = capsys.readouterr().out
    assert "health" in told
    assert "stats" in told
    assert manage("health", "-h") == 0
    told = capsys.readouterr().out
    assert "ping" in told
    # The help of -e was "Output format".
    assert "exit with 1 when a check fails" in told


def test_an_unknown_resource_is_a_usage_error_that_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with override_settings(STATUS_PROVIDERS={"health": [], "things": []}):
        assert manage("nope") == 2
    told = capsys.readouterr().err
    assert told.startswith("usage: manage.py status")
    assert "'nope'" in told
    assert "health" in told
    assert "things" in told


def test_a_custom_resource_can_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with override_settings(STATUS_PROVIDERS={"things": [("told", f"{HERE}.told", [1])]}):
        assert manage("things") == 0
    assert yaml.safe_load(capsys.readouterr().out) == {"told": {"args": [1]}}


@pytest.mark.parametrize(
    ("arguments", "variable", "told"),
    [
        (["-s", "own_settings", "health"], "", {"told": {"args": [1]}}),
        (["health"], "own_settings", {"told": {"args": [1]}}),
        (["health"], "own_settings.Site", {"told": {"args": [2]}}),
    ],
    ids=["-s module", "DJANGO_STATUS_SETTINGS=module", "DJANGO_STATUS_SETTINGS=module.Class"],
)
def test_django_status_with_settings(arguments: list[str], variable: str, told: object, tmp_path: Path) -> None:
    (tmp_path / "own_settings.py").write_text(MODULE)
    done = django_status(tmp_path, *arguments, DJANGO_STATUS_SETTINGS=variable)
    assert done.returncode == 0
    assert yaml.safe_load(done.stdout) == told
    assert done.stderr == ""


def test_django_status_without_settings_said_nothing_and_called_it_success(tmp_path: Path) -> None:
    done = django_status(tmp_path, "health")
    assert done.returncode == 0
    assert yaml.safe_load(done.stdout)["ping"] == {"pong": True}
    assert done.stderr == f"no settings given: looking at {tmp_path} and this machine\n"
