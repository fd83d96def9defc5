"""Which processes of this site read the folder.

Each keeps a lock on a file of its own in `processes/`, and the system takes the lock away with the process, however
that ends: so the dead are told from the living without a guess by the process id, which another container counts anew.
The file's name begins with the process id, its time of modification is when the process came, and its text is what
the process serves.

What POSIX record locks are like decides the rest of this module:
- A child born by fork has none of its parent's.
- A process loses its lock as soon as it closes any descriptor of that file, so none opens its own a second time.
- Whoever asks for a shared lock is refused by the file's owner alone, not by others who ask. And as no name is used
  twice, two that find the same file of a dead process may both remove it.
"""

from __future__ import annotations

import os
import re
import stat
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from .folder import Unusable, private, reason

if TYPE_CHECKING:
    from collections.abc import Iterator

with suppress(ImportError):  # Windows has no locks of this kind; `private` says there that the folder can't be used
    import fcntl

SUBFOLDER = "processes"
SWEPT_AT_ONCE = 500
"""How many files a process looks at when it registers: a start must be quick, and there will be more starts."""
NEWBORN_S = 60.0
"""A hidden file is about to be locked and shown; one as old as this was left by a process that died at it."""
MAX_BYTES = 200

_NAME = re.compile(r"\.?([0-9]{1,10})-[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Process:
    """A living process of the site."""

    pid: int
    """As the process itself has it; in another container it is not the one by which others see it."""
    serves: str
    since: float
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class _Held:
    """The file that this process holds in a folder."""

    path: Path
    descriptor: int
    identity: tuple[int, int]
    process: Process


_lock = threading.RLock()
_held: dict[Path, _Held] = {}
"""By folder."""


def register(folder: Path, serves: str) -> None:
    """Tell that this process reads the folder, until the process ends; the folder is made when it is missing.

    `serves` says in a few words what the process is. A second time changes nothing, unless the file has gone or the
    process may use the folder no longer. A child born by fork is not registered. Unusable when the folder can't be used
    or written to; then this process is not registered there.
    """
    folder = folder.absolute()  # a daemon changes its directory
    with _lock:
        try:
            files = private(private(folder, create=True) / SUBFOLDER, create=True)
        except Unusable:  # as after a change of user
            _release(folder)
            raise
        if (held := _held.get(folder)) and _is_locked(held):
            return
        _release(folder)
        with _told(folder):
            _held[folder] = _hold(files, serves)
        with suppress(OSError):  # others' litter; there will be more starts
            for path in islice(_files(files), SWEPT_AT_ONCE):
                _living(path)


def unregister(folder: Path) -> None:
    """This process reads the folder no longer. Nothing happens when it was not registered."""
    folder = folder.absolute()
    with _lock:
        if held := _held.get(folder):
            with suppress(OSError):
                held.path.unlink()
            _release(folder)


def alive(folder: Path) -> list[Process]:
    """The living processes that read the folder, the oldest first; what the dead have left is removed.

    Unusable when the folder can't be used.
    """
    files = private(folder) / SUBFOLDER
    if not os.path.lexists(files):
        return []
    private(files)
    with _lock, _told(folder):
        living = [process for path in _files(files) if (process := _living(path))]
    return sorted(living, key=lambda process: (process.since, process.pid))


def _hold(files: Path, serves: str) -> _Held:
    """Make the file: hidden until it is written and locked, since what is seen and not locked is a dead process's."""
    pid, text = os.getpid(), _one_line(serves)
    path = files / f"{pid}-{os.urandom(8).hex()}"
    hidden = path.with_name(f".{path.name}")
    # With the sticky bit systemd-tmpfiles leaves the file alone, however long the server has been running.
    descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o1600)
    try:
        os.write(descriptor, text.encode())
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        hidden.rename(path)
        made = os.fstat(descriptor)
    except OSError:
        with suppress(OSError):
            hidden.unlink()
        os.close(descriptor)
        raise
    return _Held(path, descriptor, _identity(made), Process(pid, text, made.st_mtime))


def _files(files: Path) -> Iterator[Path]:
    """Those of processes, whatever else is there."""
    return (path for path in files.iterdir() if _NAME.fullmatch(path.name))


def _living(path: Path) -> Process | None:
    """The file's process when it lives; else the file is removed."""
    try:
        found = path.lstat()
        for held in _held.values():
            if held.identity == _identity(found):
                return held.process
        newborn = path.name.startswith(".") and time.time() - found.st_mtime < NEWBORN_S
        if newborn or not stat.S_ISREG(found.st_mode):
            return None
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:  # removed by another
        return None
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # held; POSIX allows EAGAIN and EACCES
        pid = path.name.lstrip(".").partition("-")[0]
        return Process(int(pid), _one_line(os.read(descriptor, MAX_BYTES).decode(errors="replace")), found.st_mtime)
    else:
        path.unlink(missing_ok=True)
        return None
    finally:
        os.close(descriptor)


def _release(folder: Path) -> None:
    held = _held.pop(folder, None)
    if held and _is_open(held):
        os.close(held.descriptor)


def _is_locked(held: _Held) -> bool:
    """Whether its file is still there, and open: a daemon closes all that it finds open."""
    try:
        return _identity(held.path.lstat()) == held.identity and _is_open(held)
    except OSError:
        return False


def _is_open(held: _Held) -> bool:
    """Whether its descriptor is still that file's, and not another's that came to the same number."""
    try:
        return _identity(os.fstat(held.descriptor)) == held.identity
    except OSError:
        return False


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _one_line(text: str) -> str:
    line = "".join(each if each.isprintable() else "?" for each in " ".join(text.split()))
    return line.encode()[:MAX_BYTES].decode(errors="ignore")


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unusable(f"{folder}: can't be used: {reason(error)}") from error


def _born_by_fork() -> None:
    """In the child, whose parent holds the locks still. It registers when it turns out to serve."""
    try:
        for folder in list(_held):
            _release(folder)
    finally:
        _lock.release()


if hasattr(os, "register_at_fork"):
    # No fork while a thread is at it: the child would find the lock taken for ever.
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_born_by_fork)
