"""What the site of these tests looks at."""

from __future__ import annotations

from pathlib import Path

from status import Component, State


def queue(path: str) -> dict[str, str]:
    """As the file says; what is no state is an error."""
    word = Path(path).read_text()
    if word not in ("pass", "warn"):
        raise ConnectionError(word)
    return {"mail": word}


def tree() -> dict[str, object]:
    return {str(number): {"a": [1, 2, {"b": number}] * 5} for number in range(40)}


def regions() -> dict[str, object]:
    return {"regions": {"eu": {"lag_ms": 12, "notes": {"why": "needle"}}}}


def many() -> dict[str, bool]:
    return {f"shard-{at}": True for at in range(30)}


def orders() -> dict[str, bool]:
    return {"by_shop": True, "waiting": True}


def shards(path: str) -> dict[str, Component]:
    """As many that fail, warn and pass as the file says."""
    counts = map(int, Path(path).read_text().split())
    states = [state for state, count in zip(("fail", "warn", "pass"), counts, strict=True) for _ in range(count)]
    return {
        f"shard-{at:04}": Component(State(state), at, "ms", None if state == "pass" else "answers in 812 ms")
        for at, state in enumerate(states)
    }
