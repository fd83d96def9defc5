"""For people at a terminal: aligned, the state of a check first; coloured where that can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..core.states import State
from .format import Format, Showing, Style
from .leaves import Leaf, leaves
from .words import flat, in_words, printable, written

COLOURS = {State.PASS: "32", State.WARN: "33", State.FAIL: "31;1"}  # ECMA-48 SGR: green, yellow, bold red


def render(showing: Showing) -> bytes:
    """One line a component of a judged resource, one a value of another; ends with a newline."""
    lines: list[str] = []
    for report in showing.reports:
        own = [leaf for leaf in leaves(showing) if leaf.resource == report.resource]
        rows = [row for leaf in own for row in _rows(leaf, whole_name=not showing.resource)]
        lines += _aligned(rows, showing.style) or [f"{report.resource}: nothing to look at\n"]
    return written("".join(lines), showing.style)


def _aligned(rows: Sequence[tuple[State, tuple[str, ...]]], style: Style) -> list[str]:
    if not rows:
        return []
    widths = [max(len(row[column]) for _, row in rows) for column in range(len(rows[0][1]) - 1)]
    return [_line(state, row, widths, colour=style.colour) for state, row in rows]


def _line(state: State, row: Sequence[str], widths: Sequence[int], *, colour: bool) -> str:
    cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
    if colour:
        cells[0] = f"\x1b[{COLOURS[state]}m{cells[0]}\x1b[0m"
    return "  ".join([*cells, row[-1]]).rstrip() + "\n"


def _rows(leaf: Leaf, *, whole_name: bool) -> Iterator[tuple[State, tuple[str, ...]]]:
    name = leaf.reference if whole_name else leaf.path
    if leaf.state:
        took = f"{leaf.duration_s * 1000:.1f} ms" if leaf.with_details else "-"
        yield leaf.state, (leaf.state.value, printable(name), took, printable(leaf.said or in_words(leaf.value)))
    elif leaf.failed:
        yield State.FAIL, (printable(name), printable(leaf.error or "failed"))
    else:
        for path, value in flat(name, leaf.value):
            yield State.PASS, (printable(path), printable(in_words(value)))


FORMAT = Format("table", "text/plain; charset=utf-8", render, grows=True)
