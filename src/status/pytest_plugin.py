"""The fixtures that pytest finds where django-status is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture
def status_inline() -> Iterator[None]:
    """Checks run in the test's own thread and connection; see `status.testing.inline`."""
    from .testing import inline  # pytest loads this before the project's settings are

    with inline():
        yield
