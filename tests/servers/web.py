"""A site of ours behind a real web server: gunicorn or uvicorn."""

from __future__ import annotations

import http.client
import json
import sys
from abc import abstractmethod
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import psutil

from tests.servers.ports import HOST
from tests.servers.process import Server, running
from tests.settings import SQLITE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from typing_extensions import Self

_ROOT = Path(__file__).parents[2]

_SITE = """
from tests.settings import *

ALLOWED_HOSTS = ["127.0.0.1"]
"""


class WebServer(Server):
    """It serves the site of these settings, below `/status/`."""

    application: ClassVar[str]
    processes: ClassVar[int] = 1
    """How many answer requests."""

    def __init__(self, settings: str, application: str | None = None, within: Sequence[str] = ()) -> None:
        super().__init__()
        self._within = within
        self.write("site_settings.py", _SITE + settings)
        self.write("application.py", application or self.application)

    @classmethod
    @contextmanager
    def serving(cls, settings: str, application: str | None = None, within: Sequence[str] = ()) -> Iterator[Self]:
        """Start it with these lines of settings, and end it after the block.

        `application` is the text of another module for it to load, `within` the beginning of its command line: a
        program that runs the rest (`mounts.own`).
        """
        with running(cls(settings, application, within)) as server:
            yield server

    @classmethod
    def missing(cls) -> str | None:
        return None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/status/"

    def ping(self, timeout_s: float = 0.3) -> bool:
        try:
            return self.ask("/status/assets/0/none", timeout_s=timeout_s)[0] == 404
        except OSError:
            return False

    def ask(self, path: str, method: str = "GET", timeout_s: float = 30.0, **headers: str) -> tuple[int, Any, Any]:
        """Code, headers and body of the answer; the body is read as JSON where it is."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=timeout_s)
        try:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        is_json = content and response.headers.get_content_type() == "application/json"
        return response.status, response.headers, json.loads(content) if is_json else content

    @abstractmethod
    def program(self) -> list[str]:
        """The web server and its arguments."""

    def command(self) -> list[str]:
        return [*self._within, *self.program()]

    def workers(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        master, *children = self.family()
        return children or [master]

    def environment(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "site_settings",
            "STATUS_TESTS_SQLITE_FILE": SQLITE_FILE,
            "PYTHONPATH": f"{self.directory}:{_ROOT / 'src'}:{_ROOT}",
        }


class Gunicorn(WebServer):
    """gunicorn with a sync worker."""

    label = "gunicorn"
    application = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
    options: ClassVar[Sequence[str]] = ()

    def program(self) -> list[str]:
        where = ("--bind", f"{HOST}:{self.port}", "--no-control-socket")
        return [sys.executable, "-m", "gunicorn", "application", *where, *self.options]


class GunicornSync(Gunicorn):
    """gunicorn with two sync workers."""

    processes = 2
    options = ("--workers=2",)


class GunicornThreads(Gunicorn):
    """gunicorn with two workers of four threads each."""

    processes = 2
    options: ClassVar[Sequence[str]] = ("--worker-class=gthread", "--workers=2", "--threads=4")


class GunicornPreloading(GunicornThreads):
    """gunicorn that loads the application before it forks its workers."""

    options = (*GunicornThreads.options, "--preload")


class GunicornGevent(Gunicorn):
    """gunicorn with two workers of gevent."""

    processes = 2
    options = ("--worker-class=gevent", "--workers=2")


class Uvicorn(WebServer):
    """uvicorn."""

    label = "uvicorn"
    application = "from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n"

    def program(self) -> list[str]:
        where = ("--host", HOST, "--port", str(self.port))
        return [sys.executable, "-m", "uvicorn", "application:application", *where, "--lifespan", "off"]
