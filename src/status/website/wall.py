"""A screen to be read from across the room: a tile a check, the larger the worse, and all of it at one glance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import npgettext

from ..core.states import State
from . import sentences
from .language import figure
from .present import Checks, Row

MOST_TILES = 60
CELLS = {State.FAIL: 4, State.WARN: 2, State.PASS: 1}
"""Of the grid, that a tile takes: two by two, two side by side, one."""
WIDEST = 24
"""Columns that the style sheet knows."""
PROPORTION = 1.1
"""Columns for each row: on a wide screen a cell is then twice as wide as it is high."""


@dataclass(frozen=True, slots=True)
class Wall:
    """What fits, and in how many columns."""

    tiles: tuple[Row, ...]
    columns: int
    rest: str = ""
    """What does not, in words."""


def wall(sections: Sequence[Checks]) -> Wall:
    """The worst first. Up to 60 checks each have a tile; of more than that only those that don't pass."""
    rows = sorted((row for section in sections for row in section.rows), key=lambda row: -row.state.severity)
    troubles = [row for row in rows if row.state is not State.PASS]
    tiles = rows if len(rows) <= MOST_TILES else troubles[:MOST_TILES]
    if not tiles:  # the sentence says it all
        return Wall((), 1)
    return Wall(tuple(tiles), _columns(tiles), _rest(len(rows) - len(tiles), max(len(troubles) - MOST_TILES, 0)))


def _rest(more: int, worse: int) -> str:
    if not more:
        return ""
    if not worse:
        return sentences.more(more, all_pass=True)
    if worse == more:
        said = npgettext("status", "… %(count)s more in trouble", "… %(count)s more in trouble", more)
        return said % {"count": figure(f"{more:,}")}
    said = npgettext(
        "status",
        "… %(count)s more, %(worse)s of them in trouble",
        "… %(count)s more, %(worse)s of them in trouble",
        more,
    )
    return said % {"count": figure(f"{more:,}"), "worse": figure(f"{worse:,}")}


def _columns(tiles: Sequence[Row]) -> int:
    cells = sum(CELLS[tile.state] for tile in tiles)
    widest_tile = 1 if all(tile.state is State.PASS for tile in tiles) else 2
    # No more than all tiles side by side take: one alone has the screen to itself.
    side_by_side = sum(1 if tile.state is State.PASS else 2 for tile in tiles)
    columns = min(math.ceil(math.sqrt(cells * PROPORTION)), side_by_side)
    # In an odd number of columns tiles of two would leave a gap in each row.
    return min(max(columns + columns % widest_tile, widest_tile), WIDEST)
