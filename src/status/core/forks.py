"""What a child born by fork must forget: threads are gone, and a lock may be held by one of them for ever."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Forgetful(Protocol):
    """What holds locks, or waits for threads."""

    def reset(self) -> None:
        """Begin anew."""


_things: WeakSet[Forgetful] = WeakSet()


def forget_after_fork(thing: Forgetful) -> None:
    """Have it reset in every child of this process, for as long as it is there."""
    _things.add(thing)


def _reset_all() -> None:
    for thing in list(_things):
        thing.reset()


os.register_at_fork(after_in_child=_reset_all)
