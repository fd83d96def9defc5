"""What Nagios, Icinga and their kin read from a plugin, by the guidelines of the Monitoring Plugins.

A line of text, behind a pipe what was measured, then more lines: https://www.monitoring-plugins.org/doc/guidelines.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum
from itertools import accumulate

from ..core.states import State
from ..core.values import free_key
from .format import PLAIN, Format, Showing, Style
from .leaves import Leaf, leaves
from .units import BYTES, RATIO, SECONDS, of_base
from .words import in_words, written

MOST = 4_095
"""Bytes of all: of a plugin Nagios reads 4 KB, the NUL at its end included, and drops what is beyond without a word.

A measurement that is cut in its midst is another number: each part has a budget of its own, and holds whole items.
"""
MOST_TEXT = 1_000
"""Bytes of the first line before its pipe."""
MOST_MEASURED = 2_000
"""Bytes of what was measured. What these two leave is for the lines below."""
MOST_SAID = 500
"""Bytes of what is told of one check, so that one with a long reason leaves room for the next."""
MOST_NUMBER = 10**18
"""Beyond it a number is none that can be drawn."""


class Verdict(IntEnum):
    """Its name stands in the text, its value is the plugin's exit code."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


_VERDICTS = {State.PASS: Verdict.OK, State.WARN: Verdict.WARNING, State.FAIL: Verdict.CRITICAL}


def render(showing: Showing) -> bytes:
    """The verdict with what is wrong, each check's value and duration, then a line a check, the worst first.

    At most `MOST` bytes, in which everything is whole or left out, and what is left out is counted.
    """
    told = list(leaves(showing))
    by_badness = sorted(told, key=_verdict_of, reverse=True)
    style = showing.style
    measured, left_out = _measured(told, style)
    text = _first_line(verdict(showing), showing.resource, by_badness, left_out, style)
    first = f"{text} | {measured}\n" if measured else f"{text}\n"
    said = [f"[{_verdict_of(leaf).name}] {_described(leaf)}" for leaf in by_badness]
    return written(first + _fitting(said, "\n", MOST - _size(first, style), style), style)


def verdict(showing: Showing) -> Verdict:
    """By the worst that is judged. Unknown where there is nothing to look at, or what is not judged gave no value."""
    told = list(leaves(showing))
    if not told or any(leaf.failed and not leaf.state for leaf in told):
        return Verdict.UNKNOWN
    return _VERDICTS[showing.state]


def unknown(reason: str, style: Style = PLAIN) -> bytes:
    """The line of a plugin that could not look."""
    return written(f"{_shortened(_begun(Verdict.UNKNOWN, reason), MOST_TEXT, style)}\n", style)


def _first_line(verdict: Verdict, resource: str, by_badness: Sequence[Leaf], left_out: int, style: Style) -> str:
    wrong = [_described(leaf) for leaf in by_badness if _verdict_of(leaf)]
    begun = _begun(verdict, f"{resource}: {_count(by_badness, len(wrong))}")
    end = f"measurements left out: {left_out}" if left_out else ""
    text = _fitting([begun, *wrong], "; ", MOST_TEXT - _size(end, style), style)
    return text + end if end else text.removesuffix("; ")


def _begun(verdict: Verdict, text: str) -> str:
    return f"STATUS {verdict.name} - {_text(text)}"


def _count(by_badness: Sequence[Leaf], wrong: int) -> str:
    if not by_badness:
        return "nothing to look at"
    what = "checks pass" if by_badness[0].state else "are there"
    return f"{len(by_badness) - wrong} of {len(by_badness)} {what}"


def _fitting(items: Sequence[str], end: str, room: int, style: Style) -> str:
    """As many of the items as there is room for, in bytes, and how many more there are; `end` is after each."""
    shown = [f"{_shortened(item, MOST_SAID, style)}{end}" for item in items]
    reached = list(accumulate(_size(each, style) for each in shown))
    if not shown or reached[-1] <= room:
        return "".join(shown)
    room -= _size(f"and {len(items)} more{end}", style)
    fitting = sum(each <= room for each in reached)
    return "".join([*shown[:fitting], f"and {len(items) - fitting} more{end}"])


def _shortened(text: str, most: int, style: Style) -> str:
    """The text if it is of no more bytes than that, else its beginning with a mark."""
    if _size(text, style) <= most:
        return text
    mark = "…"
    head = text[:most]  # a character is a byte at the least
    reached = accumulate(_size(each, style) for each in head)
    return head[: sum(each <= most - _size(mark, style) for each in reached)] + mark


def _size(text: str, style: Style) -> int:
    return len(written(text, style))


def _described(leaf: Leaf) -> str:
    said = leaf.said or (in_words(leaf.value) if leaf.state and leaf.value is not None else "")
    return _text(f"{leaf.path}: {said}" if said else leaf.path)


def _verdict_of(leaf: Leaf) -> Verdict:
    if not leaf.state:
        return Verdict.UNKNOWN if leaf.failed else Verdict.OK
    # By what it weighs: a failing check that isn't critical makes the report warn.
    return Verdict.WARNING if leaf.state is State.FAIL and not leaf.critical else _VERDICTS[leaf.state]


def _measured(told: Sequence[Leaf], style: Style) -> tuple[str, int]:
    """Performance data, as far as there is room for them, and how many there is none for.

    Values come before durations, then what is worse before what is better; they are told in the order of the checks.
    """
    found = list(_performance(told))
    left = MOST_MEASURED
    told_at = set()
    for at in sorted(range(len(found)), key=lambda at: found[at][0]):
        size = _size(f"{found[at][1]} ", style)
        if size <= left:
            left -= size
            told_at.add(at)
    return " ".join(found[at][1] for at in sorted(told_at)), len(found) - len(told_at)


def _performance(told: Sequence[Leaf]) -> Iterator[tuple[tuple[bool, int], str]]:
    """What may come later, and `'label'=value[UOM];[warn];[crit];[min];[max]`, of each measurement.

    A label is the same whatever else there is room for, so that a graph is of one thing.
    """
    labels: set[str] = set()
    repeats: dict[str, int] = {}
    for leaf in told:
        for name, value, unit in _measurements(leaf):
            label = free_key(_label(name), labels, repeats)
            labels.add(label)
            quoted = label.replace("'", "''")
            is_duration = name != leaf.path
            yield (is_duration, -_verdict_of(leaf)), f"'{quoted}'={_measurement(value, unit)}"


def _measurements(leaf: Leaf) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit; of a value what is one number."""
    if isinstance(leaf.value, (int, float)) and not isinstance(leaf.value, bool) and abs(leaf.value) <= MOST_NUMBER:
        base, scale = of_base(leaf.unit or "")
        known, times = _UNITS.get(base, ("", 1))
        value = leaf.value * scale * times
        if abs(value) <= MOST_NUMBER:
            yield leaf.path, value, known
    yield f"{leaf.path}.duration", leaf.duration_s, "s"


_UNITS = {SECONDS: ("s", 1), BYTES: ("B", 1), RATIO: ("%", 100), "c": ("c", 1)}
"""Of ours those that the guidelines know, and how many make one of ours. Of any other the number alone is told."""


def _measurement(value: float, unit: str) -> str:
    least = "0" if unit in ("%", "B", "s") and value >= 0 else ""
    most = "100" if unit == "%" and 0 <= value <= 100 else ""
    return f"{_number(value)}{unit};;;{least};{most}".rstrip(";")


def _number(value: float) -> str:
    """Of digits, a sign and a point alone: an exponent is not allowed."""
    return str(value) if isinstance(value, int) else f"{value:.6f}".rstrip("0").rstrip(".")


def _label(name: str) -> str:
    # The guidelines forbid the equals sign, and leave everything else to the quotes; Icinga cuts at a pipe even there.
    return _text(name).replace("=", "_")


def _text(text: str) -> str:
    """On one line, and without a pipe: that begins what was measured."""
    return "".join(each if each.isprintable() else " " for each in text.replace("|", "/"))


FORMAT = Format("nagios", "text/plain; charset=utf-8", render)
