"""Memory that is taken, of what this process may have at most."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..core.observation import Component
from . import arguments
from .forms import batch

GIB = 2**30


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes that are taken and can't be had back, and how many there are."""

    used: int
    limit: int
    whose: str
    """ "container" or "machine"."""


def _names(warn_percent: float | None = 90.0, fail_percent: float | None = 95.0) -> tuple[str, ...]:
    arguments.limits("percent", warn_percent, fail_percent)
    return ("used",)


@batch(_names)
def memory(warn_percent: float | None = 90.0, fail_percent: float | None = 95.0) -> dict[str, Component]:
    """How much memory is taken: of the container whose limit is tightest, or any control group, else the machine's.

    What the kernel would give back does not count: caches of files. Reads a few files of `/proc` and `/sys/fs/cgroup`.
    """
    usage = usage_here()
    percent = round(100 * usage.used / usage.limit, 1)
    state = arguments.limits("percent", warn_percent, fail_percent).judge(percent)
    detail = f"{usage.used / GIB:,.1f} of the {usage.whose}'s {usage.limit / GIB:,.1f} GiB used"
    return {"used": Component(state, percent, "%", detail)}


def usage_here(root: Path = Path("/")) -> Usage:
    """Of this process, by the files below `root`."""
    machine = _machine(root)
    # A limit above what the machine has is none, as is the greatest number that a control group can hold.
    groups = [group for group in _groups(root) if group.limit < machine.limit]
    return max(groups, key=lambda group: group.used / max(group.limit, 1), default=machine)


def _machine(root: Path) -> Usage:
    stated = dict(re.findall(r"^(\w+):\s+(\d+) kB$", (root / "proc/meminfo").read_text(), re.MULTILINE))
    total = int(stated["MemTotal"])
    return Usage(1024 * (total - int(stated["MemAvailable"])), 1024 * total, "machine")


def _groups(root: Path) -> Iterator[Usage]:
    """Each control group that this process is in and that has a limit: version 2 and 1 have files of other names."""
    with suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers:
                yield from _upwards(root / "sys/fs/cgroup", path, "memory.max", "memory.current", "inactive_file")
            elif "memory" in controllers.split(","):
                names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
                yield from _upwards(root / "sys/fs/cgroup/memory", path, *names)


def _upwards(top: Path, path: str, limit: str, current: str, cached: str) -> Iterator[Usage]:
    # In a container the path may be as the host sees it: then its own group is the top one that it sees.
    own = top / path.lstrip("/")
    for group in [own, *own.parents]:
        if not group.is_relative_to(top):
            return
        with suppress(OSError, ValueError):  # ValueError: "max"
            stated = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
            most, taken = (int((group / name).read_text()) for name in (limit, current))
            # As the kubelet counts: what would be given back is not taken.
            yield Usage(max(taken - int(stated.get(cached, 0)), 0), most, "container")
