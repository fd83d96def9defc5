"""A part of a whole."""

from __future__ import annotations


def ratio(part: float | None, whole: float | None) -> float | None:
    """The share, to four places; None where there is no whole to have a share of."""
    return round(part / whole, 4) if part is not None and whole else None
