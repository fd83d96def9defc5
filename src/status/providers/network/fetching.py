"""One HTTP request and what of its answer a check needs, in bounded time and memory."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from . import tls
from .wire import Wire, connected, place

PORTS = {"http": 80, "https": 443}
CHUNK = 65_536
SAFE = "%/:=&?~#+!$,;'@()*[]"  # what is said already as a URL has it


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes."""

    scheme: str
    host: str
    port: int
    path: str
    """With the query."""
    authorization: str | None = None
    """Of the user and password that the URL has."""

    @property
    def place(self) -> str:
        """Host, and port where it is not the scheme's own: what may be shown of a URL. Paths and queries hold keys."""
        return self.host if self.port == PORTS[self.scheme] else place(self.host, self.port)

    def is_beside(self, other: Target) -> bool:
        """Whether it is the same scheme, host and port."""
        return (self.scheme, self.host, self.port) == (other.scheme, other.host, other.port)


@dataclass(frozen=True, slots=True)
class Wish:
    """How it is asked, and how much of the answer is read."""

    method: str = "GET"
    headers: Mapping[str, str] | None = None
    verify: bool = True
    ca_file: str | None = None
    most_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    location: str | None
    encoding: str
    body: bytes
    is_whole: bool
    """There is no more of the body than was read."""


def target(url: str) -> Target:
    """ValueError, which does not show it, for what is no URL of HTTP."""
    if any(character <= " " or character == "\x7f" for character in url):
        raise ValueError("it has a space or a control character")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("it can't be read") from None
    if parts.scheme not in PORTS or not host:
        raise ValueError("it does not begin with http:// or https:// and a host")
    path = quote(parts.path or "/", safe=SAFE) + (f"?{quote(parts.query, safe=SAFE)}" if parts.query else "")
    return Target(parts.scheme, host, port or PORTS[parts.scheme], path, _authorization(parts))


def redirected(asked: Target, location: str) -> Target:
    """Where a redirect leads."""
    return target(urljoin(f"{asked.scheme}://{place(asked.host, asked.port)}{asked.path}", location))


def fetch(asked: Target, wish: Wish) -> Answer:
    """Ask, on a connection of its own that is closed at the end; raises what keeps it from an answer."""
    with connected(asked.host, asked.port) as wire:
        if asked.scheme == "https":
            wire.secure(tls.context(verified=wish.verify, ca_file=wish.ca_file), asked.host)
        connection = HTTPConnection(asked.host, asked.port)
        connection.default_port = PORTS[asked.scheme]  # so the header Host is as it should be
        connection.sock = _Line(wire)
        connection.request(wish.method, asked.path, headers=_headers(asked, wish))
        response = connection.getresponse()
        body = _body(response, wish.most_bytes)
        return Answer(
            response.status,
            response.getheader("Location"),
            response.getheader("Content-Encoding", "identity").strip().lower(),
            body[: wish.most_bytes],
            len(body) <= wish.most_bytes,
        )


def _body(response: HTTPResponse, most: int) -> bytes:
    """Up to so many bytes of it, and one more where there is one; nothing is read where nothing is wanted."""
    body = b""
    while most and len(body) <= most:
        chunk = response.read1(min(CHUNK, most + 1 - len(body)))
        body += chunk
        if not chunk:
            if response.length:
                raise IncompleteRead(body, response.length)
            break
    return body


def _headers(asked: Target, wish: Wish) -> dict[str, str]:
    headers = {"User-Agent": "django-status", "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
    if asked.authorization:
        headers["Authorization"] = asked.authorization
    given = dict(wish.headers or {})
    replaced = {name.lower() for name in given}
    return {**{name: value for name, value in headers.items() if name.lower() not in replaced}, **given}


def _authorization(parts: SplitResult) -> str | None:
    if parts.username is None:
        return None
    said = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"Basic {base64.b64encode(said.encode()).decode()}"


class _Line:
    """A wire as `http.client` wants a socket. It is closed by who opened it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def sendall(self, content: bytes) -> None:
        self._wire.sendall(content)

    def makefile(self, mode: str) -> io.BufferedReader:
        return self._wire.file()

    def close(self) -> None:
        pass
