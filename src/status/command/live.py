"""On a terminal: what is known already, and what is still awaited."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import TextIO

from ..core.observation import Report
from ..engine import Progress
from ..formats.words import printable
from .terminal import Region, encodable, width

EVERY_S = 0.1
"""How often the time is told anew."""
PATIENCE_S = 0.15
"""What is complete within it is written once, without a flicker."""


def tell_progress(progress: Iterable[Progress], tell: Callable[[Report], str] | None, out: TextIO) -> Report:
    """Show the report as it grows, and below it what is awaited; returns it when it is whole, with nothing shown.

    `tell` gives the lines of what is known; without it there is the line of what is awaited alone.
    """
    region = Region(out)
    started = monotonic()
    report = None
    try:
        for told in progress:
            report = told.report
            passed_s = monotonic() - started
            if told.awaited and passed_s >= PATIENCE_S:
                known = tell(report).splitlines() if tell and report.observations else []
                region.draw([*known, awaiting(told.awaited, passed_s, out)])
    except KeyboardInterrupt:  # what is awaited stays, since that may be why; below the ^C that the terminal wrote
        out.write("\n")
        raise
    assert report is not None  # noqa: S101 - there is always a last one
    region.erase()
    return report


def awaiting(references: Sequence[str], passed_s: float, out: TextIO) -> str:
    """The line of what is awaited, with as many names as the terminal is wide enough for."""
    names = [printable(reference.partition("/")[2]) for reference in references]
    end = f" … {passed_s:.1f} s"
    room = shutil.get_terminal_size().columns - 1
    line = ""
    for shown in range(len(names), 0, -1):
        more = f" and {len(names) - shown} more" if shown < len(names) else ""
        line = encodable(f"waiting for {', '.join(names[:shown])}{more}{end}", out)
        if width(line) <= room:
            return line
    return line
