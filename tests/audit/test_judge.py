"""What is said of an audit, and that one that could not be made is never taken for one that found nothing."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from tests.audit.judge import NOT_MADE, judged, main

WELL = {"name": "django", "version": "6.0", "vulns": []}
UNKNOWN = {"name": "amqp", "skip_reason": "Dependency not found on PyPI and could not be audited: amqp (5.4.2)"}
BAD = {"name": "redis", "version": "4.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["4.1"], "aliases": []}]}
UNFIXED = {"name": "kombu", "version": "5", "vulns": [{"id": "PYSEC-2", "fix_versions": []}]}


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([WELL], 0, ["1 packages audited, 0 known vulnerabilities"]),
        ([UNKNOWN, UNKNOWN], 0, [f"{NOT_MADE} for any of 2 packages"]),
        (
            [WELL, UNKNOWN],
            0,
            ["1 packages audited, 0 known vulnerabilities", "not audited, since unknown to the service: amqp"],
        ),
        ([UNFIXED], 0, ["1 packages audited, 1 known vulnerabilities", "kombu 5: PYSEC-2, fixed in no release"]),
        (
            [WELL, BAD, UNFIXED],
            1,
            [
                "3 packages audited, 2 known vulnerabilities",
                "redis 4.0: PYSEC-1, fixed in 4.1",
                "kombu 5: PYSEC-2, fixed in no release",
            ],
        ),
    ],
)
def test_what_a_report_says(packages: list[Any], code: int, said: list[str]) -> None:
    assert judged({"dependencies": packages, "fixes": []}) == (said, code)


def test_without_a_service_nothing_is_pretended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreachable(command: list[str], **kwargs: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "Traceback\nConnectionError: no route")

    monkeypatch.setattr(subprocess, "run", unreachable)
    assert main("anywhere") == 0
    assert capsys.readouterr().out == f"{NOT_MADE}: ConnectionError: no route\n"


def test_a_service_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def hang(command: list[str], *, timeout: float, **kwargs: Any) -> subprocess.CompletedProcess[str]:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", hang)
    assert main("anywhere") == 0
    assert capsys.readouterr().out.startswith(NOT_MADE)
