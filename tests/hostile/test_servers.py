"""Requests that are no HTTP, or hardly, on the sockets of real servers."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.hostile.promises import MOST
from tests.hostile.site import DETAIL, SECRETS, TOKEN
from tests.servers.ports import HOST
from tests.servers.web import Gunicorn, GunicornThreads, Uvicorn, WebServer
from tests.waiting import wait_until

SETTINGS = "from tests.hostile.site import *\n"
WRAPPED = "from status.{0} import get_{0}_application\napplication = get_{0}_application()\n"
SERVERS = {
    "gunicorn": (Gunicorn, None),
    "gunicorn, wrapper": (GunicornThreads, WRAPPED.format("wsgi")),
    "uvicorn": (Uvicorn, None),
    "uvicorn, wrapper": (Uvicorn, WRAPPED.format("asgi")),
}
PATIENCE_S = 0.3
"""Some of these are never answered: the server waits for the rest of them."""


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[WebServer]:
    """Each kind of server, with the probes by the middleware or below Django."""
    kind, application = SERVERS[request.param]
    with kind.serving(SETTINGS, application) as running:
        wait_until(lambda: running.ask("/startupz")[0] == 200)
        yield running


def request(line: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([line, *headers, b"", body])


HOSTED = b"Host: 127.0.0.1"
CLOSE = b"Connection: close"
CLAIM = b"Authorization: Bearer " + TOKEN.encode()


def get(path: bytes, *headers: bytes) -> bytes:
    return request(b"GET " + path + b" HTTP/1.1", HOSTED, CLOSE, *headers)


REQUESTS = {
    # the request line
    "nothing": b"",
    "a line feed": b"\n",
    "noise": bytes(range(256)),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/0.9": b"GET /livez\r\n\r\n",
    "HTTP/1.0": b"GET /livez HTTP/1.0\r\n\r\n",
    "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/9.9": b"GET /livez HTTP/9.9\r\n\r\n",
    "no path": b"GET  HTTP/1.1\r\n\r\n",
    "a lower case method": request(b"get /readyz HTTP/1.1", HOSTED, CLOSE),
    "an unknown method": request(b"BREW /status/api/health HTTP/1.1", HOSTED, CLOSE),
    "a method of bytes": request(b"G\x00T /status/ HTTP/1.1", HOSTED, CLOSE),
    "TRACE": request(b"TRACE /status/ HTTP/1.1", HOSTED, CLOSE, CLAIM),
    "CONNECT": request(b"CONNECT /status/ HTTP/1.1", HOSTED, CLOSE),
    "CONNECT to a host": request(b"CONNECT db.example:443 HTTP/1.1", HOSTED, CLOSE),
    "OPTIONS of all": request(b"OPTIONS * HTTP/1.1", HOSTED, CLOSE),
    "a whole URL": get(b"http://evil.example/status/api/stats"),
    "another scheme": get(b"file:///etc/passwd"),
    "broken escapes": get(b"/status/api/%zz%"),
    "an escaped NUL": get(b"/status/api/health%00"),
    "a NUL": get(b"/status/api/health\x00"),
    "bytes that are no UTF-8": get(b"/status/api/\xff\xfe"),
    "escapes that are no UTF-8": get(b"/readyz/%FF%FE"),
    "half a surrogate pair": get(b"/status/api/%ED%B0%80"),
    "dots": get(b"/status/assets/../../../../etc/passwd"),
    "escaped dots": get(b"/status/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd"),
    "slashes": get(b"//status//api//health"),
    "a header in the path": get(b"/status/api/x%0d%0aSet-Cookie:%20a=b"),
    "a long path": get(b"/status/api/" + b"a" * 60_000),
    "ten thousand segments": get(b"/readyz" + b"/a" * 10_000),
    "a long query": get(b"/readyz?verbose&" + b"exclude=a&" * 6_000),
    "a query of bytes": get(b"/readyz?\xff\xfe=%FF"),
    "a fragment": get(b"/livez#/../x"),
    # headers
    "no host": b"GET /status/ HTTP/1.1\r\nConnection: close\r\n\r\n",
    "two hosts": get(b"/status/", b"Host: evil.example"),
    "a strange host": request(b"GET /status/api HTTP/1.1", b"Host: [::1", CLOSE),
    "a header without a colon": get(b"/livez", b"nonsense"),
    "a header with a space": get(b"/livez", b"X : y"),
    "a folded header": get(b"/livez", b"X-A: b", b" c"),
    "a NUL in a header": get(b"/status/", b"X-A: \x00"),
    "a header of bytes": get(b"/status/api/stats", b"Authorization: Bearer \xff\xfe"),
    "two claims": get(b"/status/api/stats", CLAIM, b"Authorization: Bearer x"),
    "a claim with an underscore": get(b"/status/api/stats", CLAIM.replace(b"Authorization", b"Author_ization")),
    "ten thousand headers": get(b"/livez", *[b"X-%d: y" % number for number in range(10_000)]),
    "a long header": get(b"/livez", b"Cookie: " + b"a=b;" * 30_000),
    "a forwarded address": get(b"/status/api/stats", b"X-Forwarded-For: 10.1.2.3", b"Forwarded: for=10.1.2.3"),
    "another scheme behind a proxy": get(b"/status/", b"X-Forwarded-Proto: gopher"),
    "an upgrade": get(b"/status/", b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Key: eA=="),
    "a range": get(b"/status/api/health", b"Range: bytes=0-1,5-,-9999999999"),
    # bodies
    "a length of letters": get(b"/readyz", b"Content-Length: abc"),
    "a negative length": get(b"/readyz", b"Content-Length: -5"),
    "two lengths": get(b"/readyz", b"Content-Length: 0", b"Content-Length: 5"),
    "a body that does not come": request(b"POST /status/api/health HTTP/1.1", HOSTED, CLOSE, b"Content-Length: 9999"),
    "a huge body, announced": request(b"PUT /livez HTTP/1.1", HOSTED, CLOSE, b"Content-Length: 99999999999999"),
    "more body than said": request(
        b"POST /status/api/health HTTP/1.1", HOSTED, CLOSE, b"Content-Length: 1", body=b"x" * 5_000
    ),
    "chunks that are none": request(
        b"POST /readyz HTTP/1.1", HOSTED, CLOSE, b"Transfer-Encoding: chunked", body=b"zz\r\nno\r\n"
    ),
    "a length and chunks": request(
        b"POST /status/api/health HTTP/1.1",
        HOSTED,
        CLOSE,
        b"Content-Length: 4",
        b"Transfer-Encoding: chunked",
        body=b"0\r\n\r\nGET /status/api/stats HTTP/1.1\r\n\r\n",
    ),
    "an expectation": request(
        b"POST /livez HTTP/1.1", HOSTED, CLOSE, b"Expect: 100-continue", b"Content-Length: 10", body=b"x" * 10
    ),
    "half a request": b"GET /livez HTTP/1.1\r\nHost: 127",
    "many requests at once": get(b"/livez").replace(CLOSE, b"X-A: b") * 50 + get(b"/livez"),
}


def told(server: WebServer, sent: bytes) -> bytes:
    """All that the server says to these bytes."""
    said = b""
    with socket.create_connection((HOST, server.port), timeout=5.0) as connection, suppress(OSError):
        connection.sendall(sent)
        connection.settimeout(PATIENCE_S)
        while part := connection.recv(65_536):
            said += part
    return said


def statuses(said: bytes) -> list[int]:
    return [int(code) for code in re.findall(rb"(?:^|\n|ok)HTTP/1\.[01] (\d{3})", said)]


# uvicorn takes a caller on loopback for a proxy whose forwarded address it may believe, unless it is told otherwise
# (--forwarded-allow-ips); of two claims each server picks the one it likes.
BELIEVED = {("uvicorn", "a forwarded address"), ("uvicorn", "two claims"), ("gunicorn", "two claims")}


@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_hardly_http_gets_an_answer_or_none_and_the_process_goes_on(name: str, server: WebServer) -> None:
    before = {process.pid for process in server.workers()}
    said = told(server, REQUESTS[name])
    assert all(code < 500 or code == 503 for code in statuses(said)) or statuses(said) == [505]
    assert len(said) < 3 * MOST or name == "many requests at once"
    text = said.decode("latin-1")
    assert "Traceback" not in text
    assert "\nset-cookie" not in text.lower()
    if (server.label, name) not in BELIEVED:
        assert DETAIL not in text
    log = server.log.read_text(errors="replace")
    assert not [secret for secret in SECRETS if secret in text or secret in log]
    assert server.ask("/livez")[0] == 200
    assert {process.pid for process in server.workers()} == before
