"""A request byte by byte, asked of handlers as WSGI and ASGI servers hand it on."""

from __future__ import annotations

import asyncio
import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler, get_path_info

from status.probes import asgi, wsgi


@dataclass(frozen=True, repr=False)
class Asked:
    """A request. The path is what the server has decoded already."""

    method: str = "GET"
    path: bytes = b"/status/"
    query: bytes = b""
    headers: Sequence[tuple[str, bytes]] = ()
    """Names in lower case."""
    body: bytes = b""
    address: str = "203.0.113.9"

    def __repr__(self) -> str:
        """Short: the longest ones have megabytes."""
        return "Asked({})".format(", ".join(f"{name}={reprlib.repr(value)}" for name, value in vars(self).items()))


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = field(repr=False)
    path: str = ""
    """The request's path as Django has it."""
    read: int = 0
    """Bytes of the request's body that were read, where that is up to us."""


class _Body:
    """The stream of a request's body; tells how much of it was read."""

    def __init__(self, content: bytes) -> None:
        self._left = content
        self.read_bytes = 0

    def read(self, size: int | None = -1) -> bytes:
        size = len(self._left) if size is None or size < 0 else size
        said, self._left = self._left[:size], self._left[size:]
        self.read_bytes += len(said)
        return said

    def readline(self, size: int = -1) -> bytes:
        return self.read(size)


def ask_wsgi(application: Any, asked: Asked) -> Answered:
    """Ask as a WSGI server does: all bytes as Latin-1 (PEP 3333), headers that come twice joined by commas."""
    body = _Body(asked.body)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": asked.method,
        "PATH_INFO": asked.path.decode("latin-1"),
        "QUERY_STRING": asked.query.decode("latin-1"),
        "REMOTE_ADDR": asked.address,
        "HTTP_HOST": "127.0.0.1",
        "CONTENT_LENGTH": str(len(asked.body)),
        "wsgi.input": body,
    }
    for name, value in _joined(asked.headers).items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{key}"] = value.decode("latin-1")
    setup_testing_defaults(environ)
    path = get_path_info(environ)  # now: Django writes the path that it has read into the environment
    told: list[Any] = []
    parts = application(environ, lambda status, headers: told.extend([status, headers]))
    content = b"".join(parts)
    if hasattr(parts, "close"):
        parts.close()
    headers = {name.lower(): value for name, value in told[1]}
    return Answered(int(told[0].split()[0]), headers, content, path, body.read_bytes)


def ask_asgi(application: Any, asked: Asked) -> Answered:
    """Ask as an ASGI server does."""
    return asyncio.run(_aask(application, asked))


async def _aask(application: Any, asked: Asked) -> Answered:
    sent: list[Mapping[str, Any]] = []
    path = asked.path.decode(errors="replace")
    headers = dict.fromkeys(name for name, _ in asked.headers)
    scope = {
        "type": "http",
        "method": asked.method,
        "path": path,
        "raw_path": asked.path,
        "query_string": asked.query,
        "headers": [
            *([] if "host" in headers else [(b"host", b"127.0.0.1")]),
            *((name.encode("latin-1"), value) for name, value in asked.headers),
        ],
        "client": (asked.address, 1) if asked.address else None,
        "server": ("127.0.0.1", 80),
        "scheme": "http",
    }
    left = [{"type": "http.request", "body": asked.body, "more_body": False}]

    async def receive() -> Mapping[str, Any]:
        return left.pop() if left else await asyncio.Event().wait()  # type: ignore[return-value]

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    told = {name.decode().lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return Answered(sent[0]["status"], told, b"".join(each.get("body", b"") for each in sent[1:]), path)


def _joined(headers: Sequence[tuple[str, bytes]]) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for name, value in headers:
        between = b"; " if name == "cookie" else b","
        found[name] = found[name] + between + value if name in found else value
    return found


Ask = Callable[[Asked], Answered]

APPLICATIONS: Mapping[str, Callable[[], Ask]] = {
    "WSGI": lambda: _bound(ask_wsgi, WSGIHandler()),
    "ASGI": lambda: _bound(ask_asgi, ASGIHandler()),
    "wrapper, WSGI": lambda: _bound(ask_wsgi, wsgi.Probed(WSGIHandler())),
    "wrapper, ASGI": lambda: _bound(ask_asgi, asgi.Probed(ASGIHandler())),
}
"""Each is made within the site's settings, which a handler reads when it is made."""


def _bound(ask: Callable[[Any, Asked], Answered], application: Any) -> Ask:
    return lambda asked: ask(application, asked)
