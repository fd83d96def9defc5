"""How long what is told is as fresh as this site itself would tell it again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..core.observation import Report
from ..providers import registry


def left_s(reports: Sequence[Report], now: float) -> float | None:
    """Seconds until the first of what these reports are made of is observed anew; below zero where that is overdue.

    None where there is nothing that could age. `now` is in seconds since the epoch.
    """
    ends = [end for report in reports for end in _ends(report)]
    return min(ends) - now if ends else None


def _ends(report: Report) -> Iterator[float]:
    """Until when each observation is reused: a component for the ttl of its own check, else of its provider's."""
    ttls = {
        check.reference: check.ttl_s
        for observed in registry.current().observed.get(report.resource, ())
        for check in observed.checks
    }
    for whole in report.observations:
        for seen in whole.components or (whole,):
            yield seen.observed_at + ttls.get(seen.reference, ttls.get(whole.reference, 0.0))
