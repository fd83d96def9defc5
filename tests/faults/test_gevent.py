"""Greenlets in place of threads: a check hangs alone if its client waits through Python, and holds all if not."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from time import monotonic

import pytest

from tests.faults import promises
from tests.faults.control import again_if_disturbed
from tests.faults.dependencies import Dependencies
from tests.faults.load import PROBE, VIEW, percentile
from tests.faults.sites import TIMEOUT_S, settings_with
from tests.faults.trial import hangs_and_recovers, trial_of
from tests.servers.web import GunicornGevent, WebServer

pytestmark = pytest.mark.faults

# psycopg, redis-py, pymemcache and kombu; mysqlclient waits in C, and with it the process.
WAIT_IN_PYTHON = ("postgres", "valkey", "memcached", "rabbitmq")


@pytest.fixture(scope="module")
def gevent_site(dependencies: Dependencies) -> Iterator[WebServer]:
    pytest.importorskip("gevent")
    with GunicornGevent.serving(settings_with(dependencies)) as server:
        yield server


@pytest.mark.parametrize("name", WAIT_IN_PYTHON)
@again_if_disturbed
def test_a_client_that_waits_in_python_hangs_alone(
    gevent_site: WebServer, dependencies: Dependencies, name: str
) -> None:
    dependency = dependencies[name]
    hangs_and_recovers(gevent_site, dependency, dependency.frozen(), views=promises.views_do_not_wait)


@again_if_disturbed
def test_a_client_that_waits_in_c_holds_its_process_for_its_own_timeout(
    gevent_site: WebServer, dependencies: Dependencies
) -> None:
    """A limit of gevent, and documented: no other greenlet runs meanwhile, the one that keeps time included."""
    mariadb = dependencies["mariadb"]
    with trial_of(gevent_site, mariadb.port) as trial:
        with mariadb.frozen():
            broken_at = monotonic()
            trial.load.more(10)
            mended_at = monotonic()
        trial.load.more(10)
    # Of mysqlclient in whole seconds; whoever comes late may meet the next run of the check, too.
    own_timeout_s = float(ceil(TIMEOUT_S))
    for path in (VIEW, PROBE):
        answers = trial.load.answers(path, broken_at, mended_at)
        assert percentile(answers, 1.0) <= 2 * own_timeout_s + promises.SLACK_S
    named = [answer for answer in trial.load.answers(PROBE, broken_at, mended_at) if mariadb.reference in answer.body]
    assert named
    promises.it_holds_little(trial)
