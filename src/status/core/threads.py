"""Threads that never delay the process's exit, for what an async check hands to an executor."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

ThreadScope = Callable[[], AbstractContextManager[object]]

_Job = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class DaemonExecutor(ThreadPoolExecutor):
    """An executor of at most `max_workers` daemon threads, each within `scope` for its whole life.

    A `ThreadPoolExecutor` by type alone: asyncio takes no other as a loop's default. Its own threads are joined at the
    interpreter's exit, so that one blocked call would hold a deploy up for ever; these are not.
    """

    def __init__(self, max_workers: int = 8, scope: ThreadScope = nullcontext) -> None:
        super().__init__(max_workers)
        self._limit = max_workers
        self._scope = scope
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._started: list[Thread] = []
        self._open = True
        self._idle = 0
        self._context = copy_context()  # with the bounds of the run that it belongs to
        self._guard = Lock()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """As `Executor.submit`; RuntimeError when it was shut down."""
        future: Future[T] = Future()
        with self._guard:
            if not self._open:
                raise RuntimeError("cannot schedule new futures after shutdown")
            self._jobs.put((future, fn, args, kwargs))
            if self._idle:
                self._idle -= 1
            elif len(self._started) < self._limit:
                thread = Thread(
                    target=self._context.copy().run, args=(self._work,), name="status-check-helper", daemon=True
                )
                self._started.append(thread)
                thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work; with `wait`, return when all that was submitted is done."""
        with self._guard:
            if self._open:
                self._open = False
                for _ in self._started:
                    self._jobs.put(None)
        if wait:
            for thread in self._started:
                thread.join()

    def _work(self) -> None:
        with self._scope():
            while (job := self._jobs.get()) is not None:
                future, function, args, kwargs = job
                if future.set_running_or_notify_cancel():
                    try:
                        future.set_result(function(*args, **kwargs))
                    except BaseException as error:  # noqa: BLE001 - told by whoever awaits it, as any executor does
                        future.set_exception(error)
                del job, future, function, args, kwargs
                with self._guard:
                    self._idle += 1
