"""Telling what was seen without anyone waiting for it: one daemon thread and a bounded queue."""

from __future__ import annotations

import logging
from collections.abc import Callable
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Generic, TypeVar

logger = logging.getLogger("status")

CAPACITY = 10_000

T = TypeVar("T")


class Teller(Generic[T]):
    """Hands things to a listener in its own thread, in order; when the queue is full they are dropped and counted."""

    def __init__(self, listener: Callable[[T], object], capacity: int = CAPACITY) -> None:
        self._listener = listener
        self._capacity = capacity
        self.reset()

    def reset(self) -> None:
        """Begin anew, as after a fork: the thread is not there any more, and a lock may be held for ever."""
        self._lock = Lock()
        self._queue: SimpleQueue[T | Event] = SimpleQueue()
        self._thread: Thread | None = None
        self._dropped = 0

    def tell(self, thing: T) -> None:
        """Queue it; returns at once."""
        if self._queue.qsize() >= self._capacity:
            self._dropped += 1
            return
        self._queue.put(thing)
        if self._thread is None:
            self._start()

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until all that was queued before has been told; False when that took longer."""
        done = Event()
        self._queue.put(done)
        self._start()
        return done.wait(timeout_s)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                thread = Thread(target=self._serve, name="status-telling", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # no more threads on this machine: what is queued waits for the next try
                    return
                self._thread = thread

    def _serve(self) -> None:
        queue = self._queue
        while True:
            thing = queue.get()
            if isinstance(thing, Event):
                thing.set()
                continue
            try:
                self._listener(thing)
            except Exception:
                logger.exception("a listener of django-status raised")
            if self._dropped and queue.empty():
                dropped, self._dropped = self._dropped, 0
                logger.warning("%d observations were not told: the listeners are too slow", dropped)
