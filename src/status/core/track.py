"""One check over time in this process: its runs, its last observation, and what counts of a run that hangs.

All methods of a track are called with its lock held; none blocks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from threading import Lock
from time import monotonic

from .bounds import Bounds
from .check import Check
from .evaluation import Finding, unanswered
from .observation import Observation
from .states import State
from .tally import Outcome
from .thresholds import Change, History

ABANDONED_AFTER_S = 30.0  # past its deadline a run is given up: a connection lost without a word hangs for ever
MAX_RUNS = 3
NOTE_EVERY_S = 10.0
"""How often what stays as it is gets noted."""
SLOW_FAILURE_S = 0.1
"""A check that bounds itself fails in time, and hangs all the same: who waits longer than this waits for a hang."""
GLANCE_S = 0.05
"""How long the next run of a check that is known to hang is waited for: one that is well again answers within it.

Else whoever asks seldom, as a load balancer in turn of many processes, would be told of a hang that is long over."""

FORGOTTEN_AFTER_S = 30.0
"""After so long what was seen of a hang counts for no check any more that a glance may be too short for."""

Tell = Callable[[Change], object]
Note = Callable[[Observation], object]
Count = Callable[[str, Outcome], object]


class Run:
    """One run of a check in a thread of its own. Times are seconds of the monotonic clock."""

    __slots__ = ("bounds", "deadline", "done", "hung_since", "observation", "started", "track")

    def __init__(self, track: Track, now: float) -> None:
        self.track = track
        self.started = now
        self.deadline = now + track.check.timeout_s
        self.bounds = Bounds(self.deadline)
        self.hung_since: float | None = None
        """Up to when its hanging has been counted; None while it is within its deadline."""
        self.observation: Observation | None = None
        # A future, since threads and event loops can both wait for it; running, so that no waiter can cancel it.
        self.done: Future[None] = Future()
        self.done.set_running_or_notify_cancel()


class Track:
    """What is known of one check."""

    __slots__ = (
        "_count",
        "_note",
        "_tell",
        "alive",
        "check",
        "fresh_until",
        "history",
        "lock",
        "noted_at",
        "observation",
        "passed_in_s",
        "run",
    )

    def __init__(self, check: Check, tell: Tell, note: Note, count: Count) -> None:
        self.check = check
        self._tell = tell
        self._note = note
        self._count = count
        self.noted_at = float("-inf")
        self.lock = Lock()
        self.history = History(check)
        self.observation: Observation | None = None
        self.fresh_until = float("-inf")
        self.passed_in_s = float("inf")
        """How long its last run took that passed; of what never did nobody knows."""
        self.run: Run | None = None
        """The run whose answer is awaited."""
        self.alive: set[Run] = set()
        """Every run whose thread has not ended, the abandoned ones too."""

    def is_known_dead(self, now: float) -> bool:
        """Whether callers get the last observation instead of waiting for more than a glance."""
        last = self.observation
        if last is None or (now >= self.fresh_until + FORGOTTEN_AFTER_S and self.passed_in_s > GLANCE_S / 2):
            return False
        if last.timed_out:
            return True
        if not last.failures or last.duration_s < SLOW_FAILURE_S:
            return False
        # What passes in it must not look well for much longer than it takes to look again.
        return _fails_whole(last) or now < self.fresh_until + self.check.timeout_s

    def begin(self, now: float) -> Run:
        """A new run, to be started by the caller."""
        self.run = run = Run(self, now)
        self.alive.add(run)
        return run

    def finish(self, run: Run, found: Finding) -> None:
        """Its thread has ended. An answer after the deadline is a failure all the same."""
        self.alive.discard(run)
        if self.run is not run:  # abandoned, so nobody waits for its answer
            return
        self.run = None
        now = monotonic()
        if now >= run.deadline:
            self.count_hang(run, now)
            self.fresh_until = now + self.check.ttl_s
        else:
            self._record(found, duration_s=now - run.started, fresh_until=now + self.check.ttl_s)
            self._count(self.check.reference, Outcome.ERROR if found.failed else Outcome.ANSWER)
        run.observation = self.observation

    def missed(self, waited_s: float) -> Observation:
        """For a caller that waits less than the deadline: one failure more, which counts for nobody else."""
        seen, _ = self.history.copy().record(unanswered(self.check, waited_s), at=time.time(), duration_s=waited_s)
        return seen

    def may_replace(self, run: Run, now: float) -> bool:
        """Whether a run that is overdue is given up: it is so long past its deadline, and few are."""
        return now >= run.deadline + ABANDONED_AFTER_S and len(self.alive) < MAX_RUNS

    def count_hang(self, run: Run, now: float) -> None:
        """It is past its deadline: that is a failure, and so is each ttl that it hangs on."""
        step_s = self.check.hang_step_s
        times = 0
        if run.hung_since is None:
            times, run.hung_since = 1, run.deadline
            self._count(self.check.reference, Outcome.TIMEOUT)  # once a run, however long it hangs on
        steps = int((now - run.hung_since) / step_s)
        times += steps
        run.hung_since += steps * step_s
        if times:
            found = unanswered(self.check, self.check.timeout_s)
            self._record(found, duration_s=now - run.started, fresh_until=run.hung_since + step_s, times=times)

    def _record(self, found: Finding, *, duration_s: float, fresh_until: float, times: int = 1) -> None:
        seen, changes = self.history.record(found, at=time.time(), duration_s=duration_s, times=times)
        self.observation = seen
        self.fresh_until = fresh_until
        if seen.state is State.PASS:
            self.passed_in_s = duration_s
        for change in changes:
            # A stat may be a megabyte, and a listener may hang: what waits for it must stay small.
            self._tell(change if self.check.judged else replace(change, observation=replace(seen, value=None)))
        if self.check.judged and (changes or not 0 <= seen.observed_at - self.noted_at < NOTE_EVERY_S):
            self.noted_at = seen.observed_at  # the clock may have been set back
            self._note(seen)


def _fails_whole(observation: Observation) -> bool:
    return all(part.state is State.FAIL for part in (observation, *observation.components))
