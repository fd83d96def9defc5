"""Cache connections of a check's thread, closed when it is over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.core.cache import caches
from django.utils.functional import SimpleLazyObject, empty

from ...core import bounds


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
        with bounds.cut_off(partial(_cut, put)):
            yield
    finally:
        _disconnect(put)


def _cut(put: Sequence[_Lazy]) -> bool:
    """What hangs on a connection that was lost without a word hangs for ever: most caches have no timeout."""
    from django.core.cache.backends.memcached import PyLibMCCache

    _disconnect([lazy for lazy in put if not isinstance(lazy.used, PyLibMCCache)])  # cut, that ends the process
    return False  # it may be connecting, and connects anew by itself


def _disconnect(put: Sequence[_Lazy]) -> None:
    used = [lazy.used for lazy in put if lazy.used is not None]
    if used:
        from .instance import disconnect  # with every backend that Django has: for who used one

        for cache in used:
            disconnect(cache)
