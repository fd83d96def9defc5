"""A provider for the tests of who asks."""

from __future__ import annotations


def failing() -> bool:
    return False
