"""The physical limit: what the server itself costs, with the least application that there can be.

At `/guarded` with the headers that guard a probe's answer, which a server checks and writes one by one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import TYPE_CHECKING, Any

from status.headers import PROBE_HEADERS

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

Message = MutableMapping[str, Any]  # as the ASGI specification has it

HEADERS = [("Content-Type", "text/plain"), ("Content-Length", "2")]
GUARDED = [*HEADERS, *PROBE_HEADERS.items()]
BODY = {"type": "http.response.body", "body": b"ok"}


def wsgi(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", GUARDED if environ["PATH_INFO"] == "/guarded" else HEADERS)
    return [b"ok"]


async def asgi(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    if scope["type"] != "http":  # uvicorn takes it for "no lifespan here", and goes on
        raise NotImplementedError(scope["type"])
    await send(GUARDED_START if scope["path"] == "/guarded" else START)
    await send(BODY)


def _start(headers: Iterable[tuple[str, str]]) -> Message:
    raw = [(name.lower().encode(), text.encode()) for name, text in headers]
    return {"type": "http.response.start", "status": 200, "headers": raw}


START, GUARDED_START = _start(HEADERS), _start(GUARDED)
