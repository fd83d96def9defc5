"""Waiting for a condition, never for luck."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

INTERVAL_S = 0.01


def wait_until(condition: Callable[[], T], timeout_s: float = 5.0, message: str | Callable[[], str] = "") -> T:
    """Poll `condition` until it is true and return what it returned.

    Raises AssertionError with `message` (text, or a function asked only then) past the deadline.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        if result := condition():
            return result
        if time.monotonic() >= deadline:
            text = message() if callable(message) else message
            raise AssertionError(f"not within {timeout_s:g} s: {text or condition}")
        time.sleep(INTERVAL_S)
