"""Waiting for what other threads do, until a moment of the monotonic clock, in both worlds."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures import TimeoutError as FutureTimeoutError
from time import monotonic


def wait_for(done: Future[None], until: float) -> None:
    """Return when it is done, or at that moment."""
    while not done.done() and (left := until - monotonic()) > 0:
        try:
            done.result(left)
        except FutureTimeoutError:
            continue


def wait_for_any(done: Collection[Future[None]], until: float) -> None:
    """Return when one of them is done, or at that moment; perhaps a little earlier."""
    wait(done, max(until - monotonic(), 0.0), FIRST_COMPLETED)


async def await_for(done: Future[None], until: float) -> None:
    """As `wait_for`, without blocking the event loop."""
    if done.done() or until <= monotonic():
        return  # without leaving with it whom to tell
    awaited = asyncio.wrap_future(done)
    try:
        while not done.done() and (left := until - monotonic()) > 0:
            await asyncio.wait([awaited], timeout=left)
    finally:
        awaited.cancel()  # ours alone: the other's own future is running and can't be cancelled
