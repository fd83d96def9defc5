"""What the design promises while something hangs or is gone, asserted over what a load was told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

from tests.faults import tally
from tests.faults.load import API, PROBE, VIEW, Answer, percentile
from tests.faults.sites import CHECKS, PROBE_TIMEOUT_S, TIMEOUT_S, TTL_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.census import Census
    from tests.faults.load import Load
    from tests.faults.trial import Trial

SLACK_S = 0.1
NEVER_OVER_S = 0.5
"""Past the deadline, for the one report or probe in a hundred."""
NOTICEABLE_S = 0.1
"""Past its usual p99, a view is one that had to wait."""
RECOVERED_WITHIN_S = TTL_S + TIMEOUT_S
ABANDONED_AFTER_S = 30.0
"""For a connection that was lost without a word."""

RUNS = 3
"""Of a check, that may exist at once in a process."""
CANCELLING = 3
"""Threads of one check that ask a database to give up what was cut off, each for a second at most."""


@dataclass(frozen=True)
class Usual:
    """How the site does while all is well."""

    view_s: float
    """The longest that a view takes, but for one in a hundred."""
    threads: int
    connections: int


def usual(load: Load, census: Census) -> Usual:
    """Of what was seen until now, all of which must be well."""
    for path in (PROBE, API, VIEW):
        bad = [answer for answer in load.answers(path) if answer.code != 200]
        assert not bad, f"not well to begin with: {bad[0]}"
    seen = Usual(percentile(load.answers(VIEW), 0.99), census.threads, census.connections)
    census.forget()
    return seen


def everybody_is_answered_in_time(load: Load, usual_s: float = 0.0, since: float = -inf, until: float = inf) -> None:
    """Whatever happened: reports, probes and views, all that began in this span.

    None is later than what may never be; a view's wait is what it takes beyond its usual time. Whether 99 in 100 are
    within the deadline and a little is judged when the test has ended, over all that its attempts had
    (`again_if_disturbed`).
    """
    for path, deadline_s in ((API, TIMEOUT_S), (PROBE, PROBE_TIMEOUT_S)):
        answers = load.answers(path, since, until)
        assert percentile(answers, 1.0) <= deadline_s + NEVER_OVER_S, _longest(answers)
        tally.now().add(path, deadline_s + SLACK_S, answers)
    views = load.answers(VIEW, since, until)
    assert percentile(views, 1.0) - usual_s <= PROBE_TIMEOUT_S + SLACK_S, _longest(views)
    assert all(answer.code == 200 for answer in load.answers(VIEW))


def it_is_told(load: Load, *references: str, since: float, until: float) -> None:
    """Every probe and every report of this span is a 503 that names these, and nothing that is well.

    It begins when the last answer from before may not be reused any more, that of a run included which had begun by
    then. What was asked within it and answered after it may be well: the next run of what hangs is waited for a moment,
    and has the answer of what is mended.
    """
    since += TTL_S + SLACK_S
    probes, reports = (
        [answer for answer in load.answers(path, since, until) if answer.begun + answer.took_s <= until]
        for path in (PROBE, API)
    )
    assert probes, "nobody asked"
    assert reports, "nobody asked"
    for answer in (*probes, *reports):
        assert answer.code == 503, f"{since - answer.begun:+.3f} s: {answer}"
        assert named(answer, references) == set(references), str(answer)


def views_wait_once(trial: Trial, since: float, until: float = inf) -> None:
    """Who asks for a view waits once for each process, in the whole of the hang; else it takes as long as usually.

    The wait is that of a process that has not noticed yet, and how long it may be is asserted beside this.
    """
    usual_s = trial.usual.view_s
    clients = trial.load.by_client(VIEW, since, until)
    assert clients, "nobody asked"
    for views in clients:
        waited = [view for view in views if view.took_s > usual_s + NOTICEABLE_S]
        assert len(waited) <= trial.server.processes, _waits(waited, usual_s, since)


def views_do_not_wait(trial: Trial, since: float, until: float = inf) -> None:
    """Each takes as long as it usually does, as where nothing hangs.

    But for one a process, of all clients together, which the promise allows: a stall of the machine can't be told from
    a wait.
    """
    usual_s = trial.usual.view_s
    views = trial.load.answers(VIEW, since, until)
    assert views, "nobody asked"
    waited = [view for view in views if view.took_s > usual_s + NOTICEABLE_S]
    assert len(waited) <= trial.server.processes, _waits(waited, usual_s, since)


def it_holds_little(trial: Trial, beside: int = 0) -> None:
    """Threads go with the number of checks, connections with that of processes, neither with that of requests.

    `beside` are the connections that others have to the same port.
    """
    census, usual = trial.census, trial.usual
    # Under ASGI Django itself has a thread for each request with sync code, as a view: these are as many as clients.
    most = usual.threads + CHECKS + CANCELLING + len(trial.load.clients)
    assert census.threads <= most, f"{census.threads} threads, usually {usual.threads}"
    # A run's own, and beside it those that cancel.
    most = usual.connections + trial.server.processes * (RUNS + CANCELLING) + beside
    assert census.connections <= most, f"{census.connections} connections, usually {usual.connections}"


def it_has_recovered(load: Load, back_at: float, within_s: float = RECOVERED_WITHIN_S) -> None:
    """Every probe and report that begins so long after the dependency is back passes, in all processes."""
    for path in (PROBE, API):
        answers = load.answers(path, since=back_at + within_s)
        assert answers, "nobody asked"
        bad = [answer for answer in answers if answer.code != 200]
        assert not bad, f"{bad[-1].begun - back_at:.3f} s after it came back: {bad[-1]}"


def named(answer: Answer, references: Sequence[str]) -> set[str]:
    """What a probe or a report calls failing; what is below one of these references counts as that."""
    is_report = answer.path == API
    failing = _failing("health", json.loads(answer.body)) if is_report else answer.body.splitlines()
    return {_above(name, references) for name in failing}


def _above(name: str, references: Sequence[str]) -> str:
    return next((each for each in references if name == each or name.startswith(f"{each}/")), name)


def _failing(reference: str, told: Any) -> list[str]:
    """The references below this one that a report in the shape of 2.x calls false."""
    if isinstance(told, dict):
        return [each for name, below in told.items() for each in _failing(f"{reference}/{name}", below)]
    return [reference] if told is False else []


def _waits(views: Sequence[Answer], usual_s: float, since: float) -> str:
    told = ", ".join(f"{view.begun - since:.2f} s: {view.took_s * 1000:.0f} ms" for view in views)
    return f"usually {usual_s * 1000:.0f} ms; {told}"


def _longest(answers: Sequence[Answer]) -> str:
    """For who reads the failure: the five that took the longest."""
    return "; ".join(str(each) for each in sorted(answers, key=lambda answer: -answer.took_s)[:5])
