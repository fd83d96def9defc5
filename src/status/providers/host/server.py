"""Which web server this process is of, and which of its workers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

DISTRIBUTIONS = {
    "gunicorn": "gunicorn",
    "uvicorn": "uvicorn",
    "hypercorn": "hypercorn",
    "daphne": "daphne",
    "granian": "granian",
    "waitress": "waitress",
    "runserver": "django",
}
"""Server → whose version is its."""

FORKING = frozenset({"gunicorn"})
"""Whose parent is always a master of theirs."""

_RUNSERVER = "django.core.servers.basehttp"
DEEPEST = 500


@dataclass(frozen=True, slots=True)
class Server:
    """A web server, as far as it tells."""

    name: str
    version: str | None
    worker: int | None = None
    """From 1 on, where the server numbers them itself."""
    workers: int | None = None
    worker_class: str | None = None


def this() -> Server | None:
    """The web server that this process serves by; None where it is not one's."""
    return _embedding() or _running() or _started()


def program() -> str:
    """What was started, in a word, as "gunicorn" or "manage.py"."""
    path = Path(sys.argv[0] if sys.argv else "")
    return (path.parent.name if path.name == "__main__.py" else path.name) or "python"


def _embedding() -> Server | None:
    """uWSGI and mod_wsgi have Python within them, and modules of their own that nothing else has."""
    uwsgi, mod_wsgi = sys.modules.get("uwsgi"), sys.modules.get("mod_wsgi")
    if uwsgi is not None and hasattr(uwsgi, "worker_id"):
        version = uwsgi.version
        text = version.decode() if isinstance(version, bytes) else str(version)
        return Server("uwsgi", text, uwsgi.worker_id(), getattr(uwsgi, "numproc", None))
    if mod_wsgi is not None and hasattr(mod_wsgi, "process_group"):
        version = ".".join(map(str, getattr(mod_wsgi, "version", ())))
        return Server("mod_wsgi", version or None, workers=getattr(mod_wsgi, "maximum_processes", None))
    return None


def _running() -> Server | None:
    """By what runs in the threads of this process: a server that merely is imported runs in none."""
    for name, inner in _running_servers():
        return Server(name, _version(name), worker_class=inner if inner != name else None)
    return None


def _running_servers() -> Iterator[tuple[str, str]]:
    """The outermost and the innermost server of each thread that has one: gunicorn may run uvicorn's worker."""
    for frame in sys._current_frames().values():
        # From the innermost outwards.
        servers = [server for module in _modules(frame) if (server := _server_of(module))]
        if servers:
            yield servers[-1], servers[0]


def _modules(frame: FrameType | None) -> Iterator[str]:
    for _ in range(DEEPEST):
        if frame is None:
            return
        yield str(frame.f_globals.get("__name__", ""))
        frame = frame.f_back


def _server_of(module: str) -> str | None:
    if module.startswith(_RUNSERVER):
        return "runserver"
    package = module.partition(".")[0]
    # Not what the command of a server's own name does before it serves.
    return package if package in DISTRIBUTIONS else None


def _started() -> Server | None:
    """By the program: under gevent the server's loop is in no thread's sight."""
    name = program().removesuffix(".py")
    return Server(name, _version(name)) if name in DISTRIBUTIONS else None


def _version(server: str) -> str | None:
    from importlib import metadata

    with suppress(metadata.PackageNotFoundError):
        return metadata.version(DISTRIBUTIONS[server])
    return None
