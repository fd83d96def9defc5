"""CPU, load, memory and disk as this process may use them: the container's where it has a limit, else the machine's."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from ..shares import ratio
from . import cgroups
from .usage import Reading, Readings

_readings = Readings()


def cpu(psutil: Any, root: Path = Path("/")) -> dict[str, object]:
    """Processors, how many may be used, and how many were in use since the last look, `over_s` ago."""
    processors = os.cpu_count() or 1
    limit = cgroups.cpu(root)
    usable = _usable(processors)
    told: dict[str, object] = {"processors": processors, "usable": usable}
    if limit is not None and limit.used_s is not None and limit.limit < usable:
        bound = round(limit.limit, 3)
        now = Reading("container", time.monotonic(), limit.used_s, limit.periods or 0, limit.throttled or 0)
    elif psutil is not None:
        bound = float(processors)
        now = Reading("machine", time.monotonic(), _busy_s(psutil))
    else:
        return told
    span = _readings.since_last(now)
    return {
        **told,
        "of": now.of,
        "limit": bound,
        "used": None if span is None else round(span.used, 3),
        "used_ratio": None if span is None else ratio(span.used, bound),
        "over_s": None if span is None else round(span.over_s, 1),
        **({"throttled_ratio": span and span.throttled_ratio} if now.of == "container" else {}),
    }


def load() -> dict[str, object]:
    """Processes that run or wait, on average; of the machine, as the kernel has none of a container."""
    if not hasattr(os, "getloadavg"):  # Windows
        return {}
    one, five, fifteen = os.getloadavg()
    return {"one_minute": round(one, 2), "five_minutes": round(five, 2), "fifteen_minutes": round(fifteen, 2)}


def memory(psutil: Any, root: Path = Path("/")) -> dict[str, object]:
    machine = None if psutil is None else psutil.virtual_memory()
    limit = cgroups.memory(root)
    if limit is not None and (machine is None or limit.limit_bytes < machine.total):
        return {
            "of": "container",
            "used_bytes": limit.used_bytes,
            "limit_bytes": limit.limit_bytes,
            "used_ratio": ratio(limit.used_bytes, limit.limit_bytes),
            "available_bytes": max(limit.limit_bytes - limit.used_bytes, 0),
            "killed_for_memory": limit.kills,
        }
    if machine is None:
        return {}
    return {
        "of": "machine",
        "used_bytes": machine.total - machine.available,
        "limit_bytes": machine.total,
        "used_ratio": ratio(machine.total - machine.available, machine.total),
        "available_bytes": machine.available,
    }


def swap(psutil: Any) -> dict[str, object]:
    """The machine's; empty where it has none."""
    if psutil is None:
        return {}
    found = psutil.swap_memory()
    if not found.total:
        return {}
    return {"used_bytes": found.used, "limit_bytes": found.total, "used_ratio": ratio(found.used, found.total)}


def disk(path: str | os.PathLike[str]) -> dict[str, object]:
    """Of the file system that holds the path, as df counts: what is reserved for root is nobody's to use."""
    found = os.statvfs(path)
    used, free = (found.f_blocks - found.f_bfree) * found.f_frsize, found.f_bavail * found.f_frsize
    told: dict[str, object] = {
        "path": os.fspath(path),
        "used_bytes": used,
        "limit_bytes": used + free,
        "used_ratio": ratio(used, used + free),
        "free_bytes": free,
    }
    if found.f_files:  # not of file systems that make inodes as they need them
        taken = found.f_files - found.f_ffree
        told["inodes"] = {"used": taken, "limit": found.f_files, "used_ratio": ratio(taken, found.f_files)}
    return told


def _usable(processors: int) -> int:
    """Less than all where this process is bound to some of them."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return processors


def _busy_s(psutil: Any) -> float:
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    # A guest's time is in the user's, too.
    counted = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return float(counted - idle)
