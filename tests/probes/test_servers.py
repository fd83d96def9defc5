"""The wrappers under real servers: what is told while a site loads, and that it is loaded where it serves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.process import running
from tests.servers.web import Gunicorn, GunicornPreloading, GunicornThreads, Uvicorn
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.servers.web import WebServer

# The site's own part, which takes as long as the test wants, or fails.
_SETTINGS = """
import os, threading, time
from pathlib import Path

here = Path(__file__).parent
(here / f"loading-{os.getpid()}-{threading.current_thread().name}").touch()
while not (here / "go-on").exists():
    time.sleep(0.01)
if (here / "fail").exists():
    raise RuntimeError("this site has a mistake")

STATUS_RUNTIME_DIR = str(here / "runtime")
STATUS_PROBES = {"livez": (), "readyz": ["health/ping"], "startupz": (), "more/readyz": ["health/ping"]}
"""


def _loading(kind: type[WebServer]) -> type[Any]:
    """The server, ready as soon as it answers a probe."""

    class Loading(kind):  # type: ignore[misc,valid-type]
        application = (
            f"from status.{'asgi' if kind is Uvicorn else 'wsgi'} import *\n"
            f"application = get_{'asgi' if kind is Uvicorn else 'wsgi'}_application()\n"
        )

        def ping(self, timeout_s: float = 2.0) -> bool:
            try:
                return bool(self.ask("/livez", timeout_s=timeout_s)[0])
            except OSError:
                return False

    return Loading


@contextmanager
def _serving(kind: type[WebServer], *files: str) -> Iterator[Any]:
    server = _loading(kind)(_SETTINGS)
    for name in files:
        server.write(name, "")
    with running(server):
        yield server


def _loaders(server: Any) -> list[str]:
    """Which thread of which process has begun to load the site."""
    return sorted(path.name.removeprefix("loading-") for path in Path(server.directory).glob("loading-*"))


def _told(server: Any, path: str) -> tuple[int, str]:
    status, _, body = server.ask(path, timeout_s=10)
    return status, body.decode()


@pytest.mark.parametrize("kind", [Gunicorn, GunicornThreads, Uvicorn])
def test_a_site_is_alive_while_it_loads_and_has_started_when_it_has_loaded(kind: type[WebServer]) -> None:
    with _serving(kind) as server:
        for _ in range(3):
            assert _told(server, "/livez") == (200, "ok")
            assert _told(server, "/startupz") == (503, "starting")
            assert _told(server, "/readyz") == (503, "starting")
        server.write("go-on", "")
        wait_until(lambda: _told(server, "/startupz") == (200, "ok"))
        assert _told(server, "/bare/") == (200, "ok")
        assert _told(server, "/more/readyz") == (200, "ok")
        workers = {f"{process.pid}-status-loading" for process in server.workers()}
        assert set(_loaders(server)) <= workers


@pytest.mark.parametrize("kind", [GunicornThreads, Uvicorn])
def test_a_site_that_can_not_load_is_not_alive_and_its_requests_fail(kind: type[WebServer]) -> None:
    with _serving(kind, "go-on", "fail") as server:
        for path in ("/livez", "/readyz", "/startupz"):
            wait_until(lambda path=path: _told(server, path) == (503, "failed to load"))  # type: ignore[misc]
        assert _told(server, "/bare/")[0] == 500
        assert "the application could not be loaded" in server.log.read_text()
        assert "RuntimeError: this site has a mistake" in server.log.read_text()


def test_with_preload_the_site_is_loaded_once_before_the_workers_are_forked() -> None:
    with _serving(GunicornPreloading, "go-on") as server:
        assert _told(server, "/startupz") == (200, "ok")
        assert _told(server, "/bare/") == (200, "ok")
        assert _told(server, "/readyz") == (200, "ok")
        assert _loaders(server) == [f"{server.pid}-MainThread"]
        assert "Exception" not in server.log.read_text()
