"""The doors that a probe can come through, each asked as its server would ask it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import setup_testing_defaults

from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from status.probes import asgi, wsgi

MIDDLEWARE = "status.middleware.ProbeMiddleware"


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    body: str
    headers: Mapping[str, str]


def ask_wsgi(
    application: Any, path: str, method: str = "GET", query: str = "", body: bytes = b"", **environ: str
) -> Reply:
    """Ask as a WSGI server does; the path as it stands in the request line."""
    told: list[Any] = []
    # PEP 3333: the bytes of the path, decoded, as Latin-1.
    request: dict[str, Any] = {
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_METHOD": method,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        "REMOTE_ADDR": "203.0.113.9",
        **environ,
    }
    setup_testing_defaults(request)
    parts = application(request, lambda status, headers: told.extend([status, headers]))
    content = b"".join(parts)
    if hasattr(parts, "close"):
        parts.close()
    return Reply(int(told[0].split()[0]), content.decode(), {name.lower(): value for name, value in told[1]})


def ask_asgi(
    application: Any, path: str, method: str = "GET", query: str = "", body: bytes = b"", **environ: str
) -> Reply:
    """Ask as an ASGI server does."""
    return asyncio.run(aask(application, path, method, query, body, **environ))


async def aask(
    application: Any, path: str, method: str = "GET", query: str = "", body: bytes = b"", **environ: str
) -> Reply:
    """As `ask_asgi`, on this loop."""
    sent: list[Mapping[str, Any]] = []
    names = {"HTTP_AUTHORIZATION": b"authorization", "HTTP_HOST": b"host"}
    scope = {
        "type": "http",
        "method": method,
        "path": unquote_to_bytes(path).decode(errors="replace"),
        "raw_path": path.encode(),
        "query_string": query.encode("latin-1"),
        "headers": [
            (b"host", b"127.0.0.1"),
            *((names[name], value.encode("latin-1")) for name, value in environ.items() if name in names),
        ],
        "client": (environ.get("REMOTE_ADDR", "203.0.113.9"), 1),
        "scheme": "http",
    }
    received = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Mapping[str, Any]:
        return received.pop() if received else await asyncio.Event().wait()  # type: ignore[return-value]

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], b"".join(each.get("body", b"") for each in sent[1:]).decode(), headers)


def _missing_wsgi(environ: Any, start_response: Any) -> Any:
    start_response("404 Not Found", [("X-From", "site")])
    return [b"the site"]


async def _missing_asgi(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": [(b"x-from", b"site")]})
    await send({"type": "http.response.body", "body": b"the site"})


def _by_middleware(handler: type, ask: Callable[..., Reply]) -> Callable[..., Reply]:
    def door(path: str, method: str = "GET", query: str = "", **options: Any) -> Reply:
        from django.conf import settings

        # A site that turns away what it does not know, and speaks HTTPS alone.
        with override_settings(
            MIDDLEWARE=[MIDDLEWARE, *settings.MIDDLEWARE], ALLOWED_HOSTS=["shop.example"], SECURE_SSL_REDIRECT=True
        ):
            return ask(handler(), path, method, query, **options)

    return door


def _by_urls(handler: type, ask: Callable[..., Reply]) -> Callable[..., Reply]:
    def door(path: str, method: str = "GET", query: str = "", **options: Any) -> Reply:
        with override_settings(ROOT_URLCONF="tests.probes.urls", ALLOWED_HOSTS=["*"]):
            return ask(handler(), path, method, query, **options)

    return door


def _by_wrapper(probed: Callable[[Any], Any], site: Any, ask: Callable[..., Reply]) -> Callable[..., Reply]:
    def door(path: str, method: str = "GET", query: str = "", **options: Any) -> Reply:
        return ask(probed(site), path, method, query, **options)

    return door


DOORS: dict[str, Callable[..., Reply]] = {
    "middleware, WSGI": _by_middleware(WSGIHandler, ask_wsgi),
    "middleware, ASGI": _by_middleware(ASGIHandler, ask_asgi),
    "URLs, WSGI": _by_urls(WSGIHandler, ask_wsgi),
    "URLs, ASGI": _by_urls(ASGIHandler, ask_asgi),
    "wrapper, WSGI": _by_wrapper(wsgi.Probed, _missing_wsgi, ask_wsgi),
    "wrapper, ASGI": _by_wrapper(asgi.Probed, _missing_asgi, ask_asgi),
}
