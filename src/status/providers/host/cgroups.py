"""The limits that the kernel holds this process to, and what has been used of them: cgroups of version 1 and 2.

Pure functions of a root path, below which `proc` and `sys` are as in a running system. A process is held to the limit
of its own cgroup and of every one above it; within a container those above its mount can't be seen, and the container's
own is the first. Files: docs.kernel.org/admin-guide/cgroup-v1 and cgroup-v2.html.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

NO_LIMIT_V1 = 2**60
"""Version 1 writes the largest number of pages for "no limit"."""
DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Memory:
    """Of the cgroup that has the least room left, in bytes."""

    limit_bytes: int
    used_bytes: int
    """Less what the kernel gives back first, the inactive pages of files: as kubelets and Docker count."""
    kills: int | None
    """How many processes were killed for want of memory."""


@dataclass(frozen=True, slots=True)
class Cpu:
    """Of the cgroup with the lowest limit."""

    limit: float
    """Processors, as 1.5."""
    used_s: float | None
    """Seconds of processors since it was made."""
    periods: int | None
    throttled: int | None
    """Of these periods, those at whose end it had to wait."""


@dataclass(frozen=True, slots=True)
class _Mount:
    """Where a hierarchy is mounted, and which of its cgroups is seen there."""

    folder: Path
    seen: str


def memory(root: Path = Path("/")) -> Memory | None:
    """The memory limit that binds this process, None where none does."""
    found = [*_memory_v2(root), *_memory_v1(root)]
    return max(found, key=lambda each: each.used_bytes / each.limit_bytes, default=None)


def cpu(root: Path = Path("/")) -> Cpu | None:
    """The limit of processors that binds this process, None where none does."""
    return min([*_cpu_v2(root), *_cpu_v1(root)], key=lambda each: each.limit, default=None)


def _memory_v2(root: Path) -> Iterator[Memory]:
    for folder in _folders(root, ""):
        limit, used = _number(folder / "memory.max"), _number(folder / "memory.current")
        if limit and used is not None:
            reclaimable = _pairs(folder / "memory.stat").get("inactive_file", 0)
            kills = _pairs(folder / "memory.events").get("oom_kill")
            yield Memory(limit, max(used - reclaimable, 0), kills)


def _memory_v1(root: Path) -> Iterator[Memory]:
    for folder in _folders(root, "memory"):
        limit, used = _number(folder / "memory.limit_in_bytes"), _number(folder / "memory.usage_in_bytes")
        if limit and limit < NO_LIMIT_V1 and used is not None:
            reclaimable = _pairs(folder / "memory.stat").get("total_inactive_file", 0)
            kills = _pairs(folder / "memory.oom_control").get("oom_kill")
            yield Memory(limit, max(used - reclaimable, 0), kills)


def _cpu_v2(root: Path) -> Iterator[Cpu]:
    for folder in _folders(root, ""):
        quota, _, period = _text(folder / "cpu.max").partition(" ")
        if quota.isdigit() and period.isdigit() and int(period):
            stat = _pairs(folder / "cpu.stat")
            used_us = stat.get("usage_usec")
            used_s = None if used_us is None else used_us / 1e6
            yield Cpu(int(quota) / int(period), used_s, stat.get("nr_periods"), stat.get("nr_throttled"))


def _cpu_v1(root: Path) -> Iterator[Cpu]:
    accounts = dict(zip(_names(root, "cpu"), _folders(root, "cpuacct"), strict=False))
    for name, folder in zip(_names(root, "cpu"), _folders(root, "cpu"), strict=False):
        quota, period = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
        if quota and quota > 0 and period:
            # Often the same folder; where it is another, of the same cgroup.
            account = folder if (folder / "cpuacct.usage").exists() else accounts.get(name)
            used_ns = _number(account / "cpuacct.usage") if account else None
            stat = _pairs(folder / "cpu.stat")
            used_s = None if used_ns is None else used_ns / 1e9
            yield Cpu(quota / period, used_s, stat.get("nr_periods"), stat.get("nr_throttled"))


def _folders(root: Path, controller: str) -> Iterator[Path]:
    """The folders of this process's cgroup and of those above it, as far as they are seen; "" stands for version 2."""
    for mount in _mounts(root, controller):
        for name in _names(root, controller):
            yield _below(mount, name)
        return


def _names(root: Path, controller: str) -> Iterator[str]:
    """The paths of this process's cgroup and of those above it."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controller in controllers.split(",") and (controller or number == "0"):
            parts = [part for part in path.split("/") if part][:DEEPEST]
            yield from ("/" + "/".join(parts[:depth]) for depth in range(len(parts), -1, -1))
            return


def _below(mount: _Mount, name: str) -> Path:
    """The folder of a cgroup; the mount's own for one that lies outside of what is seen."""
    relative = os.path.relpath(name, mount.seen)
    return mount.folder if relative.startswith("..") else mount.folder / relative


def _mounts(root: Path, controller: str) -> Iterator[_Mount]:
    """As proc(5) has them, "mountinfo": seven fields or more, a hyphen, type, source and options."""
    for line in _text(root / "proc/self/mountinfo").splitlines():
        fields, _, rest = line.partition(" - ")
        kind, _, options = rest.partition(" ")
        wanted = kind == "cgroup" and controller in re.split("[ ,]", options) if controller else kind == "cgroup2"
        parts = fields.split(" ")
        if wanted and len(parts) >= 5:
            seen, point = (re.sub(r"\\([0-7]{3})", lambda each: chr(int(each[1], 8)), part) for part in parts[3:5])
            yield _Mount(root / point.lstrip("/"), seen)


def _text(path: Path) -> str:
    with suppress(OSError, ValueError):
        return path.read_text(encoding="utf-8", errors="replace").strip()
    return ""


def _number(path: Path) -> int | None:
    """None where there is none, as in "max"."""
    with suppress(ValueError):
        return int(_text(path))
    return None


def _pairs(path: Path) -> dict[str, int]:
    found = {}
    for line in _text(path).splitlines():
        name, _, number = line.partition(" ")
        with suppress(ValueError):
            found[name] = int(number)
    return found
