"""Providers that pass, warn, fail, hang and return what no page expects."""

from __future__ import annotations

import time

from status import Component, State, batch, each

LONG = "x" * 10_000
DEEPEST = 62


def passing() -> dict[str, object]:
    return {"pong": True}


def warning() -> dict[str, object]:
    return {"shop.example": Component(State.WARN, 11, "days", "warns below 14")}


def failing() -> object:
    raise ConnectionError("refused by db.internal")


def measured() -> dict[str, object]:
    return {"queue": Component(State.FAIL, 41_270, "messages", "more than 10,000 messages wait in the queue now")}


@each(["default", "replica"])
def databases(name: str) -> str:
    if name == "replica":
        raise ConnectionError("the replica is lost")
    return "SELECT 1"


@batch(["mail@w2", "web@w1"])
def workers() -> dict[str, bool]:
    return {"web@w1": True}


@batch(["10.0.0.7", "10.0.0.8"], names_are_details=True)
def hosts() -> dict[str, bool]:
    return {"10.0.0.7": True}


def hanging() -> None:
    time.sleep(1)


def nothing() -> dict[str, object]:
    return {}


def nasty() -> dict[str, object]:
    return {
        "<script>alert(1)</script>": "<img src=x onerror=alert(1)>",
        '" onmouseover="alert(1)': "'><b>",
        "{{ settings.SECRET_KEY }}{% now 'Y' %}": "{{ settings.SECRET_KEY }}",
        LONG: LONG,
        "\u202eevil \u05e9\u05dc\u05d5\u05dd": "\u202eevil",
        "👩‍👩‍👧‍👦": "🚒",
        "nul\x00": "a\x00b",
        "": "",
        "number": float("nan"),
    }


def unbounded() -> dict[str, float]:
    return {"a number": float("nan"), "greatest": float("inf"), "least": float("-inf")}


def nested() -> object:
    value: object = "the bottom"
    for level in range(DEEPEST, 0, -1):
        value = {f"level {level}": value}
    return value


def deeper() -> object:
    """Deeper than anything is kept."""
    value: object = "below what is kept"
    for level in range(200, 0, -1):
        value = [value] if level % 2 else {f"level {level}": value}
    return value


def wordy() -> object:
    raise ConnectionError(f"<script>alert(1)</script>\u202e\x00\U0001f692{LONG}")


def long_list() -> list[int]:
    return list(range(5000))


def many() -> dict[str, bool]:
    return {f"shard {at:04}": at != 4999 for at in range(5000)}


def code() -> dict[str, object]:
    return {"branch": "main", "dirty": False, "commit": {"id": "9f31c2e", "message": "Retry the webhook"}}


def orders() -> dict[str, object]:
    return {"size": 2048, "open": 1_204_551}


def plain() -> str:
    return "fine"
