"""The last changes of state: of all processes of this host, or of this one alone where their file can't be read."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

from .. import conf
from ..engine import Asked, engine
from ..recent.entry import HOUR_S, Turn
from .past import PATIENCE_S

MOST = 100

Changes: TypeAlias = "Sequence[tuple[str, Turn]]"
"""What of (by its key in `status.recent`), and the change; the newest first."""
IsWanted: TypeAlias = "Callable[[str], bool]"
"""Whether the changes of what has this key are asked for."""


def ask(is_wanted: IsWanted) -> Asked[Changes]:
    """Begin to read the last hour's; returns at once."""
    return engine().reading.put(partial(read, conf.current().runtime_dir, is_wanted), PATIENCE_S)


def told(asked: Asked[Changes], is_wanted: IsWanted) -> Changes:
    """What was read, else what this process has seen itself."""
    try:
        read = asked.wait()
    except Exception:  # noqa: BLE001 - no file is worth a feed; why it can't be used stands in the pages' footer
        return _own(is_wanted)
    return _whole(read, is_wanted)


async def atold(asked: Asked[Changes], is_wanted: IsWanted) -> Changes:
    """As `told`, without blocking the event loop."""
    try:
        read = await asked.await_()
    except Exception:  # noqa: BLE001 - as above
        return _own(is_wanted)
    return _whole(read, is_wanted)


def read(folder: Path, is_wanted: IsWanted) -> Changes:
    """Where the feed has them from, in a thread that may take its time: what remembers for longer is to be read here.

    OSError, sqlite3.Error or Unusable when it can't be.
    """
    from ..recent.store import Store  # SQLite's import is for the thread that needs it

    return Store(folder).changes(time.time() - HOUR_S, is_wanted, MOST)


def _whole(read: Changes, is_wanted: IsWanted) -> Changes:
    # What can be read and not written to is a story that has come to an end.
    return _own(is_wanted) if engine().recorder.problem else read


def _own(is_wanted: IsWanted) -> Changes:
    return engine().recorder.turns.latest(time.time() - HOUR_S, is_wanted, MOST)
