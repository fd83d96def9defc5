"""Room on a file system."""

from __future__ import annotations

import shutil

from ..core.observation import Component
from ..core.states import State
from .forms import batch


def _names(path: str = ".", *_percentages: float, **_by_name: float) -> tuple[str, ...]:
    return (path,)


@batch(_names, names_are_details=True)  # paths tell how the machine is set up
def disk(path: str = ".", warn_percent: float = 90.0, fail_percent: float = 95.0) -> dict[str, Component]:
    """How full the file system of `path` is; warns and fails from these percentages on.

    One system call; nothing is written.
    """
    usage = shutil.disk_usage(path)
    # As df counts: what is reserved for root is nobody's to use.
    percent = 100 * usage.used / ((usage.used + usage.free) or 1)
    state = State.FAIL if percent >= fail_percent else State.WARN if percent >= warn_percent else State.PASS
    detail = f"{usage.used / 2**30:,.1f} of {(usage.used + usage.free) / 2**30:,.1f} GiB used"
    return {path: Component(state, round(percent, 1), "%", detail)}
