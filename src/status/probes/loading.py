"""An application that is loaded in the process that serves, while its probes are answered already."""

from __future__ import annotations

import asyncio

# These two hold a lock of theirs over each fork. Were they first imported by what is loaded right before one, they
# would let go of a lock that they did not take.
import concurrent.futures.thread  # noqa: F401
import logging
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from types import TracebackType
from typing import Generic, TypeVar

from ..core.probe import Kind
from ..runtime import processes  # noqa: F401
from .answer import METHODS, NOT_ALLOWED, NOT_LOADED, OK, STARTING, Answer

logger = logging.getLogger("status")

T = TypeVar("T")


class Loading(Generic[T]):
    """Loads once, in a thread of its own, from the first `begin` on.

    Never at import: a server that forks after that (`gunicorn --preload`) leaves the thread behind, and the import
    locks that it holds stay held. Before such a fork it is loaded at once, as the server means it to be.
    """

    def __init__(self, load: Callable[[], T], probes: Iterable[str]) -> None:
        self._load = load
        self._begun = threading.Lock()
        self._probes = {f"/{path.strip('/')}": Kind.of(path) for path in probes}
        self._over: Future[None] = Future()
        self._over.set_running_or_notify_cancel()  # so that nobody who waits for it can cancel it
        self._error: BaseException | None = None
        self._traceback: TracebackType | None = None
        self.loaded: T | None = None
        """None until it is, and for ever where that failed."""
        if hasattr(os, "register_at_fork"):  # not on Windows
            os.register_at_fork(before=self._load_before_fork, after_in_child=self._give_up_in_child)

    def begin(self) -> None:
        """Have the loading begin if it has not; returns at once."""
        if self._begun.acquire(blocking=False):
            try:
                threading.Thread(target=self._run, name="status-loading", daemon=True).start()
            except BaseException:  # no more threads to be had: the next request tries again
                self._begun.release()
                raise

    def answer(self, method: str, path: str) -> Answer | None:
        """What a probe is told until all is loaded, and where that failed; None for any other path."""
        kind = self._kind(path)
        if kind is None:
            return None
        if method not in METHODS:
            return NOT_ALLOWED
        if self._over.done():
            return None if self._error is None else NOT_LOADED
        return OK if kind is Kind.LIVENESS else STARTING

    def wait(self) -> T:
        """What was loaded, as soon as it is; raises again what the loading raised."""
        self._over.result()
        return self._outcome()

    async def until_loaded(self) -> T:
        """As `wait`, without blocking the event loop."""
        await asyncio.wait([asyncio.wrap_future(self._over)])
        return self._outcome()

    def _outcome(self) -> T:
        if self._error is not None:
            raise self._error.with_traceback(self._traceback)  # as it was: it would grow at every raise
        assert self.loaded is not None  # noqa: S101 - it is over, and did not fail
        return self.loaded

    def _kind(self, path: str) -> Kind | None:
        for probe, kind in self._probes.items():
            if path == probe or path.startswith(f"{probe}/"):
                return kind
        return None

    def _load_before_fork(self) -> None:
        if self._begun.acquire(blocking=False):
            self._run()

    def _give_up_in_child(self) -> None:
        """Where another thread was loading at the fork: it is not there any more, and nobody would ever be done."""
        if self._begun.locked() and not self._over.done():
            self._error = RuntimeError("the process was forked while its application was being loaded")
            self._over = Future()
            self._over.set_result(None)

    def _run(self) -> None:
        try:
            self.loaded = self._load()
        except BaseException as error:  # noqa: BLE001 - SystemExit too: who waits would wait for ever
            self._error, self._traceback = error, error.__traceback__
            from ..core.redaction import log_exception  # its patterns take 10 ms to compile, and this is rare

            log_exception(logger, "the application could not be loaded", error)
        finally:
            self._over.set_result(None)
