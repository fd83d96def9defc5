"""One site for the tests of a module, well at the start of each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.site import Site
from tests.servers.process import running


@pytest.fixture(scope="module")
def served() -> Iterator[Site]:
    with running(Site()) as site:
        yield site


@pytest.fixture
def site(served: Site) -> Iterator[Site]:
    served.says("pass", 200)
    yield served
    served.says("pass", 200)
