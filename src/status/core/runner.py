"""Running checks so that none of them can hurt the one who asks.

Each check runs in a daemon thread of its own, at most once at a time; callers wait for its answer, never longer than
its deadline and never for one that is known to hang. An answer is reused for the check's ttl.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from threading import Lock
from time import monotonic

from . import bounds
from .aio import AsyncScope, run_awaitable
from .check import Check
from .evaluation import Encode, Finding, evaluate, raised
from .forks import forget_after_fork
from .observation import Observation
from .patience import await_for, wait_for, wait_for_any
from .states import State
from .tally import Outcome
from .telling import Teller
from .threads import ThreadScope, start_daemon
from .thresholds import Change
from .track import Run, Track
from .waits import Wait, answer_of, next_to_decide, told

LOOK_AGAIN_S = 0.05
"""How often who needs to know of one failure alone looks at all, while it waits for one."""


def _say_nothing(seen: Change | Observation) -> None:
    """For a runner that nobody listens to."""


def _count_nothing(reference: str, outcome: Outcome) -> None:
    """For a runner whose runs nobody counts."""


class Runner:
    """Observes checks; one a process, safe from any thread and any event loop.

    `thread_scope` is entered around every thread of a check and `async_scope` around every coroutine: there the
    framework gives them connections of their own and closes these. `encode` turns a value that JSON does not know into
    one that it does, or raises `TypeError`. `teller` is told of every change of state. `note` is called with what was
    observed of judged checks, at every change and else every ten seconds, in the check's own thread: it must not wait.
    `count` is called once a run, with the check's reference and how the run ended, as soon as that is known; it must
    not wait either.
    """

    def __init__(
        self,
        *,
        thread_scope: ThreadScope = nullcontext,
        async_scope: AsyncScope = nullcontext,
        encode: Encode | None = None,
        teller: Teller[Change] | None = None,
        note: Callable[[Observation], object] = _say_nothing,
        count: Callable[[str, Outcome], object] = _count_nothing,
    ) -> None:
        self._thread_scope = thread_scope
        self._async_scope = async_scope
        self._encode = encode
        self.teller = teller or Teller(_say_nothing)
        self._note = note
        self._count = count
        self._lock = Lock()
        self._tracks: dict[Check, Track] = {}
        forget_after_fork(self)

    def reset(self) -> None:
        """Forget everything, as after a fork: threads are gone, and a lock may be held by one of them for ever."""
        self._lock = Lock()
        self._tracks = {}
        self.teller.reset()

    def observe(
        self, checks: Sequence[Check], timeout_s: float | None = None, deciding: Collection[str] = ()
    ) -> list[Observation]:
        """The observations of the checks, in their order; all run together.

        `timeout_s` is how long this caller waits where that is less than a check's own deadline: what has not answered
        by then is a failure to this caller alone, and the run goes on. `deciding` are references of which one that
        fails is all that this caller needs to know: then it does not wait for the others, and gets what was observed
        of them before. So what hangs one after the other, as all behind one network does, costs it no second wait.
        """
        answers = [self._ask(check, timeout_s) for check in checks]
        if not deciding:
            return [self._wait(answer, timeout_s) for answer in answers]
        while True:
            answers = [self._answer_if_over(answer, timeout_s) for answer in answers]
            wait = next_to_decide(answers, deciding)
            if wait is None:
                return [told(answer) for answer in answers]
            wait_for(wait.run.done, min(wait.until, monotonic() + LOOK_AGAIN_S))

    async def aobserve(
        self, checks: Sequence[Check], timeout_s: float | None = None, deciding: Collection[str] = ()
    ) -> list[Observation]:
        """As `observe`, without blocking the event loop."""
        answers = [self._ask(check, timeout_s) for check in checks]
        if not deciding:
            return [await self._await(answer, timeout_s) for answer in answers]
        while True:
            answers = [self._answer_if_over(answer, timeout_s) for answer in answers]
            wait = next_to_decide(answers, deciding)
            if wait is None:
                return [told(answer) for answer in answers]
            await await_for(wait.run.done, min(wait.until, monotonic() + LOOK_AGAIN_S))

    def follow(self, checks: Sequence[Check], every_s: float) -> Iterator[list[Observation | None]]:
        """As `observe`, telling what is known while the rest is awaited: None stands for what has not answered yet.

        It yields at once, at each answer, and at least every so many seconds; last of all what `observe` returns.
        """
        answers = [self._ask(check, None) for check in checks]
        while True:
            answers = [self._answer_if_over(answer, None) for answer in answers]
            yield [answer if isinstance(answer, Observation) else None for answer in answers]
            waits = [answer for answer in answers if isinstance(answer, Wait)]
            if not waits:
                return
            until = min(monotonic() + every_s, *[wait.until for wait in waits])
            wait_for_any([wait.run.done for wait in waits], until)

    def begin(self, checks: Sequence[Check], for_s: float) -> None:
        """Have those observed of which no answer can be reused for as long as this; returns at once."""
        for check in checks:
            track = self._track(check)
            with track.lock:
                now = monotonic()
                if track.run is None and track.fresh_until < now + for_s:
                    self._start(track.begin(now))

    def close(self, timeout_s: float = 0.0) -> None:
        """Forget all checks, cut off those that run, and give their threads this long to end."""
        with self._lock:
            tracks, self._tracks = self._tracks, {}
        running: list[Run] = []
        for track in tracks.values():
            with track.lock:
                running += track.alive
        for run in running:
            run.bounds.cut()
        until = monotonic() + timeout_s
        for run in running:
            wait_for(run.done, until)

    def _ask(self, check: Check, timeout_s: float | None) -> Observation | Wait:
        """The answer where there is one at once, else what to wait for, started where nothing was under way."""
        now = monotonic()
        track = self._tracks.get(check)
        if track is not None and now < track.fresh_until and track.observation is not None:
            return track.observation  # the hot path: no lock; the observation is set before its freshness
        track = self._track(check)
        with track.lock:
            now = monotonic()  # the lock may have been waited for
            if now < track.fresh_until and track.observation is not None:
                return track.observation
            overdue = track.run if track.run is not None and now >= track.run.deadline else None
            if overdue is not None:
                track.count_hang(overdue, now)
                if track.may_replace(overdue, now):
                    self._start(track.begin(now))
            elif track.run is None:
                self._start(track.begin(now))
            answer = answer_of(track, timeout_s, now)
        if overdue is not None:
            overdue.bounds.cut()
        return answer

    def _track(self, check: Check) -> Track:
        with self._lock:
            track = self._tracks.get(check)
            if track is None:
                track = self._tracks[check] = Track(check, self.teller.tell, self._note, self._count)
            return track

    def _start(self, run: Run) -> None:
        """Start the run's thread; the track's lock is held."""
        try:
            start_daemon(partial(self._work, run), f"status:{run.track.check.reference}")
        except BaseException as error:
            # No more threads to be had; or a signal's handler raised, and the run must not seem to go on.
            run.track.finish(run, raised(run.track.check, error))
            run.done.set_result(None)
            if not isinstance(error, RuntimeError):
                raise

    def _work(self, run: Run) -> None:
        """One run, in its own thread. Nothing gets out of it, `SystemExit` and `RecursionError` included."""
        bounds.current.set(run.bounds)
        check = run.track.check
        found = Finding(check.name, State.FAIL, error="it ended without a word", failed=True)
        try:
            with self._thread_scope():
                found = self._look(check)
        except BaseException as error:  # noqa: BLE001
            found = raised(check, error)
        finally:  # whatever happens: a run that is never finished would be waited for again and again
            self._finish(run, found)

    def _look(self, check: Check) -> Finding:
        try:
            returned = check.call()
            if inspect.isawaitable(returned):
                returned = run_awaitable(returned, self._thread_scope, self._async_scope)
            return evaluate(check, returned, self._encode)
        except BaseException as error:  # noqa: BLE001
            return raised(check, error)

    def _finish(self, run: Run, found: Finding) -> None:
        try:
            with run.track.lock:
                run.track.finish(run, found)
        finally:
            run.done.set_result(None)

    def _wait(self, answer: Observation | Wait, timeout_s: float | None) -> Observation:
        if isinstance(answer, Observation):
            return answer
        wait_for(answer.run.done, answer.until)
        return self._answer(answer, timeout_s)

    async def _await(self, answer: Observation | Wait, timeout_s: float | None) -> Observation:
        if isinstance(answer, Observation):
            return answer
        await await_for(answer.run.done, answer.until)
        return self._answer(answer, timeout_s)

    def _answer_if_over(self, answer: Observation | Wait, timeout_s: float | None) -> Observation | Wait:
        """What there is to tell of it by now, else what is still waited for."""
        if isinstance(answer, Observation) or not (answer.run.done.done() or monotonic() >= answer.until):
            return answer
        return self._answer(answer, timeout_s)

    def _answer(self, wait: Wait, timeout_s: float | None) -> Observation:
        """What a caller gets that has waited as long as it may."""
        run, track, now = wait.run, wait.run.track, monotonic()
        with track.lock:
            if run.observation is not None:
                return run.observation
            if wait.otherwise is not None:
                return wait.otherwise
            overdue = track.run is run and now >= run.deadline
            if overdue:
                track.count_hang(run, now)
            if (overdue or track.run is not run) and track.observation is not None:
                answer = track.observation
            else:
                waited_s = track.check.timeout_s if timeout_s is None else min(timeout_s, track.check.timeout_s)
                answer = track.missed(waited_s)
        if overdue:
            run.bounds.cut()
        return answer
