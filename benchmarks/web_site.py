"""The measured site behind a real web server, and what its processes use."""

from __future__ import annotations

import http.client
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import load
import psutil
from backends import Backends
from children import HERE

import status
from tests.servers.process import HOST, Server, running
from tests.waiting import wait_until

GUNICORN = ("-m", "gunicorn", "--bind", f"{HOST}:{{port}}", "--no-control-socket")
UVICORN = ("-m", "uvicorn", "--host", HOST, "--port", "{port}", "--no-access-log")  # gunicorn has none by default

REST_S = 0.1
"""Without a tick of the clock in it, which are 10 ms apart, a server is at rest."""


@dataclass(frozen=True)
class Kind:
    """A web server as it is run, and how many processes answer."""

    name: str
    command: tuple[str, ...]
    is_async: bool = False
    processes: int = 2


KINDS = {
    "sync": Kind("gunicorn sync x 2", (*GUNICORN, "--workers", "2")),
    "gthread": Kind(
        "gunicorn gthread 2 x 4", (*GUNICORN, "--workers", "2", "--worker-class", "gthread", "--threads", "4")
    ),
    "uvicorn": Kind("uvicorn", UVICORN, is_async=True, processes=1),
}

# Variant -> its WSGI and its ASGI application.
APPLICATIONS = {
    "limit": ("peer_site.limit:wsgi", "peer_site.limit:asgi"),
    "peers": ("django.core.wsgi:get_wsgi_application()", "django.core.asgi:get_asgi_application"),
    "middleware": ("django.core.wsgi:get_wsgi_application()", "django.core.asgi:get_asgi_application"),
    "least": ("django.core.wsgi:get_wsgi_application()", "django.core.asgi:get_asgi_application"),
    "wrapper": ("status.wsgi:get_wsgi_application()", "status.asgi:get_asgi_application"),
}


@dataclass(frozen=True)
class Answer:
    """The code is 0 where none came in time."""

    code: int
    seconds: float
    content: bytes = b""


class WebSite(Server):
    """A variant of the site behind a kind of server; `variables` are added to its environment."""

    label = "site"

    def __init__(
        self, kind: Kind, variant: str, backends: Backends, python: str | Path = sys.executable, **variables: str
    ) -> None:
        super().__init__()
        self.kind = kind
        self.variant = variant
        self._python = str(python)
        self._variables = {**backends.environment(), **variables}

    @classmethod
    def missing(cls) -> str | None:
        return None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def ping(self, timeout_s: float = 0.3) -> bool:
        try:
            return self.ask("/bare/", timeout_s).code in (200, 301)
        except OSError:
            return False

    def ask(self, path: str, timeout_s: float = 15.0, headers: Mapping[str, str] | None = None) -> Answer:
        """GET on a connection of its own. OSError when there is nobody to ask, or who is asked goes away."""
        started = time.perf_counter()
        connection = http.client.HTTPConnection(HOST, self.port, timeout=timeout_s)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            response = connection.getresponse()
            content = response.read()
        except TimeoutError:
            return Answer(0, time.perf_counter() - started)
        finally:
            connection.close()
        return Answer(response.status, time.perf_counter() - started, content)

    def command(self) -> list[str]:
        arguments = [part.format(port=self.port) for part in self.kind.command]
        application = APPLICATIONS[self.variant][self.kind.is_async]
        factory = ["--factory"] if self.kind.is_async and self.variant != "limit" else []
        return [self._python, *arguments, *factory, application]

    def environment(self) -> dict[str, str]:
        source = Path(status.__file__).resolve().parents[1]
        return {
            "PYTHONPATH": f"{source}:{HERE}",
            "DJANGO_SETTINGS_MODULE": "peer_site.settings",
            "BENCHMARK_SITE": self.variant,
            # The order of sets and the collisions of dicts differ by it, and with them the cost: by some per cent.
            "PYTHONHASHSEED": "0",
            **self._variables,
        }

    def workers(self) -> list[psutil.Process]:
        """The processes that answer: gunicorn's own is not among them."""
        family = self.family()
        return family if self.kind.processes == 1 else family[1:]

    def cpu_s(self) -> float:
        """CPU seconds that all its processes have used, in their own code and in the kernel's."""
        times = [process.cpu_times() for process in self.family()]
        # A worker that died is in its parent's.
        return sum(each.user + each.system + each.children_user + each.children_system for each in times)

    def settle(self) -> None:
        # The wrapper loads Django at a process's first request, and says that it is not ready until then.
        self.wait_until_well("/readyz" if self.variant == "wrapper" else "/bare/")

    def wait_until_well(self, path: str) -> None:
        """Until every process answers the path as it should: asked one by one, one of them might get all requests."""
        wait_until(
            lambda: set(load.put(self.url, [path], 1).codes) <= {200, 301},
            timeout_s=60,
            message=lambda: f"{path} of {self.variant}: {self.ask(path)}",
        )

    def rest(self) -> None:
        """Wait until it has worked off what was asked of it."""
        used_s = -1.0
        while (now_s := self.cpu_s()) > used_s:
            used_s = now_s
            time.sleep(REST_S)


@contextmanager
def serving(
    kind: Kind, variant: str, backends: Backends, python: str | Path = sys.executable, **variables: str
) -> Iterator[WebSite]:
    """Start it, wait for its first answer, and end it after the block."""
    with running(WebSite(kind, variant, backends, python, **variables)) as site:
        yield site
