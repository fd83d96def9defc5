"""Private servers that are broken on purpose, and a site of each kind on them, shared by this folder's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from tests.faults.control import control
from tests.faults.dependencies import NAMES, Dependencies, Dependency, relayed, started_dependencies
from tests.faults.sites import settings_with
from tests.servers.web import GunicornSync, GunicornThreads, Uvicorn, WebServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.relay import Relay

Relayed: TypeAlias = "tuple[Dependencies, dict[str, Relay]]"

KINDS = (GunicornSync, GunicornThreads, Uvicorn)


@pytest.fixture(scope="session", autouse=True)
def _control() -> Iterator[None]:
    with control():
        yield


@pytest.fixture(scope="session")
def dependencies() -> Iterator[Dependencies]:
    """One server of each kind, for these tests alone."""
    with started_dependencies() as started:
        yield started


@pytest.fixture(scope="session")
def through_relays(dependencies: Dependencies) -> Iterator[Relayed]:
    """The same servers, each behind a relay."""
    with relayed(dependencies) as reached:
        yield reached


@pytest.fixture(scope="session", params=KINDS, ids=lambda kind: kind.__name__)
def kind(request: pytest.FixtureRequest) -> type[WebServer]:
    """The web server."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def site(kind: type[WebServer], dependencies: Dependencies) -> Iterator[WebServer]:
    """A site with all dependencies."""
    with kind.serving(settings_with(dependencies)) as server:
        yield server


@pytest.fixture(scope="session")
def relayed_site(kind: type[WebServer], through_relays: Relayed) -> Iterator[WebServer]:
    """As `site`, with a relay before each dependency."""
    with kind.serving(settings_with(through_relays[0])) as server:
        yield server


@pytest.fixture(params=NAMES)
def dependency(request: pytest.FixtureRequest, dependencies: Dependencies) -> Dependency:
    """The one that breaks."""
    return dependencies[request.param]
