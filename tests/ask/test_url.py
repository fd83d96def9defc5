"""`python -m status.ask URL` against servers that answer well, badly, or not at all."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from status.ask.__main__ import main
from status.ask.http import MAX_BODY
from tests.ask.servers import OK, answering, certificate, stays_silent, trickles
from tests.command.running import run
from tests.servers.ports import HOST

Captured = pytest.CaptureFixture[str]


def ask(capfd: Captured, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    code = main(list(arguments))
    told = capfd.readouterr()
    return code, told.out, told.err


def ask_patiently(capfd: Captured, *arguments: str) -> tuple[int, str, str]:
    """The same of one that answers, be it late: a busy machine may take the second that is waited by default."""
    return ask(capfd, *arguments, "--timeout=20")


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (OK, "ok\n"),
        (b"HTTP/1.0 200 OK\r\n\r\nok", "ok\n"),
        (b"HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nok\nand more", "ok\n"),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "ok\n"),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", ""),
        (b"HTTP/1.1 299 Fine\r\nContent-Length: 0\r\n\r\n", ""),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK, "ok\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x=y\r\nk\r\n0\r\n\r\n", "ok\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n\x1b[31mred\x00\xff\r\ntwo", "?[31mred?\N{REPLACEMENT CHARACTER}\ntwo\n"),
    ],
)
def test_an_answer_of_2xx_is_well(capfd: Captured, answer: bytes, body: str) -> None:
    with answering(answer) as server:
        assert ask_patiently(capfd, f"http://{HOST}:{server.port}/readyz") == (0, body, "")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\nhealth/databases", "answered 503 Service Unavailable"),
        (b"HTTP/1.1 404 Not\x1bFound\r\n\r\n", "answered 404 Not?Found"),
        (b"HTTP/1.1 500\r\n\r\n", "answered 500"),
        (
            b"HTTP/1.1 301 Moved\r\nLocation: https://example.org/\r\n\r\n",
            "answered 301 Moved, a redirect to https://example.org/, which is not followed",
        ),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", "answered 304 Not Modified"),
        (b"HTTP/1.1 199 Never\r\n\r\n", "the connection was closed before the answer was complete"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "what answers is no HTTP server: HTTP/1.1 2000 OK"),
        (b"HTTP/1.1 \xb2\xb2\xb2 OK\r\n\r\n", "what answers is no HTTP server: HTTP/1.1 ²²² OK"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "what answers is no HTTP server: SSH-2.0-OpenSSH_9.2"),
        (b"\r\n\r\n", "what answers is no HTTP server: "),
        (b"", "the connection was closed before the answer was complete"),
        (b"HTTP/1.1 200 OK", "the connection was closed before the answer was complete"),
        (b"HTTP/1.1 200 OK\r\nServer: x\r\n", "the connection was closed before the answer was complete"),
        (OK[:-1], "the connection was closed before the answer was complete"),
        (b"x" * 100_000, "what answers is no HTTP server: it never comes to the body"),
        (
            b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
            "what answers is no HTTP server: it never comes to the body",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "the answer's length can't be read: -1"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nok", "the connection was closed"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nyes\r\n", "the answer's length can't be read: yes"),
    ],
)
def test_anything_else_is_not(capfd: Captured, answer: bytes, reason: str) -> None:
    with answering(answer) as server:
        code, _, error = ask_patiently(capfd, f"http://{HOST}:{server.port}/readyz")
        assert code == 1
        assert error.startswith(f"http://{HOST}:{server.port}/readyz: {reason}")
        assert error.count("\n") == 1


def test_the_body_is_shown_when_it_is_not_well(capfd: Captured) -> None:
    with answering(b"HTTP/1.1 503 Gone\r\n\r\nhealth/databases\nhealth/caches\n") as server:
        assert ask_patiently(capfd, f"http://{HOST}:{server.port}")[1] == "health/databases\nhealth/caches\n"


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: 10000000\r\n\r\n", b"\r\n", b"Transfer-Encoding: chunked\r\n\r\n989680\r\n"],
    ids=["length", "until it closes", "chunked"],
)
def test_a_huge_body_is_cut(capfd: Captured, head: bytes) -> None:
    with answering(b"HTTP/1.1 200 OK\r\n" + head + b"x" * 10_000_000) as server:
        code, out, _ = ask_patiently(capfd, f"http://{HOST}:{server.port}/")
        assert (code, out) == (0, "x" * MAX_BODY + "\n…\n")


def test_one_that_keeps_the_connection_open_is_not_waited_for(capfd: Captured) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(OK)
        stays_silent(connection)

    with answering(behave) as server:
        started = time.monotonic()
        assert ask(capfd, f"http://{HOST}:{server.port}/", "--timeout", "5")[0] == 0
        assert time.monotonic() - started < 3


@pytest.mark.parametrize("behaviour", [stays_silent, trickles])
@pytest.mark.parametrize("secure", [False, True])
def test_the_deadline_holds_whatever_the_server_does(
    capfd: Captured, tmp_path: Path, behaviour: object, secure: bool
) -> None:
    context = certificate(tmp_path) if secure else None
    with answering(behaviour, context=context) as server:  # type: ignore[arg-type]
        url = f"http{'s' if secure else ''}://{HOST}:{server.port}/"
        started = time.monotonic()
        assert ask(capfd, url, "--timeout=0.5", *(["--insecure"] if secure else [])) == (
            1,
            "",
            f"{url}: no answer in 0.5 s\n",
        )
        assert 0.4 < time.monotonic() - started < 2


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_one_that_accepts_and_never_answers(capfd: Captured, silent_port: int, scheme: str) -> None:
    url = f"{scheme}://{HOST}:{silent_port}/"
    assert ask(capfd, url, "--timeout=0.3") == (1, "", f"{url}: no answer in 0.3 s\n")


def test_one_that_cannot_be_reached(capfd: Captured, unreachable_port: int) -> None:
    assert ask(capfd, f"http://{HOST}:{unreachable_port}/", "--timeout=0.3")[0] == 1


def test_one_that_refuses(capfd: Captured, refused_port: int) -> None:
    url = f"http://{HOST}:{refused_port}/"
    assert ask(capfd, url) == (1, "", f"{url}: Connection refused\n")


def test_the_default_deadline_is_a_second(capfd: Captured, silent_port: int) -> None:
    started = time.monotonic()
    assert ask(capfd, f"http://{HOST}:{silent_port}/")[0] == 1
    assert 0.9 < time.monotonic() - started < 2.5


def test_a_name_that_is_looked_up_for_ever(capfd: Captured, monkeypatch: pytest.MonkeyPatch, silent_port: int) -> None:
    real = socket.getaddrinfo

    def slow(host: bytes, port: int, family: int = 0, kind: int = 0, protocol: int = 0, flags: int = 0) -> object:
        if not flags:
            time.sleep(1.0)
        return real(host, port, family, kind, protocol, flags)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    assert ask(capfd, "http://slow.invalid/", "--timeout=0.2") == (1, "", "http://slow.invalid/: no answer in 0.2 s\n")


def test_a_name_that_is_not_there(capfd: Captured) -> None:
    code, _, error = ask(capfd, "http://nowhere.invalid/", "--timeout=20")
    assert code == 1
    assert error.startswith("http://nowhere.invalid/: ")


def test_of_several_addresses_the_one_that_answers_is_taken(capfd: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering() as server:
        dead = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 1, 0, 0))
        there = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (HOST, server.port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments: [dead, there])
        assert ask_patiently(capfd, f"http://two:{server.port}/") == (0, "ok\n", "")


def test_what_is_sent(capfd: Captured) -> None:
    with answering() as server:
        at = f"{HOST}:{server.port}"
        assert ask_patiently(capfd, f"http://{at}?verbose&exclude=health/caches#top")[0] == 0
        assert ask_patiently(capfd, f"http://{at}/readyz", "--host", "example.org")[0] == 0
        first, second = server.requests
        assert first.split(b"\r\n") == [
            b"GET /?verbose&exclude=health/caches HTTP/1.1",
            b"Host: %s" % at.encode(),
            *(b"User-Agent: django-status", b"Accept: */*", b"Connection: close", b"", b""),
        ]
        assert second.startswith(b"GET /readyz HTTP/1.1\r\nHost: example.org\r\n")


def test_a_query_is_not_shown(capfd: Captured, refused_port: int) -> None:
    assert "secret" not in ask(capfd, f"http://{HOST}:{refused_port}/?token=secret")[2]


def test_ipv6(capfd: Captured) -> None:
    with answering(address=("::1", 0)) as server:
        assert ask_patiently(capfd, f"http://[::1]:{server.port}/") == (0, "ok\n", "")
        assert b"\r\nHost: [::1]:" in server.requests[0]


def test_a_unix_socket(capfd: Captured, tmp_path: Path) -> None:
    path = str(tmp_path / "site.sock")
    with answering(address=path) as server:
        assert ask_patiently(capfd, "http://localhost/readyz", "--unix", path) == (0, "ok\n", "")
        assert b"\r\nHost: localhost\r\n" in server.requests[0]
    gone = f"{path}-gone"
    assert ask_patiently(capfd, "http://localhost/readyz", "--unix", gone) == (
        1,
        "",
        f"http://localhost/readyz by {gone}: No such file or directory\n",
    )
    assert ask_patiently(capfd, "http://localhost/", "--unix", "x" * 200)[0] == 1


def test_https_is_verified(capfd: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(context=certificate(tmp_path)) as server:
        code, _, error = ask(capfd, f"https://localhost:{server.port}/", "--timeout=20")
        assert code == 1
        assert "certificate verify failed: self-signed certificate" in error.replace("self signed", "self-signed")
        assert ask(capfd, f"https://localhost:{server.port}/", "--insecure", "--timeout=20") == (0, "ok\n", "")

        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        assert ask(capfd, f"https://localhost:{server.port}/", "--timeout=20") == (0, "ok\n", "")
        code, _, error = ask(capfd, f"https://{HOST}:{server.port}/", "--timeout=20")
        assert (code, "IP address mismatch" in error) == (1, True)
        # An address is asked, and the certificate is that of the site's name.
        by_name = ask(capfd, f"https://{HOST}:{server.port}/", "--host", "localhost:443", "--timeout=20")
        assert by_name == (0, "ok\n", "")
        assert ask(capfd, f"https://{HOST}:{server.port}/", "--host", ":443", "--timeout=20")[0] == 1


def test_https_to_one_that_speaks_http(capfd: Captured) -> None:
    with answering() as server:
        assert ask(capfd, f"https://{HOST}:{server.port}/", "--timeout=5")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "what is to be asked?"),
        ([""], "what is to be asked?"),
        (["readyz"], "readyz is no URL that begins with http:// or https://"),
        (["ftp://x/"], "ftp://x/ is no URL that begins with http:// or https://"),
        (["URL"], "URL stands for one that begins with http:// or https://"),
        (["http://"], "http:// names no host"),
        (["http://:80/"], "http://:80/ names no host"),
        (["http://x:0/"], "0 is no port; "),
        (["http://x:65536/"], "65536 is no port; "),
        (["http://x:http/"], "http is no port; "),
        (["http://::1/"], ":1 is no port; an IPv6 address is written as [::1]:8000"),
        (["http://[::1/"], "[::1 is no host and port"),
        (["http://[::1]8000/"], "[::1]8000 is no host and port"),
        (["http://me:secret@x/"], "a user and a password can't be given in the URL"),
        (["http://x/a b"], "the URL has other characters"),
        (["http://x/\r\nX-Injected: 1"], "the URL has other characters"),
        (["http://bücher.example/"], "the URL has other characters"),
        (["http://x/", "--host", "x\r\nX-Injected: 1"], "--host has other characters"),
        (["http://x/", "http://y/"], "one thing at a time: http://y/ is one too many"),
        (["http://x/", "--verbose"], "there is no option --verbose"),
        (["http://x/", "-k"], "there is no option -k"),
        (["http://x/", "--timeout"], "--timeout wants a value"),
        (["http://x/", "--timeout", "--insecure"], "--timeout wants a value"),
        (["http://x/", "--timeout="], "--timeout wants a value"),
        (["http://x/", "--timeout", "soon"], "--timeout soon: seconds are a number"),
        (["http://x/", "--timeout", "0"], "--timeout 0: seconds are a number"),
        (["http://x/", "--timeout", "-1"], "--timeout -1: seconds are a number"),
        (["http://x/", "--timeout", "nan"], "--timeout nan: seconds are a number"),
        (["http://x/", "--timeout", "inf"], "--timeout inf: seconds are a number"),
        (["http://x/", "--insecure=1"], "--insecure takes no value"),
        (["http://x/", "--dir", "/tmp"], "--dir is not for a URL"),
        (["worker", "--timeout", "1"], "--timeout is not for worker"),
        (["beat", "--name", "x"], "--name is not for beat"),
    ],
)
def test_a_wrong_command_is_told_with_the_usage(capfd: Captured, arguments: list[str], reason: str) -> None:
    code, out, error = ask(capfd, *arguments)
    assert (code, out) == (2, "")
    assert error.startswith(f"status.ask: {reason}")
    assert "secret" not in error
    assert error.endswith(
        "usage: python -m status.ask URL [--timeout SECONDS] [--host NAME] [--unix PATH] [--insecure]\n"
        "       python -m status.ask worker [--dir DIR] [--name NAME]\n"
        "       python -m status.ask beat [--dir DIR]\n"
    )


def test_help(capfd: Captured) -> None:
    code, out, error = ask(capfd, "worker", "--help")
    assert (code, error) == (0, "")
    assert out.startswith("usage: ")


ANY_URL = st.one_of(
    st.text(),
    st.text().map("http://{}".format),
    st.text("ab.:/?#[]@%\x00\r\n é9", max_size=20).map("http://{}".format),
    st.from_regex(r"https?://\[?[0-9a-z.:%]{0,80}\]?(:[0-9]{0,6})?/[ -~]{0,20}", fullmatch=True),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY_URL, st.text(min_size=1))
def test_no_text_gives_a_traceback(capfd: Captured, monkeypatch: pytest.MonkeyPatch, url: str, host: str) -> None:
    def nobody(name: bytes, *rest: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    for arguments in ([url], [url, f"--host={host}"], ["http://x/", f"--host={host}"], [f"--unix={host}", "http://x/"]):
        assert main(arguments) in (1, 2)
        told = capfd.readouterr()
        assert told.err.partition("\nusage: ")[0].rstrip("\n").isprintable()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.binary(max_size=200) | st.binary(max_size=100).map(b"HTTP/1.1 200 OK\r\n".__add__))
def test_no_answer_gives_a_traceback(capfd: Captured, answer: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.MonkeyPatch.context() as patch:
        theirs.sendall(answer)
        theirs.shutdown(socket.SHUT_WR)
        patch.setattr("status.ask.url.connected", lambda *arguments: ours)
        code, out, error = ask(capfd, "http://x/")
    assert code in (0, 1)
    assert out.replace("\n", "").isprintable()
    assert error.rstrip("\n").isprintable()


def test_as_a_command(tmp_path: Path) -> None:
    with answering() as server:
        done = run(tmp_path, "-m", "status.ask", f"http://{HOST}:{server.port}/readyz", "--timeout", "20")
        assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")


@pytest.mark.parametrize("to", ["> /dev/full", ">&- 2>&-"])
def test_what_it_writes_to_may_be_full_or_closed(tmp_path: Path, to: str) -> None:
    with answering() as server:
        command = f"{sys.executable} -m status.ask http://{HOST}:{server.port}/ --timeout 20 {to}"
        assert subprocess.run(["sh", "-c", command], timeout=60, cwd=tmp_path).returncode == 0


HEAVY = ("django", "argparse", "http.client", "json", "logging", "dataclasses", "pathlib", "tempfile", "ssl", "inspect")


@pytest.mark.parametrize("subject", ["http://127.0.0.1:1/", "worker"])
def test_it_imports_next_to_nothing(tmp_path: Path, subject: str) -> None:
    begun = f"import sys; from status.ask.__main__ import main; main([{subject!r}])"
    code = f"{begun}; print(*set({HEAVY!r}) & set(sys.modules))"
    assert run(tmp_path, "-c", code, TMPDIR=str(tmp_path)).stdout == "\n"


def test_ctrl_c_ends_it_as_a_shell_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("status.ask.url.ask_url", interrupted)
    assert main(["http://x/"]) == 130
