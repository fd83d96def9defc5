"""Threads that nobody waits for: neither those who start them nor the process's exit."""

from __future__ import annotations

import _thread
import asyncio
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from contextvars import Context, copy_context
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

ThreadScope = Callable[[], AbstractContextManager[object]]

_Job = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...], dict[str, Any]]


def start_daemon(target: Callable[[], object], name: str, context: Context | None = None) -> None:
    """Run `target` in a daemon thread, in this context or an empty one; RuntimeError when no thread can be had.

    It does not wait for the thread to begin, as `Thread.start` does: that is a hand-over of the GIL, on a busy process
    30 ms a thread, which a report of many checks would add up.
    """
    _thread.start_new_thread(_run, (target, name, Context() if context is None else context))


def _run(target: Callable[[], object], name: str, context: Context) -> None:  # pragma: no cover - begins untraced
    # What `Thread` does for its own: so debuggers, profilers and coverage see these threads, too.
    if trace := threading.gettrace():
        sys.settrace(trace)
    if profile := threading.getprofile():
        sys.setprofile(profile)
    threading.current_thread().name = name  # asked for, it is made
    try:
        context.run(target)
    finally:
        threading._active.pop(threading.get_ident(), None)  # type: ignore[attr-defined] # before 3.13 it would stay


class DaemonExecutor(ThreadPoolExecutor):
    """An executor of at most `max_workers` daemon threads, each within `scope` for its whole life.

    A `ThreadPoolExecutor` by type alone: asyncio takes no other as a loop's default. Its own threads are joined at the
    interpreter's exit, so that one blocked call would hold a deploy up for ever; these are not.
    """

    def __init__(self, max_workers: int = 8, scope: ThreadScope = nullcontext) -> None:
        super().__init__(max_workers)
        self._limit = max_workers
        self._scope = scope
        self._context = copy_context()  # with the bounds of the run that it belongs to
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._guard = threading.Lock()
        self._alive = 0
        self._idle = 0
        self._open = True
        self._over: Future[None] = Future()
        self._over.set_running_or_notify_cancel()  # so that nobody who waits for it can cancel it

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """As `Executor.submit`; RuntimeError when it was shut down, or no thread can be had."""
        future: Future[T] = Future()
        with self._guard:
            if not self._open:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if self._idle:
                self._idle -= 1
            elif self._alive < self._limit:
                start_daemon(self._work, "status-check-helper", self._context.copy())
                self._alive += 1
            self._jobs.put((future, fn, args, kwargs))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work; with `wait`, return when all that was submitted is done."""
        with self._guard:
            if self._open:
                self._open = False
                for _ in range(self._alive):
                    self._jobs.put(None)
                if not self._alive:
                    self._over.set_result(None)
        if wait:
            self._over.result()

    async def finished(self) -> None:
        """As `shutdown`, with the event loop going on meanwhile: what was submitted may need it to come to its end."""
        self.shutdown(wait=False)
        await asyncio.wrap_future(self._over)

    def _work(self) -> None:
        try:
            with self._scope():
                while (job := self._jobs.get()) is not None:
                    _do(*job)
                    del job
                    with self._guard:
                        self._idle += 1
        finally:
            with self._guard:
                self._alive -= 1
                if not self._open and not self._alive:
                    self._over.set_result(None)


def _do(future: Future[Any], function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    if future.set_running_or_notify_cancel():
        try:
            future.set_result(function(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - told by whoever awaits it, as any executor does
            future.set_exception(error)
