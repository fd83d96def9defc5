"""What we log is redacted: by one function in place of the logging module's own ways to write an exception out."""

from __future__ import annotations

import ast
import logging
from pathlib import Path

import pytest

import status
from status.core.redaction import MASK, MAX_TEXT, MAX_TRACEBACK, log_exception
from status.core.telling import Teller

PACKAGE = Path(status.__file__).resolve().parent
SOURCES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_no_record_of_ours_holds_an_exception(source: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Call)]
    for call in calls:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        assert name != "exception" or not call.args, f"line {call.lineno}: .exception("
        assert not {"exc_info", "stack_info"} & {each.arg for each in call.keywords}, f"line {call.lineno}: exc_info"


LEVELS = {"debug", "info", "warning", "warn", "error", "critical", "fatal", "log", "exception"}
REDACTING = {"redact_text", "describe", "describe_traceback"}
KNOWN = {
    "celery.py": {"message"},  # a constant of its callers
    "core/telling.py": {"dropped"},  # a count
    "engine.py": {"level", "change.reference", "previous", "change.state", "reason", "trace"},  # redacted when observed
    "probes/answering.py": {"said.status"},
    "probes/process.py": {"ends"},  # a time
    "start.py": {"problem"},  # redacted when it was made
}
"""What else may be logged as it is, by the module that does."""


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_what_is_logged_is_constant_or_redacted(source: Path) -> None:
    known = KNOWN.get(source.relative_to(PACKAGE).as_posix(), set())
    assert not unredacted(source.read_text(), known)


@pytest.mark.parametrize(
    "line",
    [
        'logger.warning("%s", error)',
        'logger.warning("%s", str(error))',
        'logger.info(f"it raised {error}")',
        "logger.error(error)",
        'logger.log(logging.INFO, "%s", value)',
        'logger.debug("%s", one_line(str(error)))',
        'logger.debug("%s", problem)',
        'problem = describe(error)\n    problem = str(error)\n    logger.debug("%s", problem)',
        'logging.getLogger("status").warning("%s", error)',
        'logging.warning("%s", error)',
        'self.logger.warning("%s", error)',
        'logger.warning("%(a)s", extra={"a": error})',
        "logger.warning(*told)",
    ],
)
def test_that_would_be_found(line: str) -> None:
    assert unredacted(f"def tell(error):\n    {line}\n", set())


def unredacted(source: str, known: set[str]) -> list[str]:
    """The calls that log something which is neither constant, nor redacted where it is logged, nor known."""
    found = []
    module = ast.parse(source)
    functions = [node for node in ast.walk(module) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    within = {id(node) for function in functions for node in ast.walk(function)}
    outside = [node for node in ast.walk(module) if isinstance(node, ast.Call) and id(node) not in within]
    assert not any(map(_logs, outside)), "at import nothing is logged"
    for function in functions:
        names: dict[str, list[ast.expr]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    names.setdefault(ast.unparse(target), []).append(node.value)
        for call in [node for node in ast.walk(function) if isinstance(node, ast.Call) and _logs(node)]:
            told = [*call.args, *(each.value for each in call.keywords)]
            if not all(ast.unparse(each) in known or _is_safe(each, names) for each in told):
                found.append(f"line {call.lineno}: {ast.unparse(call)}")
    return found


def _logs(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in LEVELS:
        return False
    return "logg" in ast.unparse(call.func.value).lower()


def _is_safe(told: ast.expr, names: dict[str, list[ast.expr]]) -> bool:
    if isinstance(told, ast.Constant):
        return True
    if isinstance(told, ast.Name):
        return told.id in names and all(_is_safe(each, {}) for each in names[told.id])
    if isinstance(told, ast.IfExp):
        return _is_safe(told.body, names) and _is_safe(told.orelse, names)
    if isinstance(told, ast.Attribute):
        return ast.unparse(told.value) == "logging"  # a level
    if not isinstance(told, ast.Call) or not isinstance(told.func, ast.Name):
        return False
    return told.func.id in REDACTING or (told.func.id == "one_line" and _is_safe(told.args[0], names))


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
