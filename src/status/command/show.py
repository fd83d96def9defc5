"""Observe one resource, print it, and say by the exit code how it is."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TextIO

from ..core.observation import Report
from ..core.states import State
from ..engine import follow, observe
from ..formats import nagios
from ..formats import registry as formats
from ..formats.format import Format, Showing, Style
from .live import EVERY_S, tell_progress
from .problem import CommandProblem, said
from .terminal import can_rewrite, is_coloured, write

OK, FAILED = 0, 1
"""Exit codes; those for what goes wrong are in `problem`."""
DEFAULT_FORMAT = "yaml"


class ShowProblem(CommandProblem):
    """What was asked for can't be had together, or not here."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says."""

    resource: str
    providers: tuple[str, ...] = ()
    """These alone; empty for all."""
    format: str = ""
    fail_on: State | None = None
    """The least bad state that the exit code tells of; None: it tells of none."""
    watch_s: float | None = None
    """How often to look again, where the view is to stay."""
    colour: bool | None = None
    """None: where that can be seen."""

    @property
    def names(self) -> tuple[str, ...] | None:
        """As the engine takes them."""
        return self.providers or None


def show(asked: Asked, out: TextIO) -> int:
    """Print what was asked for; returns the exit code. ValueError for a name there is not, ShowProblem.

    Whoever has a shell here may see details.
    """
    style = Style(indented=out.isatty(), colour=is_coloured(out) if asked.colour is None else asked.colour)
    if asked.format == nagios.FORMAT.name:
        return _show_as_plugin(asked, style, out)
    if asked.watch_s is not None:
        return _watch(asked, asked.watch_s, style, out)
    format = formats.current().by_name[asked.format or DEFAULT_FORMAT]
    lacks = formats.lacking(format)
    if lacks:
        raise ShowProblem(lacks)
    report = _observed(asked, format, style, out)
    write(out, lambda style: _told(report, format, style), style)
    return exit_code(report, asked.fail_on)


def exit_code(report: Report, fail_on: State | None) -> int:
    """The exit code. Of a resource that isn't judged only a provider that gave no value counts."""
    if fail_on is None:
        return OK
    if report.judged:
        return FAILED if report.state.severity >= fail_on.severity else OK
    failed = any(leaf.failed for seen in report.observations for leaf in (seen, *seen.components))
    return FAILED if failed else OK


def keep_log_off_terminal() -> None:
    """Have changes of state logged only where the project logs them.

    Else Python prints them to stderr, traceback and all, and to a process that has just begun every failure is one.
    """
    logger = logging.getLogger("status")
    if not logger.hasHandlers():
        logger.addHandler(logging.NullHandler())


def _observed(asked: Asked, format: Format, style: Style, out: TextIO) -> Report:
    if not can_rewrite(out):
        return observe(asked.resource, asked.names)
    progress = follow(asked.resource, asked.names, every_s=EVERY_S)
    return tell_progress(
        progress, (lambda report: _told(report, format, style).decode()) if format.grows else None, out
    )


def _told(report: Report, format: Format, style: Style) -> bytes:
    body, _ = formats.render(format, _showing(report, style))
    return body


def _showing(report: Report, style: Style) -> Showing:
    return Showing((report,), frozenset({report.resource}), report.resource, style=style)


def _show_as_plugin(asked: Asked, style: Style, out: TextIO) -> int:
    """Whatever goes wrong is for who monitors to see: they read the output, and know four exit codes."""
    try:
        if asked.fail_on is not None or asked.watch_s is not None:
            raise ShowProblem("-f nagios looks once, with exit codes of its own: leave out -e, --fail-on and --watch")
        report = _observed(asked, nagios.FORMAT, style, out)
        write(out, lambda style: nagios.render(_showing(report, style)), style)
        return nagios.verdict(_showing(report, style))
    except Exception as error:  # noqa: BLE001
        reason = said(error)
        write(out, lambda style: nagios.unknown(reason, style), style)
        return nagios.Verdict.UNKNOWN


def _watch(asked: Asked, every_s: float, style: Style, out: TextIO) -> int:
    if asked.format:
        raise ShowProblem("--watch has a view of its own: leave out -f")
    if not can_rewrite(out):
        raise ShowProblem("--watch needs a terminal that can move its cursor")
    from .watch import watch  # its library is an extra

    last = watch(asked.resource, asked.names, every_s, colour=style.colour, out=out)
    return exit_code(last, asked.fail_on)
