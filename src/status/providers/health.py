"""Health of the process itself."""

from __future__ import annotations


def ping(*args: object, **kwargs: object) -> dict[str, bool]:
    """The process answers. Costs nothing and asks nobody."""
    return {"pong": True}
