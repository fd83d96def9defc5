"""Memory that is taken, of what this process may have at most."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..core.observation import Component
from . import arguments
from .forms import batch
from .host import cgroups

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
    percent = 100 * usage.used / usage.limit
    state = arguments.limits("percent", warn_percent, fail_percent).judge(percent)
    detail = f"{usage.used / GIB:,.1f} of the {usage.whose}'s {usage.limit / GIB:,.1f} GiB used"
    return {"used": Component(state, round(percent, 1), "%", detail)}


def usage_here(root: Path = Path("/")) -> Usage:
    """Of this process, by the files below `root`."""
    machine = _machine(root)
    held = cgroups.memory(root)
    # A limit above what the machine has is none.
    if held is None or held.limit_bytes >= machine.limit:
        return machine
    return Usage(held.used_bytes, held.limit_bytes, "container")


def _machine(root: Path) -> Usage:
    stated = dict(re.findall(r"^(\w+):\s+(\d+) kB$", (root / "proc/meminfo").read_text(), re.MULTILINE))
    total = int(stated["MemTotal"])
    return Usage(1024 * (total - int(stated["MemAvailable"])), 1024 * total, "machine")
