"""A site with probes, served as `docs/deployment.md` says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import ClassVar, TypeVar

import pytest

from tests.conftest import REQUIRE_ALL
from tests.deployment.load import Reply, get
from tests.deployment.snippets import served_by, snippet
from tests.servers.ports import HOST
from tests.servers.process import Server, ServerMissing, running
from tests.servers.web import WebServer

S = TypeVar("S", bound=Server)

_SETTINGS = """
import os

MIDDLEWARE = ["status.middleware.ProbeMiddleware", *MIDDLEWARE]
ROOT_URLCONF = "site_urls"
STATUS_RUNTIME_DIR = os.environ["TMPDIR"] + "/status"
"""

_URLS = """
import os
import time
from pathlib import Path

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from tests import urls


@csrf_exempt
def who(request):
    if "after" in request.GET:
        Path("begun").touch()
        time.sleep(float(request.GET["after"]))
    return HttpResponse(os.environ["SITE_NAME"])


urlpatterns = [*urls.urlpatterns, path("who/", who)]
"""

_MANAGE = """
import sys

from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
"""

NORMAL_S = 10.0
"""Within which whatever has no deadline of its own is over, on a slow machine as well."""


class Backend(WebServer):
    """A site that says its name at `/who/`, or a while later: `/who/?after=2`.

    Its temporary directory is its own, and so is its drain.
    """

    files: ClassVar[tuple[str, ...]]
    """Those of the page that its server reads."""
    arguments_here: ClassVar[str]
    """What stands on its command line besides what the page says."""

    def __init__(self, settings: str = "", name: str = "web") -> None:
        super().__init__(_SETTINGS + settings)
        self.name = name
        self.write("site_urls.py", _URLS)
        self.write("manage.py", _MANAGE)
        (self.directory / "shop").mkdir()
        for module in ("wsgi", "asgi"):
            self.write(f"shop/{module}.py", self.application)
        for file in self.files:
            self.write(file, snippet(file))

    def ping(self, timeout_s: float = 0.3) -> bool:
        try:
            return bool(self.ask("/livez", timeout_s=timeout_s)[0] == 200)
        except OSError:
            return False

    def program(self) -> list[str]:
        arguments = self.arguments_here.format(port=self.port).split()
        return [sys.executable, "-m", *served_by(self.label), *arguments]

    def environment(self) -> dict[str, str]:
        # As where it is active: `python` is the one that runs these tests.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        return {**super().environment(), "SITE_NAME": self.name, "PATH": path}

    def get(self, path: str) -> Reply:
        return get(self.port, path)

    def shell(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run it where the site is, and as its user would."""
        return subprocess.run(
            ["/bin/sh", "-c", command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=self.ready_within_s,
            **self._surroundings(),
        )

    def drain(self) -> None:
        """As an operator does it."""
        done = self.shell("python manage.py status drain --for 10m")
        assert done.returncode == 0, done.stderr

    def undrain(self) -> None:
        done = self.shell("python manage.py status undrain")
        assert done.returncode == 0, done.stderr

    def terminate(self) -> None:
        """SIGTERM to the process that a supervisor would send it to; returns when it may still be at work."""
        os.kill(self.pid, signal.SIGTERM)

    def wait_for_its_end(self) -> None:
        self._running().wait(NORMAL_S)

    def has_begun(self) -> bool:
        """Whether it is at work on an answer that takes a while."""
        return (self.directory / "begun").exists()


class DocumentedGunicorn(Backend):
    """gunicorn with the page's configuration: threads."""

    label = "gunicorn"
    application = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
    files = ("gunicorn.conf.py",)
    arguments_here = f"--bind {HOST}:{{port}} --no-control-socket"


class SyncGunicorn(DocumentedGunicorn):
    """The same without threads."""

    arguments_here = f"{DocumentedGunicorn.arguments_here} --worker-class sync"


class PreloadingGunicorn(DocumentedGunicorn):
    """The same, loaded before the workers are forked."""

    arguments_here = f"{DocumentedGunicorn.arguments_here} --preload"


class LeavingRoot(PreloadingGunicorn):
    """Loaded by root, and served by a user who is not let into a folder of root's."""

    arguments_here = f"{PreloadingGunicorn.arguments_here} --user nobody"


class DocumentedUvicorn(Backend):
    """uvicorn with the page's options."""

    label = "uvicorn"
    application = "from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n"
    files = ("shop/logs.py", "logging.yaml")
    arguments_here = f"--host {HOST} --port {{port}}"


@contextmanager
def two(first: str = "", second: str = "") -> Iterator[tuple[Backend, Backend]]:
    """Two of the same site, web-1 and web-2, each with these settings of its own."""
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(running(DocumentedGunicorn(settings, f"web-{number}")))
            for number, settings in enumerate((first, second), start=1)
        )
        yield one, other


@contextmanager
def proxy(kind: type[S], configuration: str) -> Iterator[S]:
    """This load balancer with this configuration; where it is not installed, the test is skipped with a line."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(kind.start(configuration))
        except ServerMissing as missing:
            (pytest.fail if REQUIRE_ALL else pytest.skip)(str(missing))
        yield server
