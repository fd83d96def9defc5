"""For tests: what else runs in threads of its own runs in the caller's, on its connections, and nothing is reused."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from time import monotonic, time
from typing import Generic, Protocol, TypeVar

from . import bounds
from .aio import run_awaitable
from .check import Check
from .evaluation import Encode, Finding, evaluate, raised
from .observation import Observation
from .thresholds import History

T = TypeVar("T")

Await = Callable[[Awaitable[object]], object]


class InThread(Protocol):
    """Calls sync code from a coroutine, where that may be called."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]: ...


async def _at_once(call: Callable[[], T]) -> T:
    return call()


class InlineRunner:
    """Observes one check after the other, here and now. No deadline can be held this way.

    `run_awaitable` waits for a coroutine from sync code, `in_thread` calls sync code from a coroutine.
    """

    def __init__(
        self, *, encode: Encode | None = None, run_awaitable: Await = run_awaitable, in_thread: InThread = _at_once
    ) -> None:
        self._encode = encode
        self._run_awaitable = run_awaitable
        self._in_thread = in_thread
        self._histories: dict[Check, History] = {}

    def observe(
        self, checks: Sequence[Check], timeout_s: float | None = None, deciding: Collection[str] = ()
    ) -> list[Observation]:
        """As `Runner.observe`; `timeout_s` is taken and not held."""
        return [self._observe(check) for check in checks]

    async def aobserve(
        self, checks: Sequence[Check], timeout_s: float | None = None, deciding: Collection[str] = ()
    ) -> list[Observation]:
        """As `Runner.aobserve`."""
        return await self._in_thread(lambda: self.observe(checks, timeout_s))

    def follow(self, checks: Sequence[Check], every_s: float) -> Iterator[list[Observation | None]]:
        """As `Runner.follow`, with an answer more each time."""
        seen: list[Observation | None] = [None for _ in checks]
        yield [*seen]
        for at, check in enumerate(checks):
            seen[at] = self._observe(check)
            yield [*seen]

    def begin(self, checks: Sequence[Check], for_s: float) -> None:
        """Nothing goes on behind the caller's back."""

    def close(self, timeout_s: float = 0.0) -> None:
        """Nothing runs on."""

    def _observe(self, check: Check) -> Observation:
        started = monotonic()
        token = bounds.current.set(bounds.Bounds(started + check.timeout_s, inline=True))
        try:
            found = self._look(check)
        finally:
            bounds.current.reset(token)
        history = self._histories.setdefault(check, History(check))
        seen, _ = history.record(found, at=time(), duration_s=monotonic() - started)
        return seen

    def _look(self, check: Check) -> Finding:
        try:
            returned = check.call()
            if inspect.isawaitable(returned):
                returned = self._run_awaitable(returned)
            return evaluate(check, returned, self._encode)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - Ctrl-C belongs to whoever runs the test
            return raised(check, error)


class InlineQuestion(Generic[T]):
    """A question that is asked when its answer is waited for."""

    def __init__(self, call: Callable[[], T], in_thread: InThread) -> None:
        self._call = call
        self._in_thread = in_thread

    def is_answered(self, within_s: float) -> bool:
        """As `Question.is_answered`; it will be, however long that takes."""
        return True

    async def ais_answered(self, within_s: float) -> bool:
        """As `Question.ais_answered`."""
        return True

    def wait(self) -> T:
        """As `Question.wait`."""
        return self._call()

    async def await_(self) -> T:
        """As `Question.await_`."""
        return await self._in_thread(self._call)


class InlineLane:
    """As `Lane`, in the thread of who asks."""

    def __init__(self, in_thread: InThread = _at_once) -> None:
        self._in_thread = in_thread

    def put(self, call: Callable[[], T], timeout_s: float) -> InlineQuestion[T]:
        """As `Lane.put`; `timeout_s` is taken and not held."""
        return InlineQuestion(call, self._in_thread)

    def close(self) -> None:
        """Nothing runs on."""
