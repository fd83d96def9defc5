"""Drain, then stop: who asks is told before the socket closes, and nothing that was begun is lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.deployment.backends import (
    Backend,
    DocumentedGunicorn,
    DocumentedUvicorn,
    LeavingRoot,
    PreloadingGunicorn,
    SyncGunicorn,
)
from tests.deployment.load import Reply
from tests.servers.process import running
from tests.waiting import wait_until

pytestmark = pytest.mark.faults


KINDS: dict[str, type[Backend]] = {
    "sync": SyncGunicorn,
    "gthread": DocumentedGunicorn,
    "preloading": PreloadingGunicorn,
    "uvicorn": DocumentedUvicorn,
}


@pytest.fixture(params=list(KINDS.values()), ids=list(KINDS))
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    with running(request.param()) as backend:
        yield backend


def test_readiness_says_no_while_the_site_answers_and_only_then_the_socket_closes(backend: Backend) -> None:
    assert backend.get("/readyz") == Reply(200, "ok")
    backend.drain()
    for _ in range(8):  # each of the processes is asked
        assert backend.get("/readyz") == Reply(503, "draining")
        assert backend.get("/livez") == backend.get("/startupz") == Reply(200, "ok")
        assert backend.get("/who/") == Reply(200, "web")
    with ThreadPoolExecutor() as pool:
        begun = pool.submit(backend.get, "/who/?after=2")
        # What is only in the socket's queue at SIGTERM is lost by any server.
        wait_until(backend.has_begun, message="the request did not arrive")
        backend.terminate()
        wait_until(lambda: backend.get("/readyz").code == 0, message="the socket is still open")
        assert begun.result() == Reply(200, "web")
    backend.wait_for_its_end()


def test_undrained_it_is_ready_again(backend: Backend) -> None:
    assert backend.get("/readyz") == Reply(200, "ok")
    backend.drain()
    assert backend.get("/readyz") == Reply(503, "draining")
    backend.undrain()
    assert backend.get("/readyz") == Reply(200, "ok")


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone can become another user")
def test_where_no_worker_can_use_the_folder_it_is_not_said_to_drain() -> None:
    """As after `--preload` as root: the folder is root's, and the workers are not."""
    with running(LeavingRoot()) as backend:
        for asked in (False, True):
            if asked:
                assert {backend.get("/readyz") for _ in range(8)} == {Reply(200, "ok")}
            done = backend.shell("python manage.py status drain --for 10m")
            assert done.returncode == 2, done.stdout
            assert "no process of this site reads" in done.stderr
        assert {backend.get("/readyz") for _ in range(8)} == {Reply(200, "ok")}
