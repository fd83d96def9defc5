"""What a caller of a check gets at once, and else what it waits for, and for how long."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from time import monotonic

from .observation import Observation
from .states import State
from .track import GLANCE_S, Run, Track


@dataclass(frozen=True, slots=True)
class Wait:
    """What a caller waits for."""

    run: Run
    until: float
    otherwise: Observation | None = None
    """What it gets when there is no answer by then; None: that this is a failure."""

    @property
    def last(self) -> Observation | None:
        """What was observed before; None where nothing was."""
        return self.otherwise or self.run.track.observation


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


def next_to_decide(answers: Sequence[Observation | Wait], deciding: Collection[str]) -> Wait | None:
    """What to wait for next, for a caller that needs to know no more than whether one of these references fails.

    Once one does, what has been observed before is told as it was then (`told`), and what never was is waited for.
    """
    waits = [answer for answer in answers if isinstance(answer, Wait)]
    if waits and any(isinstance(seen, Observation) and _decides(seen, deciding) for seen in answers):
        waits = [wait for wait in waits if not _can_be_told(wait)]
    return waits[0] if waits else None


def told(answer: Observation | Wait) -> Observation:
    """The answer, or what was observed before it."""
    seen = answer.last if isinstance(answer, Wait) else answer
    assert seen is not None  # noqa: S101 - else it was waited for
    return seen


def _decides(seen: Observation, deciding: Collection[str]) -> bool:
    return seen.weight is State.FAIL and seen.reference in deciding


def _can_be_told(wait: Wait) -> bool:
    if wait.last is None:
        return False
    # What failed quickly answers quickly: a glance, and it is not called failing once more when it is well again.
    is_glanced_at = wait.otherwise is None and wait.last.state is State.FAIL
    return not is_glanced_at or monotonic() >= wait.run.started + GLANCE_S
