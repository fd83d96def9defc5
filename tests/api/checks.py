"""Providers that do to their callers what providers should not."""

from __future__ import annotations

import sys
import threading
from typing import Any

SECRET = "hunter2"

released = threading.Event()
"""Set when a test is over: what hangs goes on."""


def hangs() -> bool:
    released.wait(60)
    return True


def raises() -> None:
    raise ValueError(f"no route to postgres://app:{SECRET}@db/shop\nsecond line")


def exits() -> None:
    sys.exit(3)


def interrupts() -> None:
    raise KeyboardInterrupt


def recurses() -> Any:
    return recurses()


def huge() -> str:
    return "x" * 50_000_000


def huge_mapping() -> dict[str, str]:
    return {str(number): "x" * 1000 for number in range(50_000)}


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text for you")


def unspeakable() -> None:
    raise Unspeakable


def unserialisable() -> dict[str, Any]:
    return {"socket": {"here": object()}}


def unequal() -> Any:
    return Awkward()


class Awkward:
    """Neither its truth nor its text can be had."""

    def __bool__(self) -> bool:
        raise RuntimeError("neither true nor false")

    def __repr__(self) -> str:
        raise RuntimeError("no text for me")


def measured() -> dict[str, Any]:
    return {"queue": 5, "lost": 0, "password": SECRET}


def fails() -> dict[str, str]:
    return {"one": "pass", "other": "fail"}


def warns() -> dict[str, str]:
    return {"one": "pass", "other": "warn"}


def nothing() -> None:
    return None


def scripts() -> dict[str, bool]:
    return {"/srv/média": True, "注文": True, "\N{FIRE}": True}
