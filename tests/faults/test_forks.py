"""Workers forked from a process that has observed already, be it that a check was hanging there at that moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from math import inf

import pytest

from tests.faults import promises
from tests.faults.census import census_of
from tests.faults.control import again_if_disturbed
from tests.faults.dependencies import Dependencies
from tests.faults.load import PROBE, load_on
from tests.faults.sites import settings_with
from tests.faults.trial import hangs_and_recovers, trial_of
from tests.servers.web import GunicornPreloading, WebServer

pytestmark = pytest.mark.faults

_OBSERVES = """
from status import observe
observe("health")
"""
APPLICATION = GunicornPreloading.application + _OBSERVES


@pytest.fixture(scope="module")
def forked_site(dependencies: Dependencies) -> Iterator[WebServer]:
    with GunicornPreloading.serving(settings_with(dependencies), APPLICATION) as server:
        yield server


@again_if_disturbed
def test_after_a_fork_a_check_hangs_and_recovers_as_before_one(
    forked_site: WebServer, dependencies: Dependencies
) -> None:
    postgres = dependencies["postgres"]
    hangs_and_recovers(forked_site, postgres, postgres.frozen())


@again_if_disturbed
def test_what_hung_at_the_fork_is_no_matter_to_the_workers(dependencies: Dependencies) -> None:
    """The thread that hangs stays behind in the parent; what it held must not be held in the child for ever."""
    postgres = dependencies["postgres"]
    with ExitStack() as stack:
        with postgres.frozen():
            site = stack.enter_context(GunicornPreloading.serving(settings_with(dependencies), APPLICATION))
            with census_of(site, postgres.port) as census, load_on(site.port) as load:
                load.more(15)
        with trial_of(site, postgres.port) as well:
            pass
    # Not of the first requests, which import what they need, in each process.
    begun = min(answer.begun for answer in load.answers(PROBE)) + 0.5
    promises.everybody_is_answered_in_time(load, since=begun)
    promises.it_is_told(load, postgres.reference, since=begun, until=inf)
    promises.it_holds_little(replace(well, load=load, census=census))
