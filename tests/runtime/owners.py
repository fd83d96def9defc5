"""Users other than the one that runs the tests, be that root or not."""

from __future__ import annotations

import os
import pwd
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def not_root(*owned: Path) -> Iterator[None]:
    """Within it this process is no root, whom no permission stops; `owned` belongs to it, and so can be entered."""
    if os.geteuid():
        yield
        return
    nobody = pwd.getpwnam("nobody").pw_uid
    for path in owned:
        os.chown(path, nobody, -1)
    os.seteuid(nobody)
    try:
        yield
    finally:
        os.seteuid(0)
