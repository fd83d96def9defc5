"""Providers of the commands' tests."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from status import Component, State


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


def waits(path: str) -> bool:
    """Until there is such a file."""
    while not Path(path).exists():
        time.sleep(0.01)
    return True


def is_there(path: str) -> bool:
    return Path(path).exists()


def many() -> dict[str, int]:
    return {f"value{number}": number for number in range(100)}


def hostile() -> dict[str, Any]:
    return {"[red]\x1b[31mname": Component(State.FAIL, 1, detail="[bold]\x1b]0;title\x07 \x9b31m 日本語")}
