"""Closing the checks' connections before a test database is destroyed, which its server refuses while one is open.

Django sends no signal for it, so the one method is wrapped, and that within a test run alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db.backends.base.creation import BaseDatabaseCreation

_guarded = False


def guard(close: Callable[[], object]) -> None:
    """Have `close` called before any test database is destroyed. Does nothing outside of a test run."""
    global _guarded  # noqa: PLW0603
    if _guarded or not _in_test_run():
        return
    _guarded = True
    destroy = BaseDatabaseCreation.destroy_test_db

    @wraps(destroy)
    def close_and_destroy(self: BaseDatabaseCreation, *args: Any, **kwargs: Any) -> None:
        close()
        destroy(self, *args, **kwargs)

    BaseDatabaseCreation.destroy_test_db = close_and_destroy  # type: ignore[method-assign]


def _in_test_run() -> bool:
    """Whether `setup_test_environment` was called; looked up where it was loaded, as production never loads it."""
    utils = sys.modules.get("django.test.utils")
    return utils is not None and hasattr(utils._TestState, "saved_data")
