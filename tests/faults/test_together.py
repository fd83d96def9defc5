"""All that a site depends on hangs, one after the other, as behind a network that goes away: that costs one wait."""

from __future__ import annotations

from contextlib import ExitStack
from time import monotonic

import pytest

from tests.faults import promises
from tests.faults.control import again_if_disturbed
from tests.faults.dependencies import Dependencies
from tests.faults.sites import TIMEOUT_S
from tests.faults.trial import trial_of
from tests.servers.web import WebServer

pytestmark = pytest.mark.faults


@again_if_disturbed
def test_what_hangs_one_after_the_other_is_named_and_costs_the_views_one_wait(
    site: WebServer, dependencies: Dependencies
) -> None:
    with trial_of(site) as trial:
        with ExitStack() as frozen:
            broken_at = monotonic()
            for dependency in dependencies.values():
                frozen.enter_context(dependency.frozen())
                trial.load.more(2)
            all_broken_at = monotonic()
            trial.load.more(25)
            mended_at = monotonic()
        back_at = monotonic()
        trial.load.more(20)
    references = [dependency.reference for dependency in dependencies.values()]
    promises.everybody_is_answered_in_time(trial.load, trial.usual.view_s)
    # One that hangs while another is known to is named when it has had its own deadline.
    promises.it_is_told(trial.load, *references, since=all_broken_at + TIMEOUT_S, until=mended_at)
    promises.views_wait_once(trial, since=broken_at, until=mended_at)
    promises.it_holds_little(trial)
    promises.it_has_recovered(trial.load, back_at)
