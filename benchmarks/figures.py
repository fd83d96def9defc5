"""A measured figure beside the limit that it is to hold, and the one table that they are printed in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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
    def row(self) -> str:
        unit = self.unit and f" {self.unit}"
        verdict = "holds" if self.held else "MISSED"
        return _ROW.format(
            self.what, f"{self.measured:.3g}{unit}", f"{self.limit:g}{unit}", verdict, self.beside
        ).rstrip()


def report(figures: Iterable[Figure]) -> int:
    """Print each figure as soon as it is measured; returns the exit code, 1 when a limit was missed."""
    print(_ROW.format("what", "measured", "limit", "", "beside"), flush=True)
    missed = 0
    for figure in figures:
        print(figure.row, flush=True)
        missed += not figure.held
    return 1 if missed else 0
