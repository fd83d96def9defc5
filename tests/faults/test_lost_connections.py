"""Connections lost without FIN or RST, by a firewall's restart say, from a server that is well for new ones."""

from __future__ import annotations

from time import monotonic

import pytest

from tests.faults import promises
from tests.faults.conftest import Relayed
from tests.faults.control import again_if_disturbed
from tests.faults.dependencies import NAMES
from tests.faults.load import PROBE
from tests.faults.sites import TIMEOUT_S, TTL_S
from tests.faults.trial import trial_of
from tests.servers.web import WebServer
from tests.waiting import wait_until

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("name", NAMES)
@again_if_disturbed
def test_a_check_whose_connection_is_lost_is_named_and_goes_on_with_a_new_one(
    relayed_site: WebServer, through_relays: Relayed, name: str
) -> None:
    """A check opens a connection each run, so what is lost is the run under way: one in each process."""
    dependency, relay = through_relays[0][name], through_relays[1][name]
    with trial_of(relayed_site, dependency.port) as trial:
        load = trial.load
        losing_at = monotonic()
        relay.lose(relayed_site.processes)
        load.more(5)
        named = [answer for answer in load.answers(PROBE, losing_at) if answer.body == dependency.reference]
        wait_until(
            lambda: {answer.code for answer in load.answers(PROBE, monotonic() - 1.0)} == {200},
            timeout_s=promises.ABANDONED_AFTER_S + TTL_S + TIMEOUT_S,
            message="it stays red",
        )
        recovered_at = monotonic()
        load.more(10)
    assert named
    promises.everybody_is_answered_in_time(load, trial.usual.view_s)
    promises.views_wait_once(trial, since=losing_at)
    promises.it_holds_little(trial)
    promises.it_has_recovered(load, recovered_at, within_s=0)
