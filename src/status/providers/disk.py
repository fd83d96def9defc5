"""Room on file systems."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.observation import Component
from ..core.states import worst
from ..reading import type_of
from . import arguments
from .arguments import Limits
from .forms import each

GIB = 2**30


@dataclass(frozen=True, slots=True)
class _Wanted:
    paths: tuple[str, ...]
    filled: Limits
    free: Limits


def _read(
    path: str | Path | None = None,
    warn_percent: float | None = 90.0,
    fail_percent: float | None = 95.0,
    *,
    paths: Sequence[str | Path] | None = None,
    warn_free_bytes: float | None = None,
    fail_free_bytes: float | None = None,
) -> _Wanted:
    filled = arguments.limits("percent", warn_percent, fail_percent)
    free = arguments.limits("free_bytes", warn_free_bytes, fail_free_bytes, falling=True)
    if path is not None and paths is not None:
        raise ValueError("disk takes either a path or paths")
    named = [path or "."] if paths is None else paths
    if isinstance(named, (str, bytes)) or not isinstance(named, Iterable):
        raise ValueError(f"paths is a list of texts, not a {type_of(named)}")
    read = arguments.some("paths", tuple(arguments.path("paths", each_) for each_ in named))
    return _Wanted(read, filled, free)


@each(lambda wanted: wanted.paths, read=_read, names_are_details=True)  # paths tell how the machine is set up
def disk(name: str, wanted: _Wanted) -> Component:
    """How full the file system of `path` is, or of each of `paths`; "." where none is given.

    It warns and fails from these percentages on, of its room and of its inodes, and when no more bytes than these are
    free. One system call a path; nothing is written.
    """
    found = os.statvfs(name)
    taken, left = found.f_blocks - found.f_bfree, found.f_bavail
    percent = _percent(taken, left)
    # Some, as Btrfs, make inodes as they are needed: they have none.
    inodes = _percent(found.f_files - found.f_ffree, found.f_favail) if found.f_files else 0.0
    left_bytes = left * found.f_frsize
    state = worst([wanted.filled.judge(percent), wanted.filled.judge(inodes), wanted.free.judge(left_bytes)])
    used = taken * found.f_frsize
    detail = f"{used / GIB:,.1f} of {(used + left_bytes) / GIB:,.1f} GiB used"
    if found.f_files:
        detail += f", {inodes:.1f} % of its inodes"
    return Component(state, round(percent, 1), "%", detail)


def _percent(taken: int, left: int) -> float:
    """As df counts: what is reserved for root is nobody's to use."""
    return 100 * taken / ((taken + left) or 1)
