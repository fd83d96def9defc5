"""Providers for the tests of metrics."""

from __future__ import annotations

import threading
from typing import Any

from status import Component, batch

released = threading.Event()
"""What hangs goes on."""


def raises() -> None:
    raise ValueError("no route to postgres://app:hunter2@db/shop")


def hangs() -> bool:
    released.wait(60)
    return True


def measured() -> dict[str, Any]:
    return {
        "disk": Component("warn", 83.5, "%", "nearly full"),  # type: ignore[arg-type] # as projects write it
        "queue": Component("pass", 12, "messages"),  # type: ignore[arg-type]
        "answer": Component("pass", 250, "ms"),  # type: ignore[arg-type]
        "left": Component("fail", 2, "days"),  # type: ignore[arg-type]
        "unmeasured": Component("pass", "fine", "words"),  # type: ignore[arg-type]
        "odd": Component("pass", True, "flags"),  # type: ignore[arg-type]
    }


def numbers() -> dict[str, Any]:
    """Nobody declared what of this is a metric."""
    return {"connections": {"total": 5}, "size_bytes": 7}


@batch(["mail@web-1", "mail@web-2"], names_are_details=True)
def workers() -> dict[str, bool]:
    return {"mail@web-1": True}


def many() -> dict[str, int]:
    return {str(number): 1 for number in range(2_500)}
