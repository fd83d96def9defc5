"""What may be seen of reports, one entry a thing that was looked at: what formats are written from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..core.observation import Json, Observation, Report
from ..core.states import State, worst
from .format import Showing


@dataclass(frozen=True, slots=True)
class Leaf:
    """One component, or a provider that has none, as far as the reader may see it."""

    resource: str
    reference: str
    state: State | None
    """None where the resource is not judged: it is only shown."""
    critical: bool
    failed: bool
    """It gave no value at all. Of what is not judged that is a detail, too: it has no state to be told."""
    observed_at: float
    """Seconds since the epoch."""
    with_details: bool
    """Without, all that follows is as if there were none."""
    value: Json = None
    unit: str | None = None
    detail: str | None = None
    error: str | None = None
    duration_s: float = 0.0
    failures: int = 0
    since: float | None = None

    @property
    def path(self) -> str:
        """Its reference below the resource."""
        return self.reference.partition("/")[2]

    @property
    def said(self) -> str | None:
        """Why it is so, or what it says of itself, in a sentence."""
        return self.error or self.detail


def leaves(showing: Showing) -> Iterator[Leaf]:
    """In the order of the reports."""
    for report in showing.reports:
        details = report.resource in showing.details
        for seen in report.observations:
            for each in _parts(seen, details):
                yield _leaf(report, each, details)


def _parts(seen: Observation, details: bool) -> Iterator[Observation]:
    """Its components, or what it is itself where these don't tell it: without any, or with all of them better."""
    if not details and seen.names_are_details:
        yield seen
        return
    yield from seen.components
    if not seen.components or seen.state.severity > worst(part.state for part in seen.components).severity:
        yield seen


def _leaf(report: Report, seen: Observation, details: bool) -> Leaf:
    state = seen.state if report.judged else None
    if not details:
        failed = seen.failed and report.judged
        return Leaf(report.resource, seen.reference, state, seen.critical, failed, seen.observed_at, False)
    return Leaf(
        resource=report.resource,
        reference=seen.reference,
        state=state,
        critical=seen.critical,
        failed=seen.failed,
        observed_at=seen.observed_at,
        with_details=True,
        value=seen.value,
        unit=seen.unit,
        detail=seen.detail,
        error=seen.error,
        duration_s=seen.duration_s,
        failures=seen.failures,
        since=seen.since,
    )
