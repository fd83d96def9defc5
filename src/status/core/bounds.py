"""What a running check may ask of its run: how long it has left, and to be cut off when that has passed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from time import monotonic

UNBOUNDED_S = 2.0  # what a check called as a plain function, outside a run, may assume


class Bounds:
    """The limits of one run. Times are seconds of the monotonic clock."""

    __slots__ = ("_cuts", "_lock", "deadline", "inline")

    def __init__(self, deadline: float, *, inline: bool = False) -> None:
        self.deadline = deadline
        self.inline = inline
        self._lock = Lock()
        self._cuts: list[Callable[[], object]] = []

    def add(self, cut: Callable[[], object]) -> None:
        """Have `cut` called when the run is overdue."""
        with self._lock:
            self._cuts.append(cut)

    def remove(self, cut: Callable[[], object]) -> None:
        """Not any more: after this it is not called, and no call of it is under way."""
        with self._lock:
            if cut in self._cuts:
                self._cuts.remove(cut)

    def cut(self) -> None:
        """Call what was added, each until it has cut something: one that returns False had nothing to cut yet.

        The lock is held, so that nothing is cut that its check has just closed.
        """
        with self._lock:
            self._cuts = [cut for cut in self._cuts if not _done(cut)]


def _done(cut: Callable[[], object]) -> bool:
    try:
        return cut() is not False
    except Exception:  # noqa: BLE001 - a connection that can't be cut is left to the runner's bounds
        return True


current: ContextVar[Bounds | None] = ContextVar("status_bounds", default=None)


def remaining_s() -> float:
    """Seconds that the running check has left, never below 1 ms (0 means "for ever" to many clients)."""
    bounds = current.get()
    return UNBOUNDED_S if bounds is None else max(bounds.deadline - monotonic(), 0.001)


def is_inline() -> bool:
    """Whether the check runs in its caller's thread, on its caller's connections (`status.testing.inline`)."""
    bounds = current.get()
    return bounds is not None and bounds.inline


@contextmanager
def cut_off(cut: Callable[[], object]) -> Iterator[None]:
    """While the block runs, `cut` is called once if the run becomes overdue.

    It is called in another thread and must not block: it shuts a socket down, so that the blocked call returns.
    """
    bounds = current.get()
    if bounds is None:
        yield
        return
    bounds.add(cut)
    try:
        yield
    finally:
        bounds.remove(cut)
