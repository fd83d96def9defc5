"""What answers over HTTP: as nginx does, and as servers do that are broken or hostile."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import psutil
import pytest
import trustme

from status import State
from status.providers.http import http
from tests.checking import look, look_at_one, told_at_start
from tests.conftest import REQUIRE_ALL
from tests.servers.nginx import Nginx
from tests.servers.process import running
from tests.servers.scripted import read_head, saying, serving, trickling
from tests.sites import DEADLINE_S
from tests.waiting import wait_until

HTTP = "http.http"
SITE = """
server {
    listen 80;
    server_name here;
    default_type text/plain;
    location = / { return 200 "all is well\\n"; }
    location = /json { return 200 '{"status": "ok", "parts": [{"n/a": 1, "up": true}]}'; }
    location = /empty { return 204; }
    location = /broken { return 503; }
    location = /strange { return 599; }
    location = /moved { return 302 /; }
    location = /moved-twice { return 301 /moved; }
    location = /loop { return 302 /loop?again; }
    location = /away { return 302 https://elsewhere.example/login?next=secret; }
    location = /nowhere { return 302 mailto:me@here.example; }
    location = /closed { return 401; }
    location = /to-echo { return 302 /echo; }
    location = /to-another { return 302 http://you:there@$http_host/echo; }
    location = /echo { return 200 "$http_x_key|$http_authorization|$http_user_agent|$http_host|$request_uri"; }
}
"""


def nginx(configuration: str) -> Nginx:
    if missing := Nginx.missing():
        (pytest.fail if REQUIRE_ALL else pytest.skip)(missing)
    return Nginx(configuration)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The URL of an nginx, without a slash."""
    with running(nginx(SITE)) as server:
        yield server.url.rstrip("/")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA, *names: str, **validity: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **validity).configure_cert(context)
    return context


def trusted(authority: trustme.CA, folder: Path) -> Path:
    file = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return file


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

# Status


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/", {}),
        ("/", {"method": "HEAD"}),
        ("/empty", {}),
        ("/broken", {"status": 503}),
        ("/broken", {"status": [200, 503]}),
        ("/moved", {"status": {302}}),
        ("/", {"contains": "is well"}),
        ("/json", {"json_equals": {"/status": "ok", "/parts/0/n~1a": 1, "/parts/0/up": True}}),
        ("/json", {"json_equals": {"": {"status": "ok", "parts": [{"n/a": 1, "up": True}]}}}),
        ("/moved-twice", {"follow": "host", "contains": "is well"}),
    ],
)
def test_what_answers_as_expected_passes(path: str, options: Any, site: str) -> None:
    seen = look_at_one(HTTP, site + path, **options)
    assert (seen.state, seen.error, seen.unit) == (State.PASS, None, "ms")
    assert isinstance(seen.value, float)
    assert str(seen.detail).endswith(" ms")


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("path", "options", "error"),
    [
        ("/broken", {}, "503 Service Unavailable"),
        ("/strange", {}, "599"),
        ("/not-there", {}, "404 Not Found"),
        ("/", {"status": 204}, "200 OK"),
        ("/moved", {}, "302 Found elsewhere on the same host"),
        ("/away", {}, "302 Found, to https://elsewhere.example"),
        ("/nowhere", {}, "302 Found"),
        ("/nowhere", {"follow": "anywhere"}, "302 Found, to what is no URL of HTTP"),
        ("/away", {"follow": "host"}, "302 Found, to https://elsewhere.example"),
        ("/loop", {"follow": "host"}, "more than 5 redirects"),
        ("/loop", {"follow": "anywhere"}, "more than 5 redirects"),
        ("/closed", {}, "401 Unauthorized"),
        ("/", {"contains": "is ill"}, "its body does not contain what it should"),
        ("/", {"json_equals": {"/status": "ok"}}, "its body is no JSON"),
        ("/json", {"json_equals": {"/state": "ok"}}, "its body has nothing at '/state'"),
        ("/json", {"json_equals": {"/parts/1": 1}}, "its body has nothing at '/parts/1'"),
        ("/json", {"json_equals": {"/status/deeper": 1}}, "its body has nothing at '/status/deeper'"),
        ("/json", {"json_equals": {"/status": "up"}}, "its body has something else at '/status' than 'up'"),
        ("/json", {"json_equals": {"/parts/0/up": 1}}, "its body has something else at '/parts/0/up' than 1"),
        (
            "/json",
            {"json_equals": {"/status": "ok"}, "most_bytes": 5},
            "its body does not end within its first 5 bytes",
        ),
        (
            "/",
            {"contains": "is well", "most_bytes": 5},
            "its body does not contain what it should within its first 5 bytes",
        ),
    ],
)
def test_what_answers_otherwise_fails_with_the_reason(path: str, options: Any, error: str, site: str) -> None:
    seen = look_at_one(HTTP, site + path, **options)
    assert (seen.state, seen.error) == (State.FAIL, error)


@pytest.mark.usefixtures("patient")
def test_it_is_judged_by_how_long_it_takes(site: str) -> None:
    assert look_at_one(HTTP, site, warn_ms=0).state is State.WARN
    assert look_at_one(HTTP, site, fail_ms=0).state is State.FAIL
    assert look_at_one(HTTP, site, warn_ms=19_000, fail_ms=20_000).state is State.PASS


# What is sent, and what is shown


@pytest.mark.usefixtures("patient")
def test_headers_and_user_are_sent_and_never_shown(site: str) -> None:
    url = site.replace("//", "//me:hunter%212@") + "/echo?token=hunter3"
    said = "k1|Basic bWU6aHVudGVyITI=|django-status|"
    seen = look_at_one(HTTP, url, headers={"X-Key": "k1"}, contains=said)
    assert seen.state is State.PASS
    assert look_at_one(HTTP, site + "/echo?a=1#part", contains="/echo?a=1").state is State.PASS
    assert look_at_one(HTTP, url, headers={"user-agent": "me"}, contains="|me|").state is State.PASS
    for wrong in (look_at_one(HTTP, url, status=204), look_at_one(HTTP, url, contains="x" * 9)):
        assert "hunter" not in f"{wrong}"
    assert seen.name == site.removeprefix("http://")


@pytest.mark.usefixtures("patient")
def test_headers_do_not_follow_to_another_place(site: str) -> None:
    where = site.replace("127.0.0.1", "localhost")
    with serving(saying(f"HTTP/1.1 302 Found\r\nLocation: {where}/echo\r\n\r\n".encode())) as server:
        url = f"http://me:secret@127.0.0.1:{server.port}/"
        options: Any = {"headers": {"X-Key": "k1"}, "contains": "||django-status|"}
        assert look_at_one(HTTP, url, follow="anywhere", **options).state is State.PASS
        seen = look_at_one(HTTP, url, follow="host", **options)
    assert seen.error == f"302 Found, to {where}"


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("follow", ["host", "anywhere"])
def test_headers_and_user_follow_on_the_same_place(follow: str, site: str) -> None:
    url = site.replace("//", "//me:hunter%212@")
    for path, login in (("/to-echo", "bWU6aHVudGVyITI="), ("/to-another", "eW91OnRoZXJl")):
        said = f"k1|Basic {login}|django-status|"
        assert look_at_one(HTTP, url + path, headers={"X-Key": "k1"}, contains=said, follow=follow).error is None


@pytest.mark.usefixtures("patient")
def test_the_user_is_sent_again_to_the_first_place_only(site: str) -> None:
    with serving(saying(f"HTTP/1.1 302 Found\r\nLocation: {site}/to-echo\r\n\r\n".encode())) as server:
        url = f"http://me:secret@127.0.0.1:{server.port}/"
        assert look_at_one(HTTP, url, follow="anywhere", contains="||django-status|").error is None


@pytest.mark.usefixtures("patient")
def test_each_of_several_urls_is_a_component_of_its_own(site: str, refused_port: int) -> None:
    seen = look(HTTP, urls={"shop": site, "pay": f"http://127.0.0.1:{refused_port}/"})
    assert {name: part.state for name, part in seen.items()} == {"shop": State.PASS, "pay": State.FAIL}
    assert "refused" in str(seen["pay"].error)


def test_its_names_are_details() -> None:
    assert http.names_are_details
    assert http.names("https://shop.example:8443/x?y") == ("shop.example:8443",)
    assert http.names("https://[::1]/") == ("::1",)
    assert http.names("https://[::1]:8443/") == ("[::1]:8443",)
    assert http.names("http://shop.example", label="shop") == ("shop",)


# TLS


@pytest.mark.usefixtures("patient")
def test_tls_is_spoken_and_verified(authority: trustme.CA, tmp_path: Path) -> None:
    with serving(saying(OK), server_context(authority, "localhost", "127.0.0.1")) as server:
        url = f"https://localhost:{server.port}/"
        seen = look_at_one(HTTP, url, ca_file=trusted(authority, tmp_path), contains="ok")
        assert (seen.state, seen.error) == (State.PASS, None)
        stranger = look_at_one(HTTP, url)
        assert "its certificate is not trusted: " in str(stranger.error)
        assert look_at_one(HTTP, url, verify=False).state is State.PASS


@pytest.mark.usefixtures("patient")
def test_a_certificate_of_another_name_fails(authority: trustme.CA, tmp_path: Path) -> None:
    with serving(saying(OK), server_context(authority, "other.example")) as server:
        seen = look_at_one(HTTP, f"https://localhost:{server.port}/", ca_file=str(trusted(authority, tmp_path)))
    assert "Hostname mismatch" in str(seen.error)


@pytest.mark.usefixtures("patient")
def test_an_nginx_that_speaks_tls_passes(authority: trustme.CA, tmp_path: Path) -> None:
    server = nginx("")
    certificate = authority.issue_cert("localhost")
    server.write("chain.pem", certificate.private_key_and_cert_chain_pem.bytes().decode())
    chain = server.directory / "chain.pem"
    tls = f"ssl_certificate {chain}; ssl_certificate_key {chain};"
    server._configure(f"server {{ listen 127.0.0.1:{server.port} ssl; {tls} location / {{ return 200 ok; }} }}")
    with running(server):
        url = f"https://localhost:{server.port}"
        assert look_at_one(HTTP, url, ca_file=trusted(authority, tmp_path), contains="ok").state is State.PASS
        seen = look_at_one(HTTP, f"http://localhost:{server.port}")
        assert seen.error == "400 Bad Request"


@pytest.mark.usefixtures("patient")
def test_what_speaks_no_tls_fails() -> None:
    with serving(lambda caller: caller.sendall(b"220 welcome\r\n")) as server:
        assert "SSL" in str(look_at_one(HTTP, f"https://localhost:{server.port}/").error)


# What misbehaves


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", "RemoteDisconnected"),
        (b"220 welcome\r\n", "BadStatusLine"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok", "IncompleteRead"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nok",
            "its body is compressed, though that was not asked for",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 100_000, "its body is no JSON"),
        (b"HTTP/1.1 200 OK\r\n\r\n\xff", "its body is no JSON"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "IncompleteRead"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "HTTPException"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", "LineTooLong"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://[/\r\n\r\n", "302 Found"),
    ],
)
def test_what_is_no_proper_answer_fails(answer: bytes, error: str) -> None:
    with serving(saying(answer)) as server:
        seen = look_at_one(HTTP, f"http://127.0.0.1:{server.port}/", json_equals={"/status": "ok"})
    assert seen.state is State.FAIL
    assert error in str(seen.error)


@pytest.mark.usefixtures("patient")
def test_a_huge_body_is_read_to_its_limit_and_no_further() -> None:
    sent = 0
    done = threading.Event()

    def script(caller: socket.socket) -> None:
        nonlocal sent
        read_head(caller)
        caller.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                sent += caller.send(b"x" * 65_536)
        finally:
            done.set()

    with serving(script) as server:
        url = f"http://127.0.0.1:{server.port}/"
        seen = look_at_one(HTTP, url, contains="end", most_bytes=100_000)
        assert seen.error == "its body does not contain what it should within its first 100,000 bytes"
        assert done.wait(5)
        assert sent < 20 * 2**20  # what the kernel's buffers take
        assert look_at_one(HTTP, url).state is State.PASS  # nothing was asked of it: it is not read


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("port", ["silent_port", "unreachable_port"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_port_that_never_answers_fails_at_the_deadline(
    port: str, scheme: str, request: pytest.FixtureRequest
) -> None:
    started_at = monotonic()
    seen = look_at_one(HTTP, f"{scheme}://127.0.0.1:{request.getfixturevalue(port)}/")
    assert monotonic() - started_at < DEADLINE_S + 0.5
    assert seen.state is State.FAIL


ENDLESS = {
    "a status line": b"HTTP/1.1 200 " + b"x" * 60_000,
    "interim answers": b"HTTP/1.1 100 Continue\r\n\r\n",
    "headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 90,
    "a body": b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10_000,
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 10_000,
}


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("content", ENDLESS.values(), ids=ENDLESS.keys())
def test_what_trickles_gains_no_time(content: bytes) -> None:
    with serving(trickling(content)) as server:
        started_at = monotonic()
        seen = look_at_one(HTTP, f"http://127.0.0.1:{server.port}/", contains="end")
        assert monotonic() - started_at < DEADLINE_S + 0.5
        assert seen.state is State.FAIL
        wait_until(lambda: not connections_to(server.port))


@pytest.mark.parametrize("content", [ENDLESS["headers"], ENDLESS["a body"]])
def test_called_as_a_function_it_is_bounded_too(content: bytes) -> None:
    with serving(trickling(content)) as server:
        started_at = monotonic()
        assert http(f"http://127.0.0.1:{server.port}/", contains="end") == {f"127.0.0.1:{server.port}": False}
        assert monotonic() - started_at < 3


def connections_to(port: int) -> list[Any]:
    return [
        each
        for each in psutil.Process().net_connections("tcp")
        if each.raddr and each.raddr.port == port and each.status == psutil.CONN_ESTABLISHED
    ]


@pytest.mark.usefixtures("patient")
def test_it_leaves_no_connection_behind(site: str) -> None:
    look_at_one(HTTP, f"{site}/moved-twice", follow="host")
    assert not connections_to(int(site.rpartition(":")[2]))


# Arguments


@pytest.mark.parametrize(
    ("args", "kwargs", "told"),
    [
        ([], {}, "http takes either a url or urls"),
        (["http://x"], {"urls": {"a": "http://x"}}, "http takes either a url or urls"),
        ([], {"urls": {}}, "urls names none"),
        ([], {"urls": ["http://x"]}, "urls is a mapping of labels to URLs, not a list"),
        ([], {"urls": {"a": "http://x"}, "label": "b"}, "label is of a url; urls have theirs"),
        ([], {"urls": {"a": "x"}}, "urls['a']: it does not begin with http:// or https:// and a host"),
        (["ftp://x"], {}, "url: it does not begin with http:// or https:// and a host"),
        (["http:///x"], {}, "url: it does not begin with http:// or https:// and a host"),
        (["http://x:port/"], {}, "url: it can't be read"),
        (["http://x/\r\nA: b"], {}, "url: it has a space or a control character"),
        ([7], {}, "url is a text, not a int"),
        (["http://x"], {"label": ""}, "label is a text, not an empty one"),
        (["http://x"], {"method": "POST"}, "method is one of GET, HEAD, not 'POST'"),
        (["http://x"], {"method": "HEAD", "contains": "x"}, "HEAD is answered without a body"),
        (["http://x"], {"status": "200"}, "status is a status code or several, not '200'"),
        (["http://x"], {"status": []}, "status is a status code or several, not []"),
        (["http://x"], {"status": [99]}, "and 99 is none"),
        (["http://x"], {"follow": True}, "follow is one of never, host, anywhere, not True"),
        (["http://x"], {"verify": 1}, "verify is True or False, not 1"),
        (["http://x"], {"contains": b"x"}, "contains is a text, not a bytes"),
        (["http://x"], {"json_equals": ["/a"]}, "json_equals is a mapping of JSON pointers to values, not a list"),
        (["http://x"], {"json_equals": {"a": 1}}, "a JSON pointer begins with a slash, and 'a' does not"),
        (["http://x"], {"most_bytes": 0}, "most_bytes is a number from 1 on, not 0"),
        (["http://x"], {"headers": {"A": "b\r\nC: d"}}, "headers is a mapping of names to texts, each of one line"),
        (["http://x"], {"headers": ["A"]}, "headers is a mapping of names to texts, not a list"),
        (["http://x"], {"warn_ms": 2, "fail_ms": 1}, "warn_ms (2) is above fail_ms (1)"),
        (["http://x"], {"warn_ms": "2"}, "warn_ms is a number, not '2'"),
        (["http://x"], {"fail_ms": -1}, "fail_ms is a number from 0 on, not -1"),
        (["http://x"], {"timeout": 1}, "got an unexpected keyword argument 'timeout'"),
        (["http://x"], {"headers": {"A key": "b"}}, "headers: a name is of letters, digits and !#$%&'*+-.^_`|~ alone"),
        (["http://x"], {"headers": {"": "b"}}, "headers: a name is of letters"),
        (["http://x"], {"headers": {"A:": "b"}}, "headers: a name is of letters"),
        (["http://x"], {"ca_file": 5}, "ca_file is a text, not a int"),
        (["http://x"], {"ca_file": ""}, "ca_file is a text, not an empty one"),
        (["http://x"], {"ca_file": "/x", "verify": False}, "ca_file says whom to trust, and with verify=False it is"),
        (["http://x"], {"contains": "x", "most_bytes": None}, "most_bytes is a number, not None"),
        (["http://a..b/"], {}, "url: its host: 'a..b' is no name of a host"),
    ],
)
def test_a_wrong_argument_is_told_at_start(args: Any, kwargs: Any, told: str) -> None:
    assert told in told_at_start(HTTP, *args, **kwargs)


def test_a_wrong_url_is_not_shown() -> None:
    assert "hunter2" not in json.dumps(told_at_start(HTTP, "htp://me:hunter2@x/?key=hunter2"))
