"""What a caller of a check gets at once, and else what it waits for, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import time

from .check import Check
from .evaluation import unanswered
from .observation import Observation
from .states import State
from .thresholds import History
from .track import GLANCE_S, Run, Track


@dataclass(frozen=True, slots=True)
class Wait:
    """What a caller waits for."""

    run: Run
    until: float
    otherwise: Observation | None = None
    """What it gets when there is no answer by then; None: that this is a failure."""


def answer_of(track: Track, timeout_s: float | None, now: float) -> Observation | Wait:
    """What there is for a caller at this moment; the track's lock is held.

    All waits count from the run's start: a hang costs one a process, not one a caller.
    """
    last, run = track.observation, track.run
    if run is None:
        assert last is not None  # noqa: S101 - a track without a run has an observation
        return last
    until = run.deadline if timeout_s is None else min(run.deadline, run.started + timeout_s)
    if last is None or not track.is_known_dead(now):
        return Wait(run, until)
    until = min(until, run.started + GLANCE_S)
    return Wait(run, until, last) if now < until else last


def missed(check: Check, waited_s: float) -> Observation:
    """For a caller that waits less than the deadline; it counts for nobody else."""
    seen, _ = History(check).record(unanswered(check, waited_s), at=time(), duration_s=waited_s)
    return seen


def has_failed(answers: Sequence[Observation | Wait], now: float) -> bool:
    """Whether one makes a report of all of them fail, as far as is known without waiting."""
    return any(_fails(answer, now) or _may_fail(answer) for answer in answers)


def in_a_hurry(answers: Sequence[Observation | Wait], now: float) -> list[Observation | Wait]:
    """The same for a caller that needs a verdict alone, which these have: they have failed, or may have.

    Where it is certain nothing is waited for, else for no more than a glance. What was well until just now counts as
    that meanwhile; but what was observed longer ago than its ttl and deadline together stands for nothing any more.
    """
    until = now if any(_fails(answer, now) for answer in answers) else now + GLANCE_S
    return [_until(answer, until, now) if isinstance(answer, Wait) else answer for answer in answers]


def _fails(answer: Observation | Wait, now: float) -> bool:
    if isinstance(answer, Observation):
        return answer.weight is State.FAIL
    in_vain = answer.until <= now and not answer.run.done.done()
    return in_vain and answer.otherwise is None and answer.run.track.check.critical


def _may_fail(answer: Observation | Wait) -> bool:
    """Whether it is known to hang, and gets its glance."""
    return isinstance(answer, Wait) and answer.otherwise is not None and answer.otherwise.weight is State.FAIL


def _until(wait: Wait, until: float, now: float) -> Wait:
    track = wait.run.track
    last = wait.otherwise or (track.observation if now < track.fresh_until + track.check.timeout_s else None)
    return wait if last is None else replace(wait, until=min(wait.until, until), otherwise=last)
