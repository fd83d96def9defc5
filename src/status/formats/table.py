"""A report for people at a terminal: aligned, the state of a check first; coloured where that can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..core.observation import Json, Observation, Report
from ..core.states import State, worst

COLOURS = {State.PASS: "32", State.WARN: "33", State.FAIL: "31;1"}  # ECMA-48 SGR: green, yellow, bold red


def render(report: Report, *, colour: bool = False) -> str:
    """One line a component of a judged resource, one a value of another; ends with a newline."""
    rows = list(_checks(report) if report.judged else _values(report))
    if not rows:
        return f"{report.resource}: nothing to look at\n"
    widths = [max(len(row[column]) for _, row in rows) for column in range(len(rows[0][1]) - 1)]
    return "".join(_line(state, row, widths, colour) for state, row in rows)


def _line(state: State, row: Sequence[str], widths: Sequence[int], colour: bool) -> str:
    cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
    if colour:
        cells[0] = f"\x1b[{COLOURS[state]}m{cells[0]}\x1b[0m"
    return "  ".join([*cells, row[-1]]).rstrip() + "\n"


def _checks(report: Report) -> Iterator[tuple[State, tuple[str, ...]]]:
    for seen in report.observations:
        for leaf in _leaves(seen):
            name = leaf.reference.partition("/")[2]
            said = leaf.error or leaf.detail or _text(leaf.value)
            yield leaf.state, (leaf.state.value, _safe(name), f"{leaf.duration_s * 1000:.1f} ms", _safe(said))


def _values(report: Report) -> Iterator[tuple[State, tuple[str, ...]]]:
    for seen in report.observations:
        for leaf in _leaves(seen):
            name = leaf.reference.partition("/")[2]
            if leaf.failed:
                yield leaf.state, (_safe(name), _safe(leaf.error or "failed"))
            else:
                for path, value in _flat(name, leaf.value):
                    yield State.PASS, (_safe(path), _safe(_text(value)))


def _leaves(seen: Observation) -> Iterator[Observation]:
    """Its components, or what it is itself where these don't tell it: without any, or with all of them better."""
    yield from seen.components
    if not seen.components or seen.state.severity > worst(part.state for part in seen.components).severity:
        yield seen


def _flat(path: str, value: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict) and value:
        for name, entry in value.items():
            yield from _flat(f"{path}.{name}", entry)
    elif isinstance(value, list) and any(isinstance(entry, (dict, list)) for entry in value):
        for at, entry in enumerate(value):
            yield from _flat(f"{path}[{at}]", entry)
    else:
        yield path, value


def _text(value: Json) -> str:
    if isinstance(value, list) and value:
        return ", ".join(_text(entry) for entry in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value in (None, {}, []) else str(value)


def _safe(text: str) -> str:
    """No control characters: a name or value must not move the cursor, nor colour what it is not."""
    return "".join(character if character.isprintable() else "�" for character in text)
