"""Paths and answers as WSGI and ASGI have them; knows nothing of Django, which may not be loaded yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias

from .answer import Answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

Scope: TypeAlias = "dict[str, Any]"
Receive: TypeAlias = "Callable[[], Awaitable[Mapping[str, Any]]]"
Send: TypeAlias = "Callable[[Mapping[str, Any]], Awaitable[None]]"
ASGIApplication: TypeAlias = "Callable[[Scope, Receive, Send], Awaitable[None]]"

_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def wsgi_path(environ: Mapping[str, Any]) -> str:
    """The path below the application's mount, decoded: WSGI has its bytes as Latin-1 (PEP 3333)."""
    path: str = environ.get("PATH_INFO", "")
    return path if path.isascii() else path.encode("latin-1", "replace").decode(errors="replace")


def asgi_path(scope: Mapping[str, Any], mount: str = "") -> str:
    """The path below the application's mount, the given one or the server's: ASGI has both in one, decoded."""
    path: str = scope["path"]
    mount = mount or scope.get("root_path", "")
    return path[len(mount) :] if mount and path.startswith(f"{mount}/") else path


def send_wsgi(said: Answer, method: str, start_response: StartResponse) -> Iterable[bytes]:
    """Send the answer to a WSGI server."""
    start_response(_LINES[said.status], said.headers)
    return (said.content(method),)


async def send_asgi(said: Answer, method: str, send: Send) -> None:
    """Send the answer to an ASGI server."""
    await send({"type": "http.response.start", "status": said.status, "headers": said.raw_headers})
    await send({"type": "http.response.body", "body": said.content(method)})
