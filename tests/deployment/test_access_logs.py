"""The filters that the page gives: a probe leaves no line in the access log, a page does."""

from __future__ import annotations

import re

import pytest

from tests.deployment.backends import Backend, DocumentedGunicorn, DocumentedUvicorn, SyncGunicorn
from tests.servers.process import running
from tests.waiting import wait_until

pytestmark = pytest.mark.faults  # they start servers again and again

ROUNDS = 8
PROBES = (
    "/livez",
    "/readyz",
    "/startupz",
    "/readyz/",
    "/readyz?verbose",
    "/readyz/health/nothing",
    "/livez/?exclude=a",
)


@pytest.mark.parametrize("kind", [DocumentedGunicorn, SyncGunicorn, DocumentedUvicorn])
def test_a_page_leaves_a_line_and_a_probe_none(kind: type[Backend]) -> None:
    with running(kind()) as backend:
        for _ in range(ROUNDS):
            codes = {path: backend.get(path).code for path in PROBES}
            assert codes == {**dict.fromkeys(PROBES, 200), "/readyz/health/nothing": 404}
            assert backend.get("/who/").code == 200
            assert backend.get("/who/?next=/readyz").code == 200
            assert backend.get("/readyzz").code == 404
        # The last line of a process is of what came after its last probe; of all of them, after all probes.
        wait_until(lambda: len(_logged(backend, "/readyzz")) == ROUNDS, message=backend.last_words)
        wait_until(lambda: len(_logged(backend, "/who/?next=/readyz")) == ROUNDS)
        assert len(_logged(backend, "/who/")) == ROUNDS
        assert [path for path in PROBES if _logged(backend, path)] == []
        backend.drain()
        assert backend.get("/readyz").code == 503
        assert backend.get("/after").code == 404
        wait_until(lambda: _logged(backend, "/after"))
        assert _logged(backend, "/readyz") == []


def _logged(backend: Backend, path: str) -> list[str]:
    """The lines of requests for exactly this."""
    return re.findall(rf'^.*"GET {re.escape(path)} HTTP/1\.1".*$', backend.log.read_text(), re.MULTILINE)
