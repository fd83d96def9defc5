"""What the probes of these tests look at."""

from __future__ import annotations

import threading

from status import Component, State, batch, each

released = threading.Event()
calls = 0


def well() -> dict[str, bool]:
    return {"one": True, "two": True}


def half() -> dict[str, bool]:
    return {"good": True, "bad": False}


def raises() -> None:
    raise RuntimeError("out of order, password=hunter2")


def bare() -> bool:
    return True


def warns() -> dict[str, Component]:
    return {"low": Component(State.WARN)}


def hangs() -> bool:
    released.wait(30)
    return True


def counted() -> bool:
    global calls  # noqa: PLW0603 - how often it was called is what a test asks
    calls += 1
    return True


@each(["left", "right"])
def sides(name: str) -> bool:
    return name == "left"


@batch(["w1", "w2"])
def workers() -> dict[str, bool]:
    return {"w1": True}


def odd() -> dict[str, bool]:
    return {"a\nb": False}


def many() -> dict[str, bool]:
    return {f"a component of many, and its number is {number}": False for number in range(500)}
