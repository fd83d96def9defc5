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
from .thresholds import Change, History

ABANDONED_AFTER_S = 30.0  # past its deadline a run is given up: a connection lost without a word hangs for ever
MAX_RUNS = 3


Tell = Callable[[Change], object]


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

    __slots__ = ("_tell", "alive", "check", "fresh_until", "history", "lock", "observation", "run")

    def __init__(self, check: Check, tell: Tell) -> None:
        self.check = check
        self._tell = tell
        self.lock = Lock()
        self.history = History(check)
        self.observation: Observation | None = None
        self.fresh_until = float("-inf")
        self.run: Run | None = None
        """The run whose answer is awaited."""
        self.alive: set[Run] = set()
        """Every run whose thread has not ended, the abandoned ones too."""

    @property
    def known_dead(self) -> bool:
        """Whether callers get the last observation at once instead of waiting."""
        return self.observation is not None and self.observation.timed_out

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
        run.observation = self.observation

    def may_replace(self, run: Run, now: float) -> bool:
        """Whether a run that is overdue is given up: it is so long past its deadline, and few are."""
        return now >= run.deadline + ABANDONED_AFTER_S and len(self.alive) < MAX_RUNS

    def count_hang(self, run: Run, now: float) -> None:
        """It is past its deadline: that is a failure, and so is each ttl that it hangs on."""
        step_s = self.check.hang_step_s
        times = 0
        if run.hung_since is None:
            times, run.hung_since = 1, run.deadline
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
        for change in changes:
            # A stat may be a megabyte, and a listener may hang: what waits for it must stay small.
            self._tell(change if self.check.judged else replace(change, observation=replace(seen, value=None)))
