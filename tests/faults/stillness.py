"""What a site's own processes tell of themselves: when one of them stood still for another reason than its work.

A full garbage collection of a site's heap takes a tenth of a second on a small machine, wherever it falls; and a
process that is ready to run may have to wait for a processor that others share. Neither is the doing of what is
tested, and neither shows in the server beside the site, which has no heap to speak of and next to nothing to do.
"""

from __future__ import annotations

import gc
import os
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Tell = Callable[[str, float], None]

TOLD_S = 0.025
"""Shorter ones, two of them in a row, are within what the tests allow."""
PERIOD_S = 0.01
_TOLD_IN = Path(tempfile.gettempdir(), f"status-tests-stillness-{os.getpid()}")

SETTINGS = f"""
from tests.faults import stillness
stillness.watch({str(_TOLD_IN)!r})
"""
"""Lines for a site whose processes are to tell."""


def told() -> list[str]:
    """All that has been told so far to these tests, a line each time."""
    try:
        return _TOLD_IN.read_text().splitlines()
    except FileNotFoundError:
        return []


def forget() -> None:
    """At the end."""
    with suppress(FileNotFoundError):
        _TOLD_IN.unlink()


def watch(path: str) -> None:
    """In a process of the site, and in each that it forks: tell it there from now on."""

    def tell(what: str, lasted_s: float) -> None:
        with Path(path).open("a") as file:  # a short line is appended as a whole
            file.write(f"{what} {lasted_s * 1000:.0f} ms in {os.getpid()}\n")

    _watch_collections(tell)
    _watch_scheduling(tell)
    os.register_at_fork(after_in_child=lambda: _watch_scheduling(tell))


def _watch_collections(tell: Tell) -> None:
    begun = 0.0

    def note(phase: str, _info: object) -> None:
        nonlocal begun
        if phase == "start":
            begun = time.monotonic()
        elif time.monotonic() - begun > TOLD_S:
            tell("collected garbage for", time.monotonic() - begun)

    gc.callbacks.append(note)


def _watch_scheduling(tell: Tell) -> None:
    def go_on() -> None:
        while True:
            begun, computed_s = time.monotonic(), time.process_time()
            time.sleep(PERIOD_S)
            late_s = time.monotonic() - begun - PERIOD_S
            # Had it computed all the while, a thread of its own kept the others from running: that is its own fault.
            if late_s > TOLD_S and time.process_time() - computed_s < late_s / 2:
                tell("waited for a processor for", late_s)

    threading.Thread(target=go_on, name="tests-stillness", daemon=True).start()
