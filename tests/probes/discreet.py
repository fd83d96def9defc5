"""Providers whose components' names are details, some of which fail."""

from __future__ import annotations

from status import Component, State, batch, each

UP, GONE = "mail@10.0.0.7", "mail@10.0.0.8"
calls = 0


@batch([UP, GONE], names_are_details=True)
def workers() -> dict[str, bool]:
    return {UP: True}


@each(["10.0.1.1:6379", "10.0.1.2:6379", "10.0.1.3:6379"], names_are_details=True)
def shards(name: str) -> Component:
    return Component(State.FAIL if name.startswith("10.0.1.2") else State.WARN, 7, "ms", f"{name} is slow")


def replicas() -> dict[str, bool]:
    """Its entry says that names are details."""
    return {"10.0.2.1": True, "10.0.2.2": True}


def lost() -> dict[str, bool]:
    raise ConnectionError("no route to 10.0.3.1")


@each(["10.0.5.1"], names_are_details=True)
def counted(name: str) -> bool:
    global calls  # noqa: PLW0603 - how often it was called is what a test asks
    calls += 1
    return True
