"""Telling what was seen without anyone waiting for it: one daemon thread and a bounded queue."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Lock
from time import monotonic
from typing import Generic, TypeVar

from .threads import start_daemon

logger = logging.getLogger("status")

CAPACITY = 10_000
ROUND_S = 5.0
"""Between two rounds."""

T_contra = TypeVar("T_contra", contravariant=True)


class Teller(Generic[T_contra]):
    """Hands things to a listener in its own thread, in order; when the queue is full they are dropped and counted.

    `rounds`, where it is given, is called in that thread every `round_s` seconds from the first thing told on.
    """

    def __init__(
        self,
        listener: Callable[[T_contra], object],
        capacity: int = CAPACITY,
        rounds: Callable[[], object] | None = None,
        round_s: float = ROUND_S,
    ) -> None:
        self._listener = listener
        self._capacity = capacity
        self._rounds = rounds
        self._round_s = round_s
        self.reset()

    def reset(self) -> None:
        """Begin anew, as after a fork: the thread is not there any more, and a lock may be held for ever."""
        self._lock = Lock()
        self._queue: SimpleQueue[T_contra | Event] = SimpleQueue()
        self._running = False
        self._dropped = 0

    def tell(self, thing: T_contra) -> None:
        """Queue it; returns at once."""
        if self._queue.qsize() >= self._capacity:
            self._dropped += 1
            return
        self._queue.put(thing)
        if not self._running:
            self._start()

    @property
    def is_running(self) -> bool:
        """Whether its thread was started: not before there is anything to tell."""
        return self._running

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until all that was queued before has been told; False when that took longer."""
        done = Event()
        self._queue.put(done)
        self._start()
        return done.wait(timeout_s)

    def _start(self) -> None:
        with self._lock:
            if not self._running:
                with suppress(RuntimeError):  # no more threads to be had: what is queued waits for the next try
                    start_daemon(self._serve, "status-telling")
                    self._running = True

    def _serve(self) -> None:
        queue = self._queue
        due = monotonic() + self._round_s
        while True:
            if self._rounds is not None and monotonic() >= due:
                self._call(self._rounds)
                due = monotonic() + self._round_s
            try:
                thing = queue.get(timeout=None if self._rounds is None else max(due - monotonic(), 0.0))
            except Empty:
                continue
            if isinstance(thing, Event):
                thing.set()
                continue
            self._call(partial(self._listener, thing))
            if self._dropped and queue.empty():
                dropped, self._dropped = self._dropped, 0
                logger.warning("%d observations were not told: the listeners are too slow", dropped)

    def _call(self, listener: Callable[[], object]) -> None:
        try:
            listener()
        except BaseException as error:  # noqa: BLE001 - SystemExit too: else nothing would be told any more
            from .redaction import log_exception  # its patterns take 10 ms to compile, and this is rare

            log_exception(logger, "a listener of django-status raised", error)
