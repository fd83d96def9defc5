"""Reports of observations, made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from status.core.observation import Observation, Report
from status.core.states import State

PASS, WARN, FAIL = State.PASS, State.WARN, State.FAIL


def seen(reference: str, state: State = PASS, **fields: Any) -> Observation:
    """One observation; its name is the last part of the reference."""
    name = reference.split("/", 2)[-1] if reference.count("/") > 1 else reference.rpartition("/")[2]
    return Observation(reference, name, state, observed_at=0.0, **{"duration_s": 0.0015, **fields})


def composed(reference: str, *components: Observation, state: State | None = None, **fields: Any) -> Observation:
    """One of these components, as bad as the worst of them if `state` doesn't say otherwise."""
    worst = max((part.state for part in components), key=lambda each: each.severity, default=PASS)
    return seen(reference, state or worst, components=components, composed=True, **fields)


def judged(*observations: Observation) -> Report:
    return Report("health", observations)


def shown(*observations: Observation) -> Report:
    return Report("stats", tuple(replace(each) for each in observations), judged=False)
