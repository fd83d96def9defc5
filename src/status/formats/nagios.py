"""What Nagios, Icinga and their kin read from a plugin, by the guidelines of the Monitoring Plugins.

A line of text, behind a pipe what was measured, then more lines: https://www.monitoring-plugins.org/doc/guidelines.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum

from ..core.states import State
from ..core.values import free_key
from .format import PLAIN, Format, Showing, Style
from .leaves import Leaf, leaves
from .units import BYTES, RATIO, SECONDS, of_base
from .words import in_words, written

MOST_TEXT = 1_000
"""Bytes of the first line before its pipe: of all Nagios reads 4 KB, and what was measured is to be among it."""
MOST_LONG = 3_000
"""Bytes of the lines below it."""
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
    """The verdict with what is wrong, each check's duration and value, then a line a check, the worst first."""
    told = list(leaves(showing))
    by_badness = sorted(told, key=_verdict_of, reverse=True)
    text = _first_line(verdict(showing), f"{showing.resource}: {_summary(by_badness)}", showing.style)
    measured = " ".join(_measured(told))
    lines = [f"{text} | {measured}" if measured else text, *_long(by_badness, showing.style)]
    return written("".join(f"{line}\n" for line in lines), showing.style)


def verdict(showing: Showing) -> Verdict:
    """By the worst that is judged. Unknown where there is nothing to look at, or what is not judged gave no value."""
    told = list(leaves(showing))
    if not told or any(leaf.failed and not leaf.state for leaf in told):
        return Verdict.UNKNOWN
    return _VERDICTS[showing.state]


def unknown(reason: str, style: Style = PLAIN) -> bytes:
    """The line of a plugin that could not look."""
    return written(f"{_first_line(Verdict.UNKNOWN, reason, style)}\n", style)


def _first_line(verdict: Verdict, text: str, style: Style) -> str:
    line = f"STATUS {verdict.name} - {_text(text)}"
    body = written(line, style)
    return line if len(body) <= MOST_TEXT else f"{body[:MOST_TEXT].decode(errors='ignore')}…"


def _summary(by_badness: Sequence[Leaf]) -> str:
    if not by_badness:
        return "nothing to look at"
    wrong = [leaf for leaf in by_badness if _verdict_of(leaf)]
    what = "checks pass" if by_badness[0].state else "are there"
    count = f"{len(by_badness) - len(wrong)} of {len(by_badness)} {what}"
    return "; ".join([count, *map(_described, wrong)])


def _long(by_badness: Sequence[Leaf], style: Style) -> Iterator[str]:
    left = MOST_LONG
    for at, leaf in enumerate(by_badness):
        line = f"[{_verdict_of(leaf).name}] {_described(leaf)}"
        left -= len(written(line, style))
        if left < 0:
            yield f"and {len(by_badness) - at} more"
            return
        yield line


def _described(leaf: Leaf) -> str:
    said = leaf.said or (in_words(leaf.value) if leaf.state and leaf.value is not None else "")
    return _text(f"{leaf.path}: {said}" if said else leaf.path)


def _verdict_of(leaf: Leaf) -> Verdict:
    if not leaf.state:
        return Verdict.UNKNOWN if leaf.failed else Verdict.OK
    # By what it weighs: a failing check that isn't critical makes the report warn.
    return Verdict.WARNING if leaf.state is State.FAIL and not leaf.critical else _VERDICTS[leaf.state]


def _measured(told: Sequence[Leaf]) -> Iterator[str]:
    """Performance data, `'label'=value[UOM];[warn];[crit];[min];[max]` each."""
    labels: set[str] = set()
    repeats: dict[str, int] = {}
    for leaf in told:
        for name, value, unit in _measurements(leaf):
            label = free_key(_label(name), labels, repeats)
            labels.add(label)
            quoted = label.replace("'", "''")
            yield f"'{quoted}'={_measurement(value, unit)}"


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
