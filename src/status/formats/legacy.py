"""The shape of 2.x: what each provider returned, by name.

A state shows as true (pass, warn) or false (fail). A provider that gave no value shows as its state where it is judged,
else as its error to callers with the right to details, and as null to others. Where its components' names are details,
others see its one state in place of them.
"""

from __future__ import annotations

from ..core.observation import Json, Observation, Report
from ..core.states import State
from .format import Showing


def tree(showing: Showing) -> Json:
    """What was asked for: all resources by name, one of them, or a provider's value."""
    trees = {
        report.resource: resource(report, details=report.resource in showing.details) for report in showing.reports
    }
    if not showing.resource:
        return {**trees}
    shown = trees[showing.resource]
    return shown[showing.provider] if showing.provider else {**shown}


def resource(report: Report, *, details: bool) -> dict[str, Json]:
    """Provider name → its value."""
    return {seen.name: provider(seen, judged=report.judged, details=details) for seen in report.observations}


def provider(seen: Observation, *, judged: bool, details: bool) -> Json:
    """What the provider returned; of one with components, component name → value."""
    if seen.composed and (details or not seen.names_are_details):
        return {part.name: provider(part, judged=judged, details=details) for part in seen.components}
    if judged and (seen.failed or seen.by_state or not details):
        return seen.state is not State.FAIL
    if seen.failed:
        return {"error": seen.error} if details else None
    if seen.by_state:
        return seen.state is not State.FAIL
    return seen.value if details else None
