"""A name server that does not answer: looking a host up can't be cut off, neither by a timeout nor from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest

from tests.conftest import REQUIRE_ALL
from tests.faults import promises
from tests.faults.control import again_if_disturbed
from tests.faults.dependencies import Dependencies, Dependency
from tests.faults.sites import mounted, settings_with
from tests.faults.trial import trial_of
from tests.servers.names import GIVES_UP_AFTER_S, NameServer, name_server
from tests.servers.web import WebServer

pytestmark = pytest.mark.faults

DOMAIN = "status.test"


@dataclass(frozen=True)
class NamedSite:
    """A site that knows each of its dependencies by a name, which this name server alone can tell."""

    server: WebServer
    names: NameServer


@again_if_disturbed
def test_a_name_that_is_not_told_fails_its_check_alone_and_that_recovers(
    named_site: NamedSite, dependency: Dependency
) -> None:
    with trial_of(named_site.server, dependency.port) as trial:
        with named_site.names.silent_about(dependency.name):
            broken_at = monotonic()
            trial.load.more(25)
            mended_at = monotonic()
        back_at = monotonic()
        trial.load.more(35)
    promises.everybody_is_answered_in_time(trial.load, trial.usual.view_s)
    promises.it_is_told(trial.load, dependency.reference, since=broken_at, until=mended_at)
    promises.views_wait_once(trial, since=broken_at, until=mended_at)
    promises.it_holds_little(trial)
    # Who asked in vain goes on to wait for as long as the system's resolver does.
    promises.it_has_recovered(trial.load, back_at, within_s=GIVES_UP_AFTER_S + promises.RECOVERED_WITHIN_S)


@pytest.fixture(scope="module")
def named_site(
    kind: type[WebServer], dependencies: Dependencies, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NamedSite]:
    """A site of each kind with a resolv.conf of its own."""
    file = tmp_path_factory.mktemp("names") / "resolv.conf"
    within = mounted(f"--bind {file} {Path('/etc/resolv.conf').resolve()}")
    try:
        with name_server() as names:
            file.write_text(names.resolv_conf)
            with kind.serving(settings_with(dependencies, DOMAIN), within=within) as server:
                yield NamedSite(server, names)
    except PermissionError:
        (pytest.fail if REQUIRE_ALL else pytest.skip)("port 53 is for root alone: no name server of the tests' own")
