"""What a probe's door sends; knows nothing of Django, which may not be loaded yet."""

from __future__ import annotations

from dataclasses import dataclass

from ..headers import PROBE_HEADERS

METHODS = ("GET", "HEAD")

_HEADERS = (("Content-Type", "text/plain; charset=utf-8"), *PROBE_HEADERS.items())
_RAW_HEADERS = tuple((name.lower().encode(), value.encode()) for name, value in _HEADERS)
_ALLOW = ", ".join(METHODS)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status of HTTP and a text."""

    status: int
    body: bytes

    def content(self, method: str) -> bytes:
        """The body to send: none on HEAD."""
        return b"" if method == "HEAD" else self.body

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Those that every door sends; a list of its own, since a WSGI server may change it (PEP 3333).

        The length is that of GET, on HEAD too (RFC 9110, 8.6).
        """
        headers = [("Content-Length", str(len(self.body))), *_HEADERS]
        return [*headers, ("Allow", _ALLOW)] if self.status == 405 else headers

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The same as ASGI has them."""
        headers = [(b"content-length", b"%d" % len(self.body)), *_RAW_HEADERS]
        return [*headers, (b"allow", _ALLOW.encode())] if self.status == 405 else headers


OK = Answer(200, b"ok")
FAILED = Answer(503, b"fail")
STARTING = Answer(503, b"starting")
NOT_LOADED = Answer(503, b"failed to load")
DRAINING = Answer(503, b"draining")
NOT_THERE = Answer(404, b"not found")
NOT_ALLOWED = Answer(405, b"method not allowed")
