"""Which of its server's workers this process is, by the living processes of the site."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ...runtime.folder import Unusable
from ...runtime.processes import Process, alive
from .server import FORKING, Server

NOT_REGISTERED = (
    "needs the probes' middleware or wrapper, and with --preload a first probe: this process is not registered"
)


def numbered(server: Server | None, folder: Path) -> dict[str, object]:
    """`worker` of `workers`, the oldest first, and `processes`, all of the site on this host.

    Why it can't be told is in `unavailable`.
    """
    try:
        processes = alive(folder)
    except Unusable as problem:
        return {**_own_count(server), "unavailable": f"needs STATUS_RUNTIME_DIR: {problem}"}
    told: dict[str, object] = {**_own_count(server), "processes": len(processes)}
    if server is None or told.get("worker") is not None:
        return told
    if all(process.pid != os.getpid() for process in processes):
        return {**told, "unavailable": NOT_REGISTERED}
    siblings = _siblings(processes, _parent) if _has_master(server) else [os.getpid()]
    return {**told, "worker": siblings.index(os.getpid()) + 1, "workers": len(siblings)}


def _own_count(server: Server | None) -> dict[str, object]:
    if server is None:
        return {}
    told = {"worker": server.worker, "workers": server.workers}
    return {name: number for name, number in told.items() if number is not None}


def _has_master(server: Server) -> bool:
    """Whether this process was started by its server, and not by a shell: then its parent's children are workers."""
    if server.name in FORKING:
        return True
    multiprocessing = sys.modules.get("multiprocessing.process")  # uvicorn, hypercorn and granian start workers by it
    return multiprocessing is not None and multiprocessing.parent_process() is not None


def _siblings(processes: Sequence[Process], parent: Callable[[int], int | None]) -> list[int]:
    """This process and those with the same parent, the oldest first."""
    own = os.getppid()
    return [process.pid for process in processes if process.pid == os.getpid() or parent(process.pid) == own]


def _parent(pid: int) -> int | None:
    try:
        # proc(5): the name, which may hold anything, is in parentheses; state and parent follow it.
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return _parent_by_psutil(pid)


def _parent_by_psutil(pid: int) -> int | None:
    """Where there is no /proc, as on macOS."""
    try:
        import psutil

        return psutil.Process(pid).ppid()
    except Exception:  # noqa: BLE001 - not installed, or no such process
        return None
