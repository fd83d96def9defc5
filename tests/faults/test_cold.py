"""A site that starts while a dependency hangs: its processes have imported nothing yet that a check needs."""

from __future__ import annotations

import pytest

from tests.faults import promises
from tests.faults.control import again_if_disturbed
from tests.faults.dependencies import Dependencies, Dependency
from tests.faults.load import API, PROBE, ask
from tests.faults.sites import PROBE_TIMEOUT_S, TIMEOUT_S, settings_with
from tests.servers.web import WebServer

pytestmark = pytest.mark.faults

ASKED = 8
"""So often that each of the processes is likely to be asked; the first answer is a cold one in any case."""


@pytest.mark.parametrize(("path", "deadline_s"), [(PROBE, PROBE_TIMEOUT_S), (API, TIMEOUT_S)], ids=["probe", "report"])
@again_if_disturbed
def test_the_first_answer_of_a_process_is_in_time_and_names_what_hangs(
    kind: type[WebServer], dependencies: Dependencies, dependency: Dependency, path: str, deadline_s: float
) -> None:
    with dependency.frozen(), kind.serving(settings_with(dependencies)) as site:
        answers = [ask(site.port, path) for _ in range(ASKED)]
    for answer in answers:
        assert answer.code == 503, str(answer)
        assert answer.took_s <= deadline_s + promises.SLACK_S, str(answer)
        # Beside it there may be one that is well, and is not imported yet by then.
        assert dependency.reference in promises.named(answer, [dependency.reference]), str(answer)
    waited = [answer for answer in answers if answer.took_s > promises.NOTICEABLE_S]
    assert len(waited) <= site.processes, "; ".join(map(str, waited))
