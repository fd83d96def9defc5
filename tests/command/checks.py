"""Providers of the commands' tests."""

from __future__ import annotations

import time
from typing import Any


def well() -> dict[str, Any]:
    return {"one": True, "other": "text"}


def warns() -> dict[str, str]:
    return {"one": "pass", "other": "warn"}


def fails() -> dict[str, Any]:
    return {"one": True, "other": False}


def raises() -> None:
    raise ConnectionError("no route to postgres://app:hunter2@db/shop\nsecond line")


def exits() -> None:
    raise SystemExit(7)


def nothing() -> None:
    return None


def accented() -> dict[str, str]:
    return {"é": "naïve …"}


def long() -> dict[str, str]:
    return {str(number): "x" * 100 for number in range(5000)}


def hangs() -> None:
    time.sleep(600)
