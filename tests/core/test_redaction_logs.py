"""What we log is redacted: by one function in place of the logging module's own ways to write an exception out."""

from __future__ import annotations

import ast
import logging
from pathlib import Path

import pytest

import status
from status.core.redaction import MASK, MAX_TEXT, MAX_TRACEBACK, log_exception
from status.core.telling import Teller

SOURCES = sorted(Path(status.__file__).resolve().parent.rglob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_no_record_of_ours_holds_an_exception(source: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Call)]
    for call in calls:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        assert name != "exception" or not call.args, f"line {call.lineno}: .exception("
        assert not {"exc_info", "stack_info"} & {each.arg for each in call.keywords}, f"line {call.lineno}: exc_info"


def test_an_exception_is_logged_without_its_secrets(caplog: pytest.LogCaptureFixture) -> None:
    error = ValueError("redis://:hunter2@h")
    error.__cause__ = OSError("password=hunter3")
    log_exception(logging.getLogger("status"), "token=hunter4\nit raised", error)
    [record] = caplog.records
    assert (record.levelname, record.exc_info, record.exc_text) == ("ERROR", None, None)
    assert "hunter" not in caplog.text
    lines = record.getMessage().splitlines()
    assert lines[0] == f"token={MASK} it raised"
    assert lines[-1] == f"ValueError: redis://:{MASK}@h"


def test_a_long_exception_is_cut_before_it_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    log_exception(logging.getLogger("status"), "x " * MAX_TEXT, ValueError("word " * 1_000_000))
    assert len(caplog.records[0].getMessage()) < MAX_TRACEBACK + 1000


def test_what_a_listener_raises_is_logged_without_its_secrets(caplog: pytest.LogCaptureFixture) -> None:
    def listen(thing: str) -> None:
        raise ValueError(f"token={thing}")

    teller = Teller(listen)
    teller.tell("hunter2")
    assert teller.flush()
    assert "a listener of django-status raised" in caplog.text
    assert f"ValueError: token={MASK}" in caplog.text
    assert "hunter2" not in caplog.text
