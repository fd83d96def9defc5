"""Observe one resource, print it, and say by the exit code how it is."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import TextIO

from ..core.observation import Report
from ..core.states import State
from ..engine import observe
from ..formats import registry as formats
from ..formats.format import Format, Showing, Style

OK, FAILED, USAGE = 0, 1, 2  # exit codes; 2 is for any error of the command's own, as argparse has it


def show(
    resource: str,
    providers: Sequence[str],
    format: str,
    *,
    error_on_fail: bool,
    out: TextIO,
    colour: bool | None = None,
) -> int:
    """Print the resource, or these providers of it; returns the exit code. ValueError for a name there is not.

    Whoever has a shell here may see details. Unless `colour` says so, colours are for terminals alone, and not where
    NO_COLOR is set (no-color.org).
    """
    report = observe(resource, providers or None)
    if colour is None:
        colour = out.isatty() and not os.environ.get("NO_COLOR")
    try:
        _write(report, formats.current().by_name[format], out, colour=colour)
    except BrokenPipeError:  # as in `django_status health | head -1`; what is still buffered would raise it again
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, out.fileno())
        os.close(null)
    return FAILED if error_on_fail and _failed(report) else OK


def keep_log_off_terminal() -> None:
    """Have changes of state logged only where the project logs them.

    Else Python prints them to stderr, traceback and all, and to a process that has just begun every failure is one.
    """
    logger = logging.getLogger("status")
    if not logger.hasHandlers():
        logger.addHandler(logging.NullHandler())


def _write(report: Report, format: Format, out: TextIO, *, colour: bool) -> None:
    try:
        out.write(_text(report, format, Style(indented=True, colour=colour)))
    except UnicodeEncodeError:  # in ASCII it is the same JSON and the same YAML
        out.write(_text(report, format, Style(indented=True, colour=colour, ascii_only=True)))
    out.flush()


def _text(report: Report, format: Format, style: Style) -> str:
    showing = Showing((report,), frozenset({report.resource}), report.resource, style=style)
    body, _ = formats.render(format, showing)
    return body.decode()


def _failed(report: Report) -> bool:
    if report.judged:
        return report.state is State.FAIL
    return any(leaf.failed for seen in report.observations for leaf in (seen, *seen.components))
