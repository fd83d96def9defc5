"""Callers and checks of the API's tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.test import override_settings

from status import start
from tests.api import checks
from tests.asking import SERVERS, Site
from tests.waiting import wait_until

TOKEN = "s3cret-token"


@pytest.fixture(autouse=True)
def _databases_allowed(databases_allowed: None) -> None:
    """Checks connect from threads of their own; nothing is written."""


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Nothing that another test has observed; the site knows one token."""
    with override_settings(STATUS_TOKENS=[TOKEN]):
        yield


@pytest.fixture(params=SERVERS)
def site(request: pytest.FixtureRequest) -> Site:
    """The site, asked through both kinds of server."""
    return Site(request.param)


@pytest.fixture
def _released() -> Iterator[None]:
    """What hangs in the test is let go after it."""
    checks.released.clear()
    yield
    checks.released.set()
    start.follow_settings(setting="STATUS_PROVIDERS")
    wait_until(lambda: not any(thread.name.startswith("status:") for thread in threading.enumerate()), 20)
