"""Real processes of a site that read its folder."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PROGRAM = """
import os, sys, time
from pathlib import Path
from status.runtime import processes
folder = Path(sys.argv[1])
processes.register(folder, sys.argv[2])
print("registered", flush=True)
for line in sys.stdin:
    exec(line)
    print("done", flush=True)
"""


class Serving:
    """A process that has registered and does what it is told."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        self._popen = popen
        self.pid = popen.pid

    def do(self, code: str) -> None:
        """Run Python in it, and wait until that is done."""
        self._say(f"exec({code!r})\n")
        assert self._hear() == "done", f"{code} failed"

    def ask(self, expression: str) -> str:
        """What it prints for the expression."""
        self._say(f"print({expression}, flush=True)\n")
        answer = self._hear()
        assert self._hear() == "done", f"{expression} failed"
        return answer

    def end(self) -> None:
        """Have it end by itself."""
        stdin = self._popen.stdin
        assert stdin
        stdin.close()
        assert self._popen.wait(30) == 0

    def kill(self) -> None:
        """End it as the kernel does when memory runs out."""
        self._popen.kill()
        self._popen.wait(30)

    def _say(self, text: str) -> None:
        stdin = self._popen.stdin
        assert stdin
        stdin.write(text)
        stdin.flush()

    def _hear(self) -> str:
        stdout = self._popen.stdout
        assert stdout
        return stdout.readline().rstrip("\n")


class StartServing(Protocol):
    def __call__(self, folder: Path, serves: str = "gunicorn: worker") -> Serving: ...


@contextmanager
def start_serving() -> Iterator[StartServing]:
    """A function that starts such processes; they end with the context."""
    with ExitStack() as stack:

        def start(folder: Path, serves: str = "gunicorn: worker") -> Serving:
            popen = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(folder), serves],
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src")},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                # A group of its own, so that its children end with it.
                start_new_session=True,
            )
            stack.callback(_end, popen)
            serving = Serving(popen)
            assert serving._hear() == "registered"
            return serving

        yield start


def _end(popen: subprocess.Popen[str]) -> None:
    for stream in (popen.stdin, popen.stdout):
        if stream:
            stream.close()
    popen.kill()
    popen.wait(30)
