"""What the site looks at; each counts how often it ran."""

from __future__ import annotations

from collections import Counter
from typing import Any

from status import Component, State
from tests.hostile.site import DETAIL, PASSWORD

runs: Counter[str] = Counter()


def well() -> dict[str, bool]:
    runs["well"] += 1
    return {"one": True, "two": True}


def odd() -> dict[str, Component]:
    runs["odd"] += 1
    return {"<b>\u202e": Component(State.FAIL, DETAIL, detail=f"{DETAIL} password={PASSWORD}")}


def valued() -> dict[str, str]:
    runs["valued"] += 1
    return {"host": DETAIL}


def measured() -> dict[str, Any]:
    runs["measured"] += 1
    return {"queue": DETAIL, "password": PASSWORD, "url": f"https://app:{PASSWORD}@db.example/x"}


def raises() -> None:
    runs["raises"] += 1
    raise ConnectionError(f"{DETAIL}: no route to postgres://app:{PASSWORD}@db.example/shop")
