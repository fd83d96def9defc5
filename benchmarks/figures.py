"""A measured figure beside the limit that it is to hold, and the one table that they are printed in."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

_ROW = "{:<66}  {:>10}  {:>10}  {:<6}  {}"


@dataclass(frozen=True)
class Figure:
    """What was measured, as a ratio or a difference to the floor of the same run; `beside` says what that floor was."""

    what: str
    measured: float
    limit: float
    unit: str = ""
    beside: str = ""

    @property
    def held(self) -> bool:
        return self.measured <= self.limit

    @property
    def verdict(self) -> str:
        return "holds" if self.held else "MISSED"

    @property
    def row(self) -> str:
        unit = self.unit and f" {self.unit}"
        return _ROW.format(
            self.what, f"{self.measured:.3g}{unit}", f"{self.limit:g}{unit}", self.verdict, self.beside
        ).rstrip()

    @property
    def cell(self) -> str:
        """For a table that says elsewhere what it is."""
        unit = self.unit and f" {self.unit}"
        return f"{self.measured:.3g} <= {self.limit:.3g}{unit} {self.verdict}"


def report(figures: Iterable[Figure]) -> int:
    """Print each figure as soon as it is measured; returns the exit code, 1 when a limit was missed."""
    print(_ROW.format("what", "measured", "limit", "", "beside"), flush=True)
    missed = 0
    for figure in figures:
        print(figure.row, flush=True)
        missed += not figure.held
    return 1 if missed else 0


def grid(rows: Iterable[Sequence[str]], widths: Sequence[int]) -> str:
    """The rows with their cells wrapped into columns; a blank line between each two."""
    blocks = []
    for row in rows:
        cells = [
            [part for line in cell.splitlines() for part in textwrap.wrap(line, width, break_on_hyphens=False)]
            for cell, width in zip(row, widths, strict=True)
        ]
        lines = zip_longest(*cells, fillvalue="")
        blocks.append(
            "\n".join(
                "  ".join(f"{part:<{width}}" for part, width in zip(line, widths, strict=True)).rstrip()
                for line in lines
            )
        )
    return "\n\n".join(blocks)
