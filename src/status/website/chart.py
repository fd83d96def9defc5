"""How long one check took in the last hour, as a line: drawn on the server, with a sentence for who can't see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import pgettext

from ..core.states import State
from ..recent.entry import HOUR_S, MINUTE_S, Cell
from ..recent.minutes import MINUTES
from ..recent.story import CELL_S
from . import wording

WIDTH = 720
HEIGHT = 96
HEADROOM = 1.15
GAP_S = 3 * CELL_S
"""Without an observation for longer, the line breaks: nothing is known of what is between."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Paths within WIDTH and HEIGHT; empty where there is nothing to draw."""

    line: str
    failed: str
    """The minutes in which it failed."""
    limit: str
    """The height of the deadline, where the figures come near it."""
    label: str
    scale: str
    """What the top stands for, as "12 ms"."""
    width: int = WIDTH
    height: int = HEIGHT


def chart(cells: Sequence[Cell], timeout_s: float, now: float) -> Chart | None:
    """The chart of these cells, in the order of time; None of less than two, which make no line."""
    # As the bars above it, which are of whole minutes: what failed is red in both at the same place.
    begin = (now // MINUTE_S - MINUTES + 1) * MINUTE_S
    cells = [cell for cell in cells if cell.begins_at + CELL_S > begin]
    if len(cells) < 2:
        return None
    longest = max(cell.longest_s for cell in cells)
    top = max(longest * HEADROOM, 1e-6)
    near = longest >= timeout_s / 2
    if near:
        top = max(top, timeout_s * HEADROOM)
    failed = {int(cell.begins_at // MINUTE_S) for cell in cells if cell.worst is State.FAIL}
    return Chart(
        line=_line(cells, begin, top),
        failed="".join(_area(minute * MINUTE_S, begin) for minute in sorted(failed)),
        limit=f"M0 {_y(timeout_s, top)}h{WIDTH}" if near else "",
        label=_label(cells, longest, timeout_s, near=near),
        scale=wording.duration(top),
    )


def _line(cells: Sequence[Cell], begin: float, top: float) -> str:
    path = ""
    last_at = float("-inf")
    for cell in cells:
        x, y = _x(cell.begins_at + CELL_S / 2, begin), _y(cell.mean_s, top)
        joined = cell.begins_at - last_at <= GAP_S
        # A single one between two gaps is a dot: a line of no length, with round ends.
        path += f"L{x} {y}" if joined else f"M{x} {y}h0"
        last_at = cell.begins_at
    return path


def _area(minute_at: float, begin: float) -> str:
    left, right = _x(minute_at, begin), _x(minute_at + MINUTE_S, begin)
    return f"M{left} 0H{right}V{HEIGHT}H{left}z"


def _x(at: float, begin: float) -> float:
    return round(min(max((at - begin) / HOUR_S, 0.0), 1.0) * WIDTH, 1)


def _y(took_s: float, top: float) -> float:
    return round(HEIGHT * (1 - min(max(took_s / top, 0.0), 1.0)), 1)


def _label(cells: Sequence[Cell], longest: float, timeout_s: float, *, near: bool) -> str:
    usual = sorted(cell.mean_s for cell in cells)[len(cells) // 2]
    values = {"usual": wording.duration(usual), "longest": wording.duration(longest)}
    told = pgettext("status", "Took %(usual)s as a rule and %(longest)s at most in the last hour") % values
    if not near:
        return told
    return pgettext("status", "%(told)s; the deadline is %(deadline)s") % {
        "told": told,
        "deadline": wording.duration(timeout_s),
    }
