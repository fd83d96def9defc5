"""Running a check's coroutine in the check's own thread, so that one that blocks hurts only itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext

from .bounds import remaining_s
from .threads import DaemonExecutor, ThreadScope

AsyncScope = Callable[[], AbstractAsyncContextManager[object]]


def run_awaitable(
    awaitable: Awaitable[object], thread_scope: ThreadScope = nullcontext, async_scope: AsyncScope = nullcontext
) -> object:
    """Await it on a loop of its own, cancelled at the run's deadline; returns its result.

    It is not over before the threads are that it handed work to: else each run could leave some behind.
    """
    loop = asyncio.new_event_loop()
    executor = DaemonExecutor(scope=thread_scope)
    loop.set_default_executor(executor)
    try:
        return loop.run_until_complete(_within(awaitable, async_scope))
    finally:
        try:
            _cancel_rest(loop)
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(executor.finished())
        finally:
            loop.close()


async def _within(awaitable: Awaitable[object], async_scope: AsyncScope) -> object:
    async with async_scope():
        return await asyncio.wait_for(awaitable, remaining_s())


def _cancel_rest(loop: asyncio.AbstractEventLoop) -> None:
    """Tasks that the coroutine started and left: as `asyncio.run` does."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
