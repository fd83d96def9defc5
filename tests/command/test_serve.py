"""`django_status serve`: website and API without a project."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from status.__main__ import main
from status.command import serve, standalone
from status.command.serve import ServeProblem, is_loopback, parse_bind, site_settings
from tests.command.running import PATHS, django_status, run
from tests.servers.ports import HOST
from tests.servers.process import running
from tests.servers.web import WebServer
from tests.waiting import wait_until

# --- where to serve ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:8000", "127.0.0.1", 8000),
        ("0.0.0.0:80", "0.0.0.0", 80),
        ("localhost:8000", "localhost", 8000),
        ("[::1]:8000", "::1", 8000),
        ("[::]:8000", "::", 8000),
        (":8000", "127.0.0.1", 8000),
        ("8000", "127.0.0.1", 8000),
        ("127.0.0.1:0", "127.0.0.1", 0),
        ("127.0.0.1:65535", "127.0.0.1", 65535),
    ],
)
def test_the_forms_of_bind(text: str, host: str, port: int) -> None:
    assert parse_bind(text) == (host, port)


BAD_BINDS = ["", ":", "localhost", "127.0.0.1", "[::1]", "host:", "host:http", "host:-1", "host:65536", "host:8000/"]


@pytest.mark.parametrize("text", BAD_BINDS)
def test_another_form_is_one_line_that_shows_how_to_write_it(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ServeProblem):
        parse_bind(text)
    assert main(["serve", f"--bind={text}"]) == 2
    shown = capsys.readouterr()
    assert shown.err == f"django_status: --bind {text!r}: write host:port, as 127.0.0.1:8000\n"
    assert shown.out == ""


@pytest.mark.parametrize(
    ("host", "near"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("example.org", False),
    ],
)
def test_only_loopback_is_trusted(host: str, near: bool) -> None:
    assert is_loopback(host) is near
    settings = site_settings(host, "the-token")
    assert bool(settings["STATUS_NETWORKS"]) is near
    assert settings["STATUS_TOKENS"] == ([] if near else ["the-token"])
    assert ("*" in settings["ALLOWED_HOSTS"]) is not near


# --- serving ----------------------------------------------------------------------------------------------------------


class Serve(WebServer):
    """`django_status serve`, in a folder of its own."""

    label = "serve"
    ends_politely = True
    application = ""

    def __init__(self, *arguments: str, bind: str = HOST, settings: str = "") -> None:
        super().__init__(settings)
        self.arguments = arguments
        self.bind = bind

    def is_ready(self) -> bool:
        return "django-status is at" in self.last_words()

    def program(self) -> list[str]:
        return [sys.executable, "-m", "status", *self.arguments, "serve", "--bind", f"{self.bind}:{self.port}"]

    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": PATHS, "TMPDIR": str(self.directory)}


@contextmanager
def serving(*arguments: str, **options: str) -> Iterator[Serve]:
    with running(Serve(*arguments, **options)) as server:
        yield server


@pytest.fixture(scope="module")
def near() -> Iterator[Serve]:
    """One bound to loopback, without any settings."""
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def far() -> Iterator[Serve]:
    """One bound to every address; asked on loopback alone."""
    with serving(bind="0.0.0.0") as server:
        yield server


def token(server: Serve) -> str:
    found = re.search(r"Authorization: Bearer (\S+)$", server.last_words(), re.MULTILINE)
    assert found
    return found[1]


def test_it_prints_its_url_and_nothing_else(near: Serve) -> None:
    assert near.last_words() == f"django-status is at http://127.0.0.1:{near.port}/status/\n"


@pytest.mark.parametrize("path", ["/status/", "/status/health/", "/status/stats/"])
def test_the_website_is_there(path: str, near: Serve) -> None:
    code, headers, content = near.ask(path)
    assert code == 200
    assert headers.get_content_type() == "text/html"
    assert b"databases" in content or b"ping" in content


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/startupz"])
def test_the_probes_are_there(path: str, near: Serve, far: Serve) -> None:
    assert near.ask(path)[::2] == (200, b"ok")
    assert far.ask(path, Host="10.1.2.3:8000")[::2] == (200, b"ok")


def test_the_website_is_in_the_language_of_the_browser(near: Serve) -> None:
    for asked, given in (("es", "es"), ("de, en;q=0.5", "en")):
        headers: Any = {"Accept-Language": asked}
        assert f'<html lang="{given}"'.encode() in near.ask("/status/", **headers)[2]


def test_the_front_door_leads_to_the_website(near: Serve) -> None:
    code, headers, _ = near.ask("/")
    assert (code, headers["Location"]) == (302, "/status/")


def test_on_loopback_everything_is_visible(near: Serve) -> None:
    code, _, told = near.ask("/status/api/")
    assert code == 200
    assert told["health"] == {
        "ping": {"pong": True},
        "databases": {"default": True},
        "caches": {"default": True},
        "disk": {".": True},
    }
    assert set(told["stats"]) == {"databases", "code", "system", "packages"}
    assert told["stats"]["databases"]["default"]["vendor"] == "sqlite"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "localhost:8000"])
def test_on_loopback_it_goes_by_its_own_names(host: str, near: Serve) -> None:
    assert near.ask("/status/api/stats", Host=host)[0] == 200


@pytest.mark.parametrize(
    "path", ["/status/", "/status/api/", "/status/api/stats", "/status/api/health/ping", "/readyz", "/"]
)
@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{8000}", "localhost.evil.example", "10.0.0.1"])
def test_on_loopback_it_goes_by_no_other_name(host: str, path: str, near: Serve) -> None:
    code, _, content = near.ask(path, Host=host)
    assert code == 400
    assert b"pong" not in bytes(content)


def test_bound_to_every_address_it_prints_a_token(far: Serve) -> None:
    lines = far.last_words().splitlines()
    assert lines[0] == f"django-status is at http://0.0.0.0:{far.port}/status/"
    assert lines[1] == f"Details need the header  Authorization: Bearer {token(far)}"
    assert len(token(far)) >= 32


def test_bound_to_every_address_a_stranger_sees_states_of_health_alone(far: Serve) -> None:
    assert far.ask("/status/api/stats")[0] == 401
    assert far.ask("/status/stats/")[0] == 401
    code, _, told = far.ask("/status/api/")
    assert (code, set(told)) == (200, {"health"})
    assert far.ask("/status/api/stats", Host="status.example")[0] == 401


def test_bound_to_every_address_the_token_opens_it(far: Serve) -> None:
    code, _, told = far.ask("/status/api/stats", Authorization=f"Bearer {token(far)}")
    assert code == 200
    assert told["databases"]["default"]["is_usable"] is True
    assert far.ask("/status/api/stats", Authorization="Bearer another")[0] == 401


def test_it_serves_what_the_settings_say() -> None:
    settings = (
        "STATUS_PROVIDERS = {'health': [('fails', 'tests.command.checks.fails')]}\n"
        "STATUS_ACCESS = {'*': 'hidden'}\n"  # its own rules stand over these
        "SECURE_SSL_REDIRECT = True\nPREPEND_WWW = True\nDEBUG = True\n"
    )
    with serving("-s", "site_settings", settings=settings) as server:
        code, _, told = server.ask("/status/api/health")
        assert (code, told["fails"]) == (503, {"one": True, "other": False})
        assert server.ask("/status/nope/")[0] == 404


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it_and_it_leaves_nothing_behind(how: signal.Signals, code: int) -> None:
    with serving() as server:
        assert server.ask("/status/api/health")[0] == 200
        assert [*server.directory.glob("django-status-*/db.sqlite3")]
        process = server.family()[0]
        os.kill(process.pid, how)
        assert process.wait(timeout=20) == code
        assert not [*server.directory.glob("django-status-*/db.sqlite3")]
        assert "Traceback" not in server.last_words()


# --- what keeps it from serving ---------------------------------------------------------------------------------------


def test_a_port_in_use_is_one_clear_line(silent_port: int, tmp_path: Path) -> None:
    done = django_status(tmp_path, "serve", "--bind", f"127.0.0.1:{silent_port}")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"django_status: can't serve on 127.0.0.1:{silent_port}: Address already in use\n"


def test_without_uvicorn_it_names_the_extra(tmp_path: Path) -> None:
    script = "import sys; sys.modules['uvicorn'] = None; from status.__main__ import main; sys.exit(main())"
    done = run(tmp_path, "-c", script, "serve", "--bind", "127.0.0.1:0")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "django_status: serve needs uvicorn: pip install django-status[serve]\n"


def test_help_names_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["serve", "-h"])
    told = capsys.readouterr().out
    assert "--bind" in told
    assert "--settings" in told
    assert serve.DEFAULT_BIND in told


# --- in this process, so that coverage sees it ------------------------------------------------------------------------


def test_main_configures_and_serves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings: Any = LazySettings()
    served: list[Any] = []
    monkeypatch.setattr(standalone, "settings", settings)
    monkeypatch.setattr("django.setup", lambda: None)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    monkeypatch.setattr(serve, "serve", lambda *asked: served.append(asked))
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert main(["serve", "--bind", "0.0.0.0:8001"]) == 0
        ended = signal.getsignal(signal.SIGTERM)
        assert callable(ended)
        with pytest.raises(SystemExit, match="0"):
            ended(signal.SIGTERM, None)
    finally:
        signal.signal(signal.SIGTERM, before)
    ((host, port, its_token),) = served
    assert (host, port) == ("0.0.0.0", 8001)
    assert [its_token] == settings.STATUS_TOKENS
    assert Path(settings.DATABASES["default"]["NAME"]).stat().st_size > 0


def test_serve_serves(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import uvicorn

    servers: list[Any] = []

    class Server(uvicorn.Server):
        def __init__(self, config: uvicorn.Config) -> None:
            super().__init__(config)
            servers.append(self)

    monkeypatch.setattr(uvicorn, "Server", Server)
    thread = threading.Thread(target=serve.serve, args=("127.0.0.1", 0, "the-token"))
    thread.start()
    try:
        wait_until(lambda: servers and servers[0].started, 20)
        port = int(re.search(r":(\d+)/status/", capsys.readouterr().out)[1])  # type: ignore[index]
        with socket.create_connection((HOST, port), timeout=20) as connection:
            connection.sendall(b"GET /status/api/health/ping HTTP/1.1\r\nHost: testserver\r\nConnection: close\r\n\r\n")
            answer = b""
            while more := connection.recv(4096):
                answer += more
        assert answer.startswith(b"HTTP/1.1 200")
        with pytest.raises(ServeProblem, match=r"can't serve on 127\.0\.0\.1"):
            serve.serve("127.0.0.1", port, "")
    finally:
        servers[0].should_exit = True
        thread.join(20)
    assert not thread.is_alive()


def test_without_uvicorn_serve_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ServeProblem, match=r"django-status\[serve\]"):
        serve.serve("127.0.0.1", 0, "")
