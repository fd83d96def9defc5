"""A dependency that is frozen, gone, replaced by one that says nothing, and back again."""

from __future__ import annotations

from time import monotonic

import pytest

from tests.faults import promises
from tests.faults.control import again_if_disturbed
from tests.faults.dependencies import Dependency
from tests.faults.trial import hangs_and_recovers, trial_of
from tests.servers.relay import silent_at
from tests.servers.web import WebServer

pytestmark = pytest.mark.faults


@again_if_disturbed
def test_frozen_it_is_named_and_nobody_waits_twice_and_it_recovers(site: WebServer, dependency: Dependency) -> None:
    hangs_and_recovers(site, dependency, dependency.frozen())


@again_if_disturbed
def test_gone_and_then_silent_it_is_named_and_it_recovers(site: WebServer, dependency: Dependency) -> None:
    with trial_of(site, dependency.port) as trial:
        with dependency.gone():
            gone_at = monotonic()
            trial.load.more(10)
            with silent_at(dependency.port):
                silenced_at = monotonic()
                trial.load.more(25)
                mended_at = monotonic()
        back_at = monotonic()
        trial.load.more(20)
    # Not in between: a server that starts takes both cores of a small machine.
    promises.everybody_is_answered_in_time(trial.load, trial.usual.view_s, until=mended_at)
    promises.everybody_is_answered_in_time(trial.load, trial.usual.view_s, since=back_at)
    promises.it_is_told(trial.load, dependency.reference, since=gone_at, until=mended_at)
    promises.views_do_not_wait(trial, since=gone_at, until=silenced_at)
    promises.views_wait_once(trial, since=silenced_at, until=mended_at)
    promises.it_holds_little(trial)
    promises.it_has_recovered(trial.load, back_at)
