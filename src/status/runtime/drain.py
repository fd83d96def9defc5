"""Draining: for some time this site's processes on this host say that they want no new traffic.

The file `drain` in the folder says so, and its time of modification is the moment at which the drain ends. Thus one
look tells a process everything, nothing is ever half written, and a drain that was forgotten ends by itself.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from .folder import Unusable, private, reason, user

if TYPE_CHECKING:
    from pathlib import Path

NAME = "drain"
LONGEST_S = 86_400.0
"""Nobody can ask for more than a day: what ends later was made by a clock that was wrong."""
LOOK_EVERY_S = 0.2
"""So long a process goes on by its last look: a system call lets go of the GIL, dear where many threads wait for it."""


def begin(folder: Path, for_s: float) -> float:
    """Drain from now on; returns the moment of its end, in seconds since the epoch. The last one said counts.

    Unusable when the folder can't be used or written to; it is not made.
    """
    until_s = time.time() + for_s
    new = private(folder) / f".{NAME}-{os.getpid()}-{os.urandom(4).hex()}"
    ends = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(until_s))
    try:
        # Never what is there already, be it a link; and shown only when it is whole.
        with open(new, "x", opener=_private, encoding="utf-8") as file:
            file.write(f"draining until {ends}, says {user(os.geteuid())} (process {os.getpid()})\n")
        os.utime(new, (until_s, until_s))
        new.replace(folder / NAME)
    except OSError as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise Unusable(f"{folder}: can't be written to: {reason(error)}") from error
    return until_s


def end(folder: Path) -> bool:
    """Drain no longer; returns whether there was a drain. Unusable when the folder can't be used or written to."""
    draining = until(private(folder)) > 0
    try:
        (folder / NAME).unlink(missing_ok=True)
    except OSError as error:
        raise Unusable(f"{folder}: can't be written to: {reason(error)}") from error
    return draining


def until(folder: str | Path) -> float:
    """When the drain in force ends, in seconds since the epoch; 0 when there is none. For every readiness probe."""
    try:
        found = os.lstat(f"{folder}/{NAME}")
    except (OSError, ValueError):
        return 0.0
    ends = found.st_mtime
    if 0 < ends - time.time() <= LONGEST_S and stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
        return ends
    return 0.0


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
