"""One observation of a provider from those of its components, where each is observed on its own."""

from __future__ import annotations

from collections.abc import Sequence

from .observation import Observation
from .states import State, worst


def compose(
    reference: str, parts: Sequence[Observation], *, critical: bool, at: float, names_are_details: bool = False
) -> Observation:
    """Its state is the worst, its age the oldest, its duration the longest of them; `at` is its age without any."""
    state = worst(part.state for part in parts)
    alike = [part.since for part in parts if part.since is not None and part.state is state]
    passed = [part.last_pass_at for part in parts]
    return Observation(
        reference=reference,
        name=reference.rpartition("/")[2],
        state=state,
        observed_at=min((part.observed_at for part in parts), default=at),
        duration_s=max((part.duration_s for part in parts), default=0.0),
        timed_out=any(part.timed_out for part in parts),
        critical=critical,
        # It has been as bad as this since the first of those that are; it passes since the last of all does.
        since=(max if state is State.PASS else min)(alike, default=None),
        last_pass_at=min((at for at in passed if at is not None), default=None) if None not in passed else None,
        failures=max((part.failures for part in parts), default=0),
        components=tuple(parts),
        composed=True,
        names_are_details=names_are_details,
    )
