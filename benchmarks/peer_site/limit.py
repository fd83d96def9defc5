"""The physical limit: what the server itself costs, with the least application that there can be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

Message = MutableMapping[str, Any]  # as the ASGI specification has it

HEADERS = [("Content-Type", "text/plain"), ("Content-Length", "2")]
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(name.lower().encode(), text.encode()) for name, text in HEADERS],
}
BODY = {"type": "http.response.body", "body": b"ok"}


def wsgi(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", HEADERS)
    return [b"ok"]


async def asgi(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    if scope["type"] != "http":  # uvicorn takes it for "no lifespan here", and goes on
        raise NotImplementedError(scope["type"])
    await send(START)
    await send(BODY)
