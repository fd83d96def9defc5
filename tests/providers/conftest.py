from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from tests.sites import DEADLINE_S


@pytest.fixture(autouse=True)
def _databases_allowed(django_db_blocker: Any) -> Iterator[None]:
    """Checks connect from threads of their own, to servers of the tests' own: nothing there is to be protected."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def patient() -> Iterator[None]:
    """A deadline that a slow machine does not miss: for what must pass."""
    with override_settings(STATUS_TIMEOUT=20.0, STATUS_TTL=0.0):
        yield


@pytest.fixture
def hurried() -> Iterator[None]:
    """A short deadline, for what must miss it."""
    with override_settings(STATUS_TIMEOUT=DEADLINE_S, STATUS_TTL=0.0):
        yield
