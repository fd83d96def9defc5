"""A heartbeat of Celery's workers and of beat, which `python -m status.ask worker` and `ask beat` judge.

A thread in the worker's main process writes it, for as long as there is proof that the thread which takes the messages
goes round: so one that is blocked runs out as one that was stopped does. Waiting for the broker is no fault of the
worker's, and restarting it would help nobody: that it lives through.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any

from .providers.extras import missing

try:
    from celery import bootsteps, signals
    from celery.concurrency.solo import TaskPool as SoloPool
    from celery.utils.nodenames import gethostname, nodename
    from celery.worker import state
    from celery.worker.components import Pool
except ImportError as error:
    raise missing("celery", error) from error

from . import conf
from .providers.celery.stamping import stamp_messages as stamp_messages  # for the project's celery.py
from .runtime import heartbeat
from .runtime.folder import Unusable

EVERY_S = 5.0
"""Between two heartbeats: often enough for several in VALID_S, seldom enough to cost nothing."""
VALID_S = 30.0
"""How long one counts: three turns of Celery's event loop at its idlest, which waits for up to ten seconds."""
BROKER_PATIENCE_S = 1000.0
"""How long one call to the broker may take. Linux gives up on a peer that acknowledges nothing after 15.4 minutes: what
waits longer waits on a connection that is dead without a word, and then a restart does help."""
RETRY_S = 30.0
"""How long kombu rests, at most, between two attempts to connect. With gevent that may hold up all threads: kombu's
`sleep` is the real one where Celery's start has loaded it before gevent took over."""

_CALL_CONSUMERS = ("receive", "_receive_callback")
"""Methods of `kombu.messaging.Consumer`."""

logger = logging.getLogger("status")


def install_heartbeat(app: Any, *, every_s: float = EVERY_S, valid_s: float = VALID_S) -> None:
    """Have the workers of this Celery application, and its beat, write a heartbeat. For the project's `celery.py`.

    Every `every_s` seconds, and what is written counts for `valid_s`; a longer one forgives more and tells later.
    ValueError when two heartbeats would not fit into that. They are in the site's STATUS_RUNTIME_DIR; where that can't
    be used, a warning is logged, and nothing else changes.
    """
    if not 0 < every_s <= valid_s / 2:
        raise ValueError(f"valid_s ({valid_s:g}) must be at least twice every_s ({every_s:g}), which is more than 0")

    class Heartbeat(_Heartbeat):
        interval_s, counts_s = every_s, valid_s

    def watch_beat(sender: Any, **kwargs: object) -> None:
        if sender.app == app:
            _watch_beat(sender, every_s, valid_s)

    steps = app.steps["worker"]
    steps.difference_update([step for step in steps if isinstance(step, type) and issubclass(step, _Heartbeat)])
    steps.add(Heartbeat)
    receiver = f"status.celery:{id(app)}"  # a second call takes the first one's place
    signals.beat_init.disconnect(dispatch_uid=receiver)
    signals.beat_init.connect(watch_beat, weak=False, dispatch_uid=receiver)


class _Watchdog:
    """Writes a heartbeat from a thread of its own, while the thread that started it proves that it lives.

    A child born by fork has no such thread: so it never beats.
    """

    def __init__(self, kind: str, name: str, every_s: float, valid_s: float) -> None:
        self.kind = kind
        self.name = name
        self.busy: Callable[[], bool] = bool
        """Whether the watched thread is held up by what it is there for."""
        self.call_soon: Callable[[Callable[[], None]], object] | None = None
        """Where the watched thread has no timer of its own: has it call a function when it next comes round."""
        self.held_up_s = 0.0
        """How long the watched thread may hold up this one, too, while it tries to connect."""
        self._every_s = every_s
        self._valid_s = valid_s
        self._folder = Path()
        self._owner = os.getpid()
        self._thread: threading.Thread | None = None
        self._watched: Callable[[], FrameType | None] = lambda: None
        self._proven_at = self._alive_until = 0.0
        self._asked = False
        self._warned = False
        self._over = threading.Event()

    def start(self) -> None:
        """Watch the thread that calls this."""
        try:
            self._folder = conf.current().runtime_dir.absolute()  # a daemon changes its directory
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the settings, the worker works
            from .core.redaction import describe

            self._warn("no heartbeat of %s: the settings can't be read: %s", self.name, describe(error))
            return
        self._watched = _what_this_thread_does()
        self.prove()
        self._thread = threading.Thread(target=self._watch, name="status:heartbeat", daemon=True)
        self._thread.start()
        atexit.register(self.end)

    def prove(self, rests_s: float = 0.0) -> None:
        """The watched thread lives; next it may rest for so long."""
        self._asked = False
        self._proven_at = monotonic()
        self._alive_until = self._proven_at + rests_s + self._valid_s

    def end(self) -> bool:
        """The process ends as it should: take the heartbeat away. False when there is none, as in a forked child."""
        if self._thread is None or os.getpid() != self._owner:
            return False
        self._over.set()
        # It is in a wait, or else in a call to a disk that hangs, which must not hang the exit.
        self._thread.join(1.0)
        self._thread = None
        atexit.unregister(self.end)
        self.remove(self.kind, self.name)
        return True

    def remove(self, kind: str, name: str) -> None:
        """Take that heartbeat out of the folder."""
        try:
            heartbeat.remove(self._folder, kind, name)
        except Unusable as problem:
            self._warn("the heartbeat of %s can't be removed: %s", name, str(problem))

    def _watch(self) -> None:
        while not self._over.is_set():
            self._look()
            self._over.wait(self._every_s)

    def _look(self) -> None:
        frame = _nearest(self._watched())
        if self.busy() or _retries(frame):
            self.prove()
        elif self.call_soon and not self._asked:
            self._asked = True
            self.call_soon(self.prove)
        now = monotonic()
        left_s = self._alive_until - now
        if _is_kombus(frame) and now < self._proven_at + BROKER_PATIENCE_S:
            left_s = max(left_s, self._valid_s + (self.held_up_s if _connects(frame) else 0.0))
        if left_s > 0:
            self._write(left_s)

    def _write(self, for_s: float) -> None:
        try:
            heartbeat.beat(self._folder, self.kind, self.name, for_s)
            self._warned = False
        except Unusable as problem:
            if not self._warned:
                self._warn("no heartbeat of %s: %s", self.name, str(problem))
            self._warned = True

    def _warn(self, message: str, name: str, reason: str) -> None:
        from .core.redaction import one_line, redact_text  # its patterns take 10 ms to compile, and this is rare

        logger.warning(message, one_line(redact_text(name)), one_line(redact_text(reason)))


class _Heartbeat(bootsteps.StartStopStep):
    """The worker's part that is called when it starts, when its event loop does, and when it closes."""

    requires = (Pool,)  # which forks its children first: there is no thread yet
    interval_s = EVERY_S
    counts_s = VALID_S

    def start(self, worker: Any) -> None:
        self._timer: Any = None
        self._closing = False
        self._watchdog = _Watchdog("worker", worker.hostname, self.interval_s, self.counts_s)
        # With these the tasks themselves, or those who wait for a free place, are in the way of the messages.
        in_the_way = not worker.use_eventloop or isinstance(worker.pool, SoloPool)
        self._watchdog.busy = lambda: self._closing or (in_the_way and len(state.active_requests) > 0)
        if not worker.use_eventloop:
            self._watchdog.call_soon = worker.consumer.call_soon
        if worker.pool.is_green:
            self._watchdog.held_up_s = RETRY_S
        self._watchdog.start()
        # After all else has ended: a warm shutdown may wait long for the last tasks, and is well all the while. A cold
        # one sends no signal, and leaves it to `atexit`.
        signals.worker_shutdown.connect(self._end, sender=worker, weak=False)

    def register_with_event_loop(self, worker: Any, hub: Any) -> None:
        """Called again with each connection; whether the timer of the last one still runs depends on the version."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = hub.call_repeatedly(self.interval_s, self._watchdog.prove)

    def close(self, worker: Any) -> None:
        self._closing = True

    def stop(self, worker: Any) -> None:
        """Not yet: see `start`."""

    def terminate(self, worker: Any) -> None:
        """Not yet: see `start`."""

    def _end(self, sender: Any, **kwargs: object) -> None:
        if self._watchdog.end() and sender.beat:  # embedded, which is ended by a signal that leaves it no time
            self._watchdog.remove("beat", _name_of_beat())


def _watch_beat(service: Any, every_s: float, valid_s: float) -> None:
    watchdog = _Watchdog("beat", _name_of_beat(), every_s, valid_s)
    scheduler = service.scheduler
    tick = scheduler.tick

    def proving_tick(*args: Any, **kwargs: Any) -> Any:
        rests_s = tick(*args, **kwargs)
        watchdog.prove(rests_s or 0.0)
        return rests_s

    scheduler.tick = proving_tick
    watchdog.start()


def _name_of_beat() -> str:
    return str(nodename("celerybeat", gethostname()))


def _what_this_thread_does() -> Callable[[], FrameType | None]:
    """A function that returns the innermost frame of the thread which calls this, or of the greenlet."""
    thread = threading.get_ident()
    greenlet = sys.modules.get("greenlet")
    current = greenlet and greenlet.getcurrent()
    # With gevent the identifier is one of gevent's own, and no thread's.
    return lambda: sys._current_frames().get(thread) or getattr(current, "gr_frame", None)


def _nearest(frame: FrameType | None) -> FrameType | None:
    """The innermost frame that is Celery's or kombu's: which of the two says what is being waited for.

    The project's code is called by Celery, and what talks to the broker by kombu, whatever library it does it with.
    """
    while frame is not None and _module(frame).partition(".")[0] not in ("celery", "kombu"):
        frame = frame.f_back
    return frame


def _is_kombus(frame: FrameType | None) -> bool:
    """Whether the broker is being waited for: not where kombu itself calls the project's code, as its loop does."""
    if frame is None or not _module(frame).startswith("kombu."):
        return False
    return not _module(frame).startswith("kombu.asynchronous.") and frame.f_code.co_name not in _CALL_CONSUMERS


def _retries(frame: FrameType | None) -> bool:
    """Whether it is between two attempts to connect, so that one has just ended."""
    return frame is not None and _module(frame).startswith("kombu.") and frame.f_code.co_name == "retry_over_time"


def _connects(frame: FrameType | None) -> bool:
    """Whether it is between two attempts, or at one."""
    while frame is not None and not _retries(frame):
        frame = frame.f_back
    return frame is not None


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))
