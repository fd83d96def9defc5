"""Keys, each as it is pressed."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import time
import tty
from types import TracebackType

_KEY = re.compile(r"\x1b(?:\[[\d;]*|O)[A-Za-z~]|.", re.DOTALL)
"""A character, or a control sequence as xterm sends one for a key that is none."""


class Keyboard:
    """Standard input where it is a terminal, within the block without echo and without waiting for a line's end.

    Ctrl-C raises as ever. Where it is none, as below `docker exec` without `-i`, no key is ever pressed.
    """

    def __init__(self) -> None:
        self._fd = sys.stdin.fileno() if sys.stdin and sys.stdin.isatty() else None

    def __enter__(self) -> Keyboard:
        if self._fd is not None:
            self._before = termios.tcgetattr(self._fd)
            tty.setcbreak(self._fd)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._fd is not None:
            termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)

    def pressed(self, within_s: float) -> list[str]:
        """The keys pressed, waiting at most so long for one; each is a character, or what stands for it."""
        if self._fd is None:
            time.sleep(within_s)
            return []
        ready, _, _ = select.select([self._fd], [], [], within_s)
        return _KEY.findall(os.read(self._fd, 1024).decode(errors="ignore")) if ready else []
