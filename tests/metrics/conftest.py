"""A small site, asked for its metrics."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asking import SERVERS
from tests.metrics.reading import Scraped


@pytest.fixture
def _databases_allowed(databases_allowed: None) -> None:
    """Checks connect from threads of their own; nothing is written."""


@pytest.fixture(params=SERVERS)
def site(request: pytest.FixtureRequest, _databases_allowed: None) -> Scraped:
    """The site, scraped through both kinds of server."""
    return Scraped(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site"
