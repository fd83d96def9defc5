"""For a project's own tests.

A check runs in a thread of its own, on a connection of its own: it sees what is committed, so not what a `TestCase`
has written in its transaction, nor what a test patches for its own thread alone. `inline()` brings it into the test,
and so the reading of who is logged in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from asgiref.sync import async_to_sync, sync_to_async

from .core.inline import InlineLane, InlineRunner
from .engine import encode, engine

T = TypeVar("T")


@contextmanager
def inline() -> Iterator[None]:
    """Within it checks run in the caller's thread, on the caller's connections, and no answer is reused.

    Also a decorator. No deadline is held: a check that hangs hangs the test. Nothing is logged, and no signal sent.
    """
    process = engine()
    before = process.runner, process.lane, process.reading
    process.runner = InlineRunner(encode=encode, run_awaitable=async_to_sync(_awaited), in_thread=_in_thread)
    process.lane = process.reading = InlineLane(_in_thread)
    try:
        yield
    finally:
        process.runner, process.lane, process.reading = before


def flush(timeout_s: float = 5.0) -> bool:
    """Wait until every change of state so far has been logged and sent; False when that took longer.

    Signals come from the telling thread: a test that expects one asks for this first.
    """
    return engine().teller.flush(timeout_s)


async def _awaited(awaitable: Awaitable[object]) -> object:
    return await awaitable


async def _in_thread(call: Callable[[], T]) -> T:
    return await sync_to_async(call, thread_sensitive=True)()
