"""What is written and what is read: plain data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..core.observation import Observation
from ..core.states import State, worst

HOUR_S = 3600
MINUTE_S = 60
LONGEST_KEY = 300
LONGEST_ERROR = 500
"""Characters: what is longer would fill the file with a few."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One observation of one reference, by its key and without its value. Times are seconds since the epoch."""

    reference: str
    state: State
    """What it counts, as the website shows it: a failing check that isn't critical warns."""
    observed_at: float
    duration_s: float
    since: float
    passed_at: float | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a reference stands on this host, whichever process looked last."""

    state: State
    since: float
    passed_at: float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """What was observed of a reference within some seconds: the worst state and the durations."""

    begins_at: float
    worst: State
    mean_s: float
    longest_s: float


@dataclass(frozen=True, slots=True)
class Turn:
    """The host's state of a reference became another one."""

    at: float
    previous: State
    state: State
    error: str | None


def key_of(reference: str) -> str:
    """What a reference goes by here: itself, unless it is so long that its beginning and a digest must do."""
    if len(reference) <= LONGEST_KEY:
        return reference
    digest = hashlib.sha256(reference.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{reference[: LONGEST_KEY - len(digest) - 1]}…{digest}"


def entries_of(observation: Observation) -> Iterator[Entry]:
    """What counts of an observation: its components, and itself.

    Of one that has some, it is itself only whether it answers: else that it stops to would be no change of anything.
    """
    for part in observation.components:
        yield _entry(part)
    told = worst(part.state for part in observation.components)
    if not observation.components or observation.state.severity > told.severity:
        yield _entry(observation)
    else:
        at = observation.observed_at
        yield replace(_entry(observation), state=State.PASS, since=at, passed_at=at, error=None)


def _entry(seen: Observation) -> Entry:
    return Entry(
        key_of(seen.reference),
        seen.weight,
        seen.observed_at,
        seen.duration_s,
        seen.observed_at if seen.since is None else seen.since,
        seen.last_pass_at,
        seen.error and seen.error[:LONGEST_ERROR],
    )
