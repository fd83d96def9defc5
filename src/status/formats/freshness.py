"""How long what is told is as fresh as this site itself would tell it again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..core.observation import Report
from ..providers import registry


def left_s(reports: Sequence[Report], now: float) -> float | None:
    """Seconds until the first of what these reports are made of is observed anew; below zero where that is overdue.

    None where there is nothing that could age. `now` is in seconds since the epoch.
    """
    return min((each for report in reports for each in _left_s(report, now)), default=None)


def _left_s(report: Report, now: float) -> Iterator[float]:
    """For how long each observation is reused: a component for the ttl of its own check, else of its provider's.

    Never more than the whole ttl, also where the clock was set back meanwhile.
    """
    ttls = {
        check.reference: check.ttl_s
        for observed in registry.current().observed.get(report.resource, ())
        for check in observed.checks
    }
    for whole in report.observations:
        for seen in whole.components or (whole,):
            ttl_s = ttls.get(seen.reference, ttls.get(whole.reference, 0.0))
            yield min(seen.observed_at + ttl_s - now, ttl_s)
