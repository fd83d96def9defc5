"""Providers as projects of 2.x have them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any


def told(*args: Any, **kwargs: Any) -> dict[str, Any]:
    """What it was called with."""
    return {"args": list(args), **kwargs}


def dated(*args: Any, **kwargs: Any) -> dict[str, Any]:
    return {"at": datetime(2017, 3, 1, 12, 30, tzinfo=timezone.utc), "day": datetime(2017, 3, 1).date()}


def nothing(*args: Any, **kwargs: Any) -> None:
    return None


def raising(*args: Any, **kwargs: Any) -> None:
    raise RuntimeError("the bus has left")


def unserialisable(*args: Any, **kwargs: Any) -> dict[str, Any]:
    return {"here": object()}


def well(*args: Any, **kwargs: Any) -> dict[str, Any]:
    return {"one": True, "other": 7}


def partly(*args: Any, **kwargs: Any) -> dict[str, Any]:
    return {"one": True, "other": False}
