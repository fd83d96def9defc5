"""Cache connections of a check's thread, closed when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import caches


@contextmanager
def own_caches() -> Iterator[None]:
    """Around a check's thread: Django makes each thread its own instances, and leaves their pools open."""
    try:
        yield
    finally:
        used = caches.all(initialized_only=True)
        if used:
            from .round_trip import disconnect  # with every backend that Django has: for who used one

            for cache in used:
                disconnect(cache)
