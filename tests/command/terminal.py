"""A terminal, with a process on it: what a person there sees, and what they press."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pyte

from tests.command.running import PATIENCE_S, environment

T = TypeVar("T")


class Terminal:
    """Read until something is seen on it, never for a time."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self._ours, self._theirs = pty.openpty()
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.told = b""
        """All that was written to it."""
        self.resize(columns, rows)

    def start(self, folder: Path, *command: str, stdin: Any = None, **variables: str) -> None:
        """Python with these arguments, in this folder; the terminal is its controlling one."""
        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=folder,
            env=environment(**{"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **variables}),
            stdin=self._theirs if stdin is None else stdin,
            stdout=self._theirs,
            stderr=self._theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(1, termios.TIOCSCTTY, 0),
        )

    @property
    def lines(self) -> list[str]:
        """What stands on it, without the empty end."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip().split("\n")

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def until(self, seen: Callable[[], T], message: str = "") -> T:
        """Read until it is true; returns what it returned."""
        deadline = time.monotonic() + PATIENCE_S
        while not (found := seen()):
            if not self._read(deadline) or time.monotonic() >= deadline:
                raise AssertionError(f"not seen: {message or seen}\n{self.text}")
        return found

    def until_shown(self, text: str) -> None:
        self.until(lambda: text in self.text, text)

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def ended(self) -> int:
        """The exit code, when all that was written has been read."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            self._read(min(time.monotonic() + 0.05, deadline))
            assert time.monotonic() < deadline, f"it has not ended\n{self.text}"
        while self._read(time.monotonic()):
            pass
        return self.process.returncode

    def echoes(self) -> bool:
        """Whether what is typed is shown, and handed on by the line, as a shell expects it."""
        modes = termios.tcgetattr(self._theirs)[3]
        return bool(modes & termios.ECHO and modes & termios.ICANON)

    def close(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)
        os.close(self._ours)
        os.close(self._theirs)

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], max(deadline - time.monotonic(), 0))
        if ready:
            more = os.read(self._ours, 65536)
            self.told += more
            self._stream.feed(more)
        return bool(ready)


@contextmanager
def terminal(columns: int = 80, rows: int = 24) -> Iterator[Terminal]:
    """A terminal of this size; its process ends with the block."""
    it = Terminal(columns, rows)
    try:
        yield it
    finally:
        it.close()
