"""Waiting for what another thread does, until a moment of the monotonic clock, in both worlds."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from time import monotonic


def wait_for(done: Future[None], until: float) -> None:
    """Return when it is done, or at that moment."""
    while not done.done() and (left := until - monotonic()) > 0:
        try:
            done.result(left)
        except FutureTimeoutError:
            continue


async def await_for(done: Future[None], until: float) -> None:
    """As `wait_for`, without blocking the event loop."""
    awaited = asyncio.wrap_future(done)
    try:
        while not done.done() and (left := until - monotonic()) > 0:
            await asyncio.wait([awaited], timeout=left)
    finally:
        awaited.cancel()  # ours alone: the other's own future is running and can't be cancelled
