from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _databases_allowed(django_db_blocker: Any) -> Iterator[None]:
    """Checks connect from threads of their own, to servers of the tests' own: nothing there is to be protected."""
    with django_db_blocker.unblock():
        yield
