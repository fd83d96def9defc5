"""What `-f` prints is what the API answers: the same writer's bytes."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from status import Component, Format, State
from status.formats import registry
from status.formats.format import Showing
from tests.asking import SERVERS, Site
from tests.command.running import manage, on_a_terminal

HERE = "tests.command.checks"
ROWS = b"reference;state\r\nhealth/well;pass \xe9\r\n"


def rows(showing: Showing) -> bytes:
    """No UTF-8, and no newline alone."""
    return ROWS


def measured() -> dict[str, Component]:
    return {"disk": Component(State.WARN, 91.5, "%", "91 % used … é\x9b")}


SITE = {
    "STATUS_PROVIDERS": {
        "health": [("well", f"{HERE}.well"), ("fails", f"{HERE}.fails"), ("measured", measured)],
        "stats": [("text", f"{HERE}.accented"), ("raises", f"{HERE}.raises")],
    },
    "STATUS_TTL": 60,  # so that both tell of the same observations
    "STATUS_NETWORKS": ["127.0.0.1"],
    "STATUS_FORMATS": [Format("rows", "text/csv", rows)],
}
# The one tells how old an observation is at the moment of writing.
WRITTEN = [each.name for each in registry.SHIPPED if each.name != "openmetrics"]


@pytest.fixture(autouse=True)
def _site(databases_allowed: None) -> Any:
    with override_settings(**SITE):
        yield


def piped(*arguments: str, code: int = 0) -> bytes:
    """What is read from the command's pipe."""
    read = io.BytesIO()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "stdout", io.TextIOWrapper(read, encoding="utf-8", newline=""))
        assert manage(*arguments) == code
        return read.getvalue()


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("resource", ["health", "stats"])
@pytest.mark.parametrize("format", WRITTEN)
def test_a_pipe_gets_the_bytes_of_the_api(format: str, resource: str, server: str) -> None:
    answer = Site(server)(f"api/{resource}", query_params={"format": format}).content
    told = piped(resource, "-f", format)
    if format == "health+json":  # its links are for who can follow them
        linked = json.loads(answer)
        for (check,) in linked["checks"].values():
            del check["links"]
        answer = json.dumps(linked, ensure_ascii=False).encode()
    assert told == (answer if answer.endswith(b"\n") else answer + b"\n")


def test_metrics_in_a_pipe_are_those_of_the_api_but_for_the_age_of_the_observations() -> None:
    answer = Site("wsgi")("api/health", query_params={"format": "openmetrics"}).content
    told = piped("health", "-f", "openmetrics")
    one, other = ([line for line in each.splitlines() if b"_age_" not in line] for each in (told, answer))
    assert one == other
    assert len(one) < len(told.splitlines())


def test_without_its_extra_a_format_is_a_usage_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    assert manage("health", "-f", "openmetrics") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "prometheus_client is not installed: pip install django-status[metrics]" in told.err


def test_a_format_of_the_project_gets_through_as_it_is() -> None:
    assert piped("health", "-f", "rows") == ROWS
    assert Site("wsgi")("api/health", query_params={"format": "rows"}).content == ROWS


def test_a_format_of_the_project_that_is_called_as_the_plugin_s_does_not_take_its_place() -> None:
    with override_settings(STATUS_FORMATS=[Format("nagios", "text/csv", rows)]):
        assert piped("health", "-f", "nagios", code=2).startswith(b"STATUS CRITICAL - health: ")


def test_on_a_terminal_json_is_set_for_people(tmp_path: Path) -> None:
    (tmp_path / "own_settings.py").write_text(f"STATUS_PROVIDERS = {{'health': [('well', '{HERE}.well')]}}")
    told = on_a_terminal(tmp_path, "-m", "status", "-s", "own_settings", "health", "-f", "json")
    assert told == '{\n  "well": {\n    "one": true,\n    "other": "text"\n  }\n}\n'
