"""`--watch`: one resource, looked at again and again, on the whole of a terminal."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING, TextIO

from ..core.observation import Report
from ..engine import follow
from ..providers.extras import missing
from .keyboard import Keyboard
from .live import awaiting
from .problem import CommandProblem
from .terminal import encodable

if TYPE_CHECKING:
    from rich.live import Live

    from .screen import Screen

TICK_S = 0.2
"""How soon a key is heeded and another size of the terminal is seen."""

_ENDING = ("q", "Q")
_PAGE = 10
_SCROLLING = {
    **dict.fromkeys(("j", "\x1b[B", "\x1bOB"), 1),  # down, as terminals send it in either mode
    **dict.fromkeys(("k", "\x1b[A", "\x1bOA"), -1),
    **dict.fromkeys((" ", "\x1b[6~"), _PAGE),
    **dict.fromkeys(("b", "\x1b[5~"), -_PAGE),
}


def watch(resource: str, names: tuple[str, ...] | None, every_s: float, *, colour: bool, out: TextIO) -> Report:
    """Show the resource, or these providers of it, every so many seconds until q or Ctrl-C; returns the last report.

    KeyboardInterrupt when it ends before there is one; CommandProblem without rich.
    """
    try:
        from rich.console import Console
        from rich.live import Live
    except ImportError as error:
        raise CommandProblem(str(missing("cli", error))) from error
    from .screen import Screen

    console = Console(file=out, color_system="auto" if colour else None, highlight=False)
    view = Screen(resource, lambda text: encodable(text, out))
    with _left_clean(), Keyboard() as keyboard, Live(view, console=console, screen=True, auto_refresh=False) as live:
        return _Watching(resource, names, out, view, live, keyboard).until_ended(every_s)


class _Watching:
    def __init__(
        self,
        resource: str,
        names: tuple[str, ...] | None,
        out: TextIO,
        view: Screen,
        live: Live,
        keyboard: Keyboard,
    ) -> None:
        self._resource = resource
        self._names = names
        self._out = out
        self._view = view
        self._live = live
        self._keyboard = keyboard
        self._whole: Report | None = None

    def until_ended(self, every_s: float) -> Report:
        try:
            while self._looks() and self._waits(monotonic() + every_s):
                pass
        except KeyboardInterrupt:
            pass
        if self._whole is None:
            raise KeyboardInterrupt
        return self._whole

    def _looks(self) -> bool:
        """Look once, with what was seen the last time in sight meanwhile; False when it was ended."""
        started = monotonic()
        for told in follow(self._resource, self._names, every_s=TICK_S):
            if not told.awaited:
                self._whole = told.report
            self._view.report = self._whole or told.report
            self._view.is_partial = self._whole is None
            self._view.awaiting = awaiting(told.awaited, monotonic() - started, self._out) if told.awaited else ""
            self._live.refresh()
            if self._is_ended(0.0):
                return False
        return True

    def _waits(self, until: float) -> bool:
        while (left_s := until - monotonic()) > 0:
            self._view.next_in_s = left_s
            self._live.refresh()
            if self._is_ended(min(left_s, TICK_S)):
                return False
        return True

    def _is_ended(self, within_s: float) -> bool:
        keys = self._keyboard.pressed(within_s)
        self._view.scrolled += sum(_SCROLLING.get(key, 0) for key in keys)
        return any(key in _ENDING for key in keys)


@contextmanager
def _left_clean() -> Iterator[None]:
    """See that the terminal gets its own screen back when the process is told to end, and is not left without it.

    By SIGTERM it ends as by an exit; Ctrl-Z, which would leave the shell on ours, does nothing.
    """
    if current_thread() is not main_thread():  # no other may set them
        yield
        return
    before = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, _end),
        signal.SIGTSTP: signal.signal(signal.SIGTSTP, signal.SIG_IGN),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
