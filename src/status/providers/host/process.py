"""This very process: memory, threads, open files, age, garbage collection."""

from __future__ import annotations

import gc
import os
import threading
import time
from contextlib import suppress
from typing import Any

from ..moments import moment


def figures(psutil: Any) -> dict[str, object]:
    """What psutil says of this process; without it, None, what Python itself knows."""
    told: dict[str, object] = {"pid": os.getpid()}
    if psutil is not None:
        process = psutil.Process()
        with process.oneshot():
            memory, cpu = process.memory_info(), process.cpu_times()
            told |= {
                "started_at": moment(process.create_time()),
                "uptime_s": round(max(time.time() - process.create_time(), 0.0), 1),
                "rss_bytes": memory.rss,
                "cpu_used_s": round(cpu.user + cpu.system, 2),
                "threads": process.num_threads(),
                "open_files": _open_files(process),
            }
    return {**told, "python_threads": threading.active_count(), "garbage": _garbage()}


def _open_files(process: Any) -> dict[str, object]:
    """Descriptors, sockets among them, against the limit from which on accept() and open() fail."""
    if not hasattr(process, "num_fds"):  # Windows
        return {}
    used, limit = process.num_fds(), _limit_of_files()
    return {"open": used, "limit": limit, "used_ratio": round(used / limit, 4) if limit else None}


def _limit_of_files() -> int | None:
    with suppress(ImportError, OSError, ValueError):
        import resource

        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        return None if soft == resource.RLIM_INFINITY else soft
    return None


def _garbage() -> dict[str, object]:
    """By generation, the youngest first."""
    stats = gc.get_stats()
    return {
        "enabled": gc.isenabled(),
        "collections": [each["collections"] for each in stats],
        "collected": [each["collected"] for each in stats],
        "uncollectable": sum(each["uncollectable"] for each in stats),
        "waiting": list(gc.get_count()),
        "frozen": gc.get_freeze_count(),
    }
