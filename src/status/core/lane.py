"""Questions that a single request depends on, such as who is logged in, asked so that none can hold it up.

A question is to one caller what a check is to all: nobody else has a use for its answer, so none is shared or kept.
The rest is as with checks: a thread of its own, with connections of its own; a deadline, at which these are cut off;
few threads, however many ask; and nobody waits for what is known to hang.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import nullcontext
from contextvars import copy_context
from functools import partial
from math import inf
from threading import Lock
from time import monotonic
from typing import Any, Generic, TypeVar

from . import bounds
from .bounds import Bounds
from .forks import forget_after_fork
from .patience import await_for, wait_for
from .threads import ThreadScope, start_daemon

AT_ONCE = 4
"""Questions of a lane that are worked on together; those that come meanwhile wait in line."""
ABANDONED_AFTER_S = 30.0
MOST = 12
"""Threads of a lane, those that hang for so long that others took their place included."""

T = TypeVar("T")


class Unanswered(Exception):
    """There was no answer in time, or the last ones had none, so that this one was not waited for."""


class Unasked(Unanswered):
    """There was no time to ask it, since too many others were: that says nothing of what would answer."""


class Question(Generic[T]):
    """One question, from the moment it was put. Times are seconds of the monotonic clock."""

    __slots__ = (
        "_answer",
        "_call",
        "_context",
        "_error",
        "_lane",
        "_timeout_s",
        "asked_at",
        "bounds",
        "deadline",
        "done",
        "is_trial",
    )

    def __init__(self, lane: Lane, call: Callable[[], T], timeout_s: float, *, is_trial: bool) -> None:
        self._lane = lane
        self._call = call
        self._timeout_s = timeout_s
        self._context = copy_context()  # a project may keep its tenant there, or its language
        self._answer: T
        self._error: Exception | None = Unanswered()
        self.deadline = monotonic() + timeout_s
        self.bounds = Bounds(self.deadline)
        self.asked_at: float | None = None
        self.is_trial = is_trial
        """Nobody waits for it: it is asked to find out whether there are answers again."""
        self.done: Future[None] = Future()
        self.done.set_running_or_notify_cancel()  # so that no waiter can cancel it

    def is_answered(self, within_s: float) -> bool:
        """Whether who waits gets to know within this time; waits for it."""
        wait_for(self.done, self._patience(within_s))
        return self.is_trial or self.done.done()

    async def ais_answered(self, within_s: float) -> bool:
        """As `is_answered`, without blocking the event loop."""
        await await_for(self.done, self._patience(within_s))
        return self.is_trial or self.done.done()

    def wait(self) -> T:
        """The answer; raises what the call raised, and Unanswered when there is none by the deadline."""
        wait_for(self.done, self._patience())
        return self._result()

    async def await_(self) -> T:
        """As `wait`, without blocking the event loop."""
        await await_for(self.done, self._patience())
        return self._result()

    def ask(self, scope: ThreadScope) -> None:
        """Call what was put, within its caller's context and this scope. Nothing gets out of it."""
        try:
            self._context.run(self._ask, scope)
            self._error = None
        except Exception as error:  # noqa: BLE001 - it is raised to who waits
            self._error = error
        except BaseException as error:  # noqa: BLE001 - of this thread, and not to end the one that waits
            self._error = RuntimeError(f"it raised {type(error).__name__}")

    def fail(self, error: Exception) -> None:
        """Nobody could be asked."""
        self._error = error
        self.done.set_result(None)

    def hangs(self, now: float) -> bool:
        """Whether it has had time enough, and no answer; of one that came late to its turn that can't be said."""
        return self.asked_at is not None and now >= self.deadline and now - self.asked_at >= self._timeout_s / 2

    def _patience(self, within_s: float = inf) -> float:
        """Until when to wait."""
        return -inf if self.is_trial else min(monotonic() + within_s, self.deadline)

    def _ask(self, scope: ThreadScope) -> None:
        bounds.current.set(self.bounds)
        with scope():
            self._answer = self._call()

    def _result(self) -> T:
        if self.is_trial or not self.done.done():
            # One that waited in line behind those that hang would have hung as well.
            raise Unanswered if self._lane.give_up_overdue() or self.is_trial else Unasked
        if self._error is not None:
            raise self._error
        return self._answer


class Lane:
    """Where questions of one kind are put; safe from any thread and any event loop.

    `scope` is entered around every question: there the framework gives it connections of its own and closes these.
    `name` is that of its threads.
    """

    def __init__(self, scope: ThreadScope = nullcontext, name: str = "status:access") -> None:
        self._scope = scope
        self._name = name
        self.reset()
        forget_after_fork(self)

    def reset(self) -> None:
        """Forget everything, as after a fork: threads are gone, and a lock may be held by one of them for ever."""
        self._lock = Lock()
        self._waiting: deque[Question[Any]] = deque()
        self._asked: set[Question[Any]] = set()
        """Those whose thread has not come to its end."""
        self._is_silent = False
        """Whether the last one had no answer in time."""
        self._answered_at = -inf
        self._trial: Question[Any] | None = None

    def put(self, call: Callable[[], T], timeout_s: float) -> Question[T]:
        """Have `call` called in another thread; returns at once.

        While there are no answers nobody waits for it, and one such call at a time finds out whether there are again.
        So it must not need what its caller, who goes on meanwhile, may change.
        """
        self.give_up_overdue()
        with self._lock:
            now = monotonic()
            question = Question(self, call, timeout_s, is_trial=self._is_silent)
            if self._is_silent:
                if self._trial is not None and now < self._trial.deadline and not self._trial.done.done():
                    return question  # one is enough
                self._trial = question
            while self._waiting and now >= self._waiting[0].deadline:
                self._waiting.popleft()
            self._waiting.append(question)
            if self._has_room(now):
                self._start(now)
        return question

    def give_up_overdue(self) -> bool:
        """Cut off what has had its time, whether somebody waits for it or not; returns whether there are no answers."""
        now = monotonic()
        with self._lock:
            overdue = [each for each in self._asked if now >= each.deadline]
            self._is_silent = is_silent = self._is_silent or any(self._tells_of_silence(each, now) for each in overdue)
        for question in overdue:
            question.bounds.cut()
        return is_silent

    def close(self) -> None:
        """Cut off all that is asked."""
        with self._lock:
            asked = list(self._asked)
        for question in asked:
            question.bounds.cut()

    def _tells_of_silence(self, question: Question[Any], now: float) -> bool:
        """One that was asked before the last answer came tells of a hang that is over."""
        return question.hangs(now) and question.asked_at is not None and question.asked_at > self._answered_at

    def _has_room(self, now: float) -> bool:
        hopeful = sum(now < each.deadline + ABANDONED_AFTER_S for each in self._asked)
        return hopeful < AT_ONCE and len(self._asked) < MOST

    def _start(self, now: float) -> None:
        """Start a thread for the next; the lock is held."""
        question = self._next(now)
        if question is None:
            return
        try:
            start_daemon(partial(self._work, question), self._name)
        except RuntimeError as error:  # no more threads to be had
            self._asked.discard(question)
            question.fail(error)

    def _work(self, question: Question[Any] | None) -> None:
        while question is not None:
            question.ask(self._scope)
            asked, question = question, self._then(question)
            asked.done.set_result(None)

    def _then(self, asked: Question[Any]) -> Question[Any] | None:
        with self._lock:
            now = monotonic()
            self._asked.discard(asked)
            if now < asked.deadline:
                self._is_silent, self._answered_at = False, now
            elif self._tells_of_silence(asked, now):
                self._is_silent = True
            return self._next(now)

    def _next(self, now: float) -> Question[Any] | None:
        """The last in line, if its caller still waits: it has the most time left. The lock is held."""
        question = self._waiting.pop() if self._waiting else None
        if question is None or now >= question.deadline:
            return None
        question.asked_at = now
        self._asked.add(question)
        return question
