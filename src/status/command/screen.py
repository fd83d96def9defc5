"""What `--watch` shows, drawn by rich: a line with the verdict, a table, and at the foot what is awaited."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from ..core.observation import Report
from ..core.states import State
from ..formats.format import Showing
from ..formats.leaves import Leaf, leaves
from ..formats.words import flat, in_words, printable

COLOURS = {State.PASS: "green", State.WARN: "yellow", State.FAIL: "bold red"}
NARROW = 60
"""Columns below which only the state is told, and why."""
FRAME_ROWS = 4
"""Of the verdict, of the foot, and an empty one beside each."""


@dataclass(slots=True)
class Screen:
    """One view of a report. `scrolled` counts lines, and is brought back to what there is."""

    resource: str
    encodable: Callable[[str], str]
    """A text as the terminal can show it."""
    report: Report | None = None
    is_partial: bool = False
    """Of some of the checks alone: no verdict then, since what has not answered does not pass."""
    awaiting: str = ""
    """The line of what is awaited; empty while nothing is."""
    next_in_s: float = 0.0
    scrolled: int = 0

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = max(options.size.height - FRAME_ROWS, 1)
        told = list(leaves(Showing((self.report,), frozenset({self.resource})))) if self.report else []
        table = self._checks(told, options.max_width) if self.report and self.report.judged else self._values(told)
        lines = console.render_lines(table, options.update(height=None), pad=False) if told else []
        self.scrolled = max(min(self.scrolled, len(lines) - room), 0)
        shown = lines[self.scrolled : self.scrolled + room]
        yield self._head(told, options.max_width)
        yield ""
        for line in shown:
            yield Segments([*line, Segment.line()])
        yield "\n" * (room - len(shown))
        yield self._foot(below=len(lines) - self.scrolled - len(shown), can_scroll=len(lines) > room)

    def _head(self, told: Sequence[Leaf], width: int) -> Text:
        head = Text(self.resource, "bold")
        if self.report and self.report.judged:
            passing = sum(leaf.state is State.PASS for leaf in told)
            if not self.is_partial:
                state = self.report.state
                head.append("  ").append(state.value, f"reverse {COLOURS[state]}")
            head.append(f"  {passing} of {len(told)} checks pass{' so far' if self.is_partial else ''}")
        clock = time.strftime("%H:%M:%S UTC", time.gmtime())
        if self.report and not self.awaiting:
            clock += f", again in {int(self.next_in_s) + 1} s"  # a second more than is left, as a countdown has it
        gap = width - head.cell_len - len(clock)
        if gap >= 2:
            head.append(" " * gap).append(clock, "dim")
        head.no_wrap = True
        return head

    def _foot(self, *, below: int, can_scroll: bool) -> Text:
        more = f"{below} more below, " if below else ""
        keys = "j and k scroll, q ends" if can_scroll else "q ends"
        return Text(self.awaiting or f"{more}{keys}", "dim", no_wrap=True, overflow="crop")

    def _checks(self, told: Sequence[Leaf], width: int) -> Table:
        """The worst first, so that they are in sight."""
        table = _table("state", "check", *(("took", "since") if width >= NARROW else ()), "")
        for leaf in sorted(told, key=lambda leaf: leaf.state.severity if leaf.state else 0, reverse=True):
            state = leaf.state or State.PASS
            measured = (f"{leaf.duration_s * 1000:.1f} ms", _ago(leaf.since)) if width >= NARROW else ()
            said = leaf.said or in_words(leaf.value)
            table.add_row(Text(state.value, COLOURS[state]), *map(self._text, (leaf.path, *measured, said)))
        return table

    def _values(self, told: Sequence[Leaf]) -> Table:
        table = _table("value", "")
        for leaf in told:
            for path, said, style in _said(leaf):
                table.add_row(self._text(path), self._text(said, style))
        return table

    def _text(self, text: str, style: str = "") -> Text:
        """Never read as markup."""
        return Text(self.encodable(printable(text)), style, overflow="fold")


def _said(leaf: Leaf) -> Iterator[tuple[str, str, str]]:
    if leaf.failed:
        yield leaf.path, leaf.error or "failed", COLOURS[State.FAIL]
        return
    for path, value in flat(leaf.path, leaf.value):
        yield path, in_words(value), ""


def _table(*columns: str) -> Table:
    table = Table(box=None, expand=True, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for name in columns[:-1]:
        table.add_column(name, overflow="fold", justify="right" if name in ("took", "since") else "left")
    table.add_column(columns[-1], overflow="fold", ratio=1)
    return table


def _ago(since: float | None) -> str:
    """How long ago, in the one unit that says it."""
    if since is None:
        return "-"
    passed_s = max(time.time() - since, 0.0)
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if passed_s >= seconds:
            return f"{int(passed_s / seconds)} {unit}"
    return f"{int(passed_s)} s"
