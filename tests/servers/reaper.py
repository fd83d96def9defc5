"""Ends the servers of a test process that died without a word: SIGKILL, or a time limit in CI.

A small process beside the tests that is told of each server and its directory. When the pipe from the tests closes,
whatever the reason, it ends and removes what is left.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import psutil

from tests.waiting import wait_until


def watch(directory: Path, pid: int | None = None, parting_signal: signal.Signals = signal.SIGKILL) -> None:
    """From now on `directory`, and the process with all its children, are not to outlive this process."""
    # The creation time tells the process from a later one that was given the same pid.
    created = pid and psutil.Process(pid).create_time()
    _tell({"directory": str(directory), "pid": pid, "created": created, "signal": parting_signal})


def forget(directory: Path) -> None:
    """All that was watched with `directory` is gone already."""
    _tell({"directory": str(directory), "forget": True})


def _tell(note: dict[str, object]) -> None:
    print(json.dumps(note), file=_reaper().stdin, flush=True)


@cache
def _reaper() -> subprocess.Popen[str]:
    """The one of this process, started when there is something to tell it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.reaper"],
        stdin=subprocess.PIPE,
        text=True,
        # Else what ends the tests (Ctrl-C, `timeout`) would end the reaper with them.
        start_new_session=True,
        cwd=Path(__file__).parents[2],
    )
    atexit.register(_let_go, process, os.getpid())
    return process


def _let_go(process: subprocess.Popen[str], owner: int) -> None:
    # A forked child of the tests runs this too: the reaper is not its to wait for.
    if os.getpid() == owner:
        process.communicate()


def is_gone(process: psutil.Process) -> bool:
    """Whether the process is over, be it that nobody has buried it: an orphan's new parent may take its time."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _main() -> None:
    left: dict[str, list[dict[str, Any]]] = {}
    for line in sys.stdin:
        note = json.loads(line)
        if note.get("forget"):
            left.pop(note["directory"], None)
        else:
            left.setdefault(note["directory"], []).append(note)
    for directory, notes in left.items():
        for note in notes:
            with suppress(psutil.NoSuchProcess):
                if note["pid"]:
                    _see_off(psutil.Process(note["pid"]), note["created"], note["signal"])
        shutil.rmtree(directory, ignore_errors=True)


def _see_off(process: psutil.Process, created: float, parting_signal: int) -> None:
    # Reckoned from the time of boot, which moves a little when the clock is set.
    if abs(process.create_time() - created) > 2:
        return
    family = [process, *process.children(recursive=True)]
    for member in family:
        with suppress(psutil.NoSuchProcess):
            member.resume()
    process.send_signal(parting_signal)
    with suppress(AssertionError):
        wait_until(lambda: all(is_gone(member) for member in family), timeout_s=2)
        return
    for member in family:
        with suppress(psutil.NoSuchProcess):
            member.kill()


if __name__ == "__main__":
    _main()
