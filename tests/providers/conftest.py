from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import override_settings

from tests.sites import DEADLINE_S


@pytest.fixture(autouse=True)
def _databases_allowed(databases_allowed: None) -> None:
    """Checks connect from threads of their own, to servers of the tests' own: nothing there is to be protected."""


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
