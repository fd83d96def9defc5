"""Heartbeats: the processes that serve no requests say that they live.

Each has a file in `heartbeats/`, and the file's time of modification is the moment until which its owner counts as
alive. So who looks needs neither the settings nor a word from the owner, and the file of one that has died, or hangs,
runs out by itself.
"""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

from .folder import Unusable, private, reason

if TYPE_CHECKING:
    from pathlib import Path

SUBFOLDER = "heartbeats"

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._-")
"""What stands for itself in a file's name. What needs quoting is not left to urllib, whose import takes longer."""


def beat(folder: str | Path, kind: str, name: str, for_s: float) -> None:
    """The process of this kind and name counts as alive for so long from now on; the folder is made when missing.

    Unusable when the folder can't be used or written to.
    """
    path = file_of(private(folder, create=True), kind, name)
    files = private(os.path.dirname(path), create=True)  # noqa: PTH120 - see `folder`: no pathlib at a probe
    until_s = time.time() + for_s
    try:
        try:
            os.utime(path, (until_s, until_s), follow_symlinks=False)
        except FileNotFoundError:
            _make(files, path, until_s)
    except OSError as error:
        raise Unusable(f"{folder}: can't be written to: {reason(error)}") from error


def remove(folder: str | Path, kind: str, name: str) -> None:
    """The process has ended as it should. Unusable when the folder can't be used or written to."""
    try:
        os.unlink(file_of(private(folder), kind, name))  # noqa: PTH108
    except FileNotFoundError:
        pass
    except OSError as error:
        raise Unusable(f"{folder}: can't be written to: {reason(error)}") from error


def read(folder: str | Path, kind: str) -> dict[str, float]:
    """Name → the moment (seconds since the epoch) until which it counts as alive, also when that is over.

    Unusable when the folder can't be used.
    """
    return {name: until for name, (until, _) in read_written(folder, kind).items()}


def read_written(folder: str | Path, kind: str) -> dict[str, tuple[float, float]]:
    """As `read`, and beside it the moment of the last heartbeat: setting a file's time changes its status."""
    found: dict[str, tuple[float, float]] = {}
    try:
        with os.scandir(f"{private(folder)}/{SUBFOLDER}") as entries:
            for entry in entries:
                name = _unquoted(entry.name[len(kind) + 1 :]) if entry.name.startswith(f"{kind}-") else None
                if name is None:
                    continue
                looked_at = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(looked_at.st_mode) and looked_at.st_uid == os.geteuid():
                    found[name] = looked_at.st_mtime, looked_at.st_ctime
    except FileNotFoundError:  # nobody has beaten yet, or one ended just now
        pass
    except (OSError, ValueError) as error:
        raise Unusable(f"{folder}: can't be read: {reason(error)}") from error
    return dict(sorted(found.items()))


def file_of(folder: str | Path, kind: str, name: str) -> str:
    """Where the heartbeat is kept."""
    quoted = "".join(chr(byte) if chr(byte) in _PLAIN else f"%{byte:02X}" for byte in os.fsencode(name))
    return f"{folder}/{SUBFOLDER}/{kind}-{quoted}"


def _make(files: str, path: str, until_s: float) -> None:
    # Seen only with its time: till then it would be one that has run out.
    new = f"{files}/.{os.getpid()}-{os.urandom(4).hex()}"
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        os.utime(new, (until_s, until_s))
        os.rename(new, path)  # noqa: PTH104
    except OSError:
        os.unlink(new)  # noqa: PTH108
        raise


def _unquoted(text: str) -> str | None:
    """The name; None where `file_of` did not quote it: whatever else is there is no heartbeat."""
    first, *rest = text.split("%")
    try:
        return os.fsdecode(first.encode() + b"".join(bytes.fromhex(part[:2]) + part[2:].encode() for part in rest))
    except ValueError:
        return None
