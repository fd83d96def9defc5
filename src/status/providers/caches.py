"""Cache connections of a check's thread, closed when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.core.cache import caches
from django.utils.functional import SimpleLazyObject, empty


class _Lazy(SimpleLazyObject):  # type: ignore[type-arg]
    """A backend that is made when it is first used."""

    @property
    def used(self) -> Any:
        """The backend, or None where it was not used."""
        return None if self._wrapped is empty else self._wrapped

    def close(self, **kwargs: Any) -> None:
        """What Django calls at the end of a request, which a check may simulate: no reason to make one."""
        if self.used is not None:
            self.used.close(**kwargs)


@contextmanager
def own_caches() -> Iterator[None]:
    """Around a check's thread: what it asks `django.core.cache.caches` for is its own, and closed at the end.

    Django makes each thread its own instances and leaves their pools open. They are put there beforehand, as what a
    coroutine puts there itself is seen by nobody outside of it.
    """
    put = []
    for alias in caches:
        lazy = _Lazy(partial(caches.create_connection, alias))
        caches[alias] = lazy  # type: ignore[assignment]
        put.append(lazy)
    try:
        yield
    finally:
        used = [lazy.used for lazy in put if lazy.used is not None]
        if used:
            from .round_trip import disconnect  # with every backend that Django has: for who used one

            for cache in used:
                disconnect(cache)
