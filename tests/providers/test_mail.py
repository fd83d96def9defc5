"""Mail servers that are connected to and greeted, and sent nothing."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any

import django
import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from django.test import override_settings

from status import State
from status.core.observation import Observation
from tests.checking import look, told_at_start
from tests.servers.ports import HOST, free_port
from tests.servers.scripted import serving, trickling
from tests.sites import DEADLINE_S

PATH = "mail.mail"
SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
HAS_MAILERS = django.VERSION >= (6, 1)

pytestmark = [
    # Of Django 6.1 on, of the settings that these tests are about.
    pytest.mark.filterwarnings("ignore:The EMAIL_"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd"),
]


class Seen:
    """What a server was told."""

    def __init__(self) -> None:
        self.mails = 0
        self.logins: list[bytes] = []
        self.commands: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails += 1
        return "250 OK"

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, responses: Any) -> Any:  # noqa: N802
        self.commands.append("EHLO")
        session.host_name = hostname
        return responses

    async def handle_NOOP(self, server: Any, session: Any, envelope: Any, arg: str) -> str:  # noqa: N802
        self.commands.append("NOOP")
        return "250 OK"

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.commands.append("QUIT")
        return "221 Bye"

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login)
        return AuthResult(success=data.password == b"right", handled=False)


class Served(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, **self.SMTP_kwargs)


@contextmanager
def server(**options: Any) -> Iterator[tuple[Seen, int]]:
    """A real SMTP server, and the port it listens on."""
    seen = Seen()
    controller = Served(seen, hostname=HOST, port=free_port(), authenticator=seen.login, **options)
    controller.start()
    try:
        yield seen, controller.port
    finally:
        controller.stop()


def site(port: int, host: str = HOST, **options: Any) -> Any:
    """The settings of a site that hands its mail to this port, in the form that this Django has."""
    if HAS_MAILERS:
        return override_settings(
            MAILERS={"default": {"BACKEND": SMTP_BACKEND, "OPTIONS": {"host": host, "port": port, **options}}}
        )
    names = {"username": "EMAIL_HOST_USER", "password": "EMAIL_HOST_PASSWORD"}
    return override_settings(
        EMAIL_BACKEND=SMTP_BACKEND,
        EMAIL_HOST=host,
        EMAIL_PORT=port,
        **{names.get(name, f"EMAIL_{name.upper()}"): value for name, value in options.items()},
    )


def look_at(port: int, **options: Any) -> Observation:
    with site(port, **options):
        return look(PATH)["default"]


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> trustme.CA:
    """One that the whole process trusts, as a site trusts the system's."""
    made = trustme.CA()
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    made.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return made


def context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(made)
    return made


@pytest.mark.usefixtures("patient")
def test_a_server_that_greets_passes_and_gets_no_mail() -> None:
    with server() as (told, port):
        seen = look_at(port)
        assert (seen.state, seen.error, seen.unit) == (State.PASS, None, "ms")
        assert str(seen.detail).startswith("greeted in ")
        with site(port):
            assert look(PATH, warn_ms=0)["default"].state is State.WARN
    assert told.mails == 0
    assert told.commands[-2:] == ["NOOP", "QUIT"]


@pytest.mark.usefixtures("patient")
def test_it_logs_in_where_the_site_does() -> None:
    with server(auth_require_tls=False) as (told, port):
        assert look_at(port, username="me", password="right").state is State.PASS
    assert told.logins == [b"me"]


@pytest.mark.usefixtures("patient")
def test_a_wrong_password_fails_and_is_not_told() -> None:
    with server(auth_require_tls=False) as (_, port):
        seen = look_at(port, username="me", password="hunter2")
    assert (seen.state, seen.error) == (State.FAIL, "the login is refused: 535")
    assert "hunter2" not in str(seen)


@pytest.mark.usefixtures("patient")
def test_a_server_without_logins_fails_where_one_is_configured() -> None:
    with server() as (_, port):  # it takes them over TLS alone
        assert "SMTPNotSupportedError" in str(look_at(port, username="me", password="right").error)


@pytest.mark.usefixtures("patient")
def test_starttls_is_spoken_where_the_site_does(authority: trustme.CA) -> None:
    with server(tls_context=context(authority, "localhost"), require_starttls=True) as (told, port):
        assert look_at(port, host="localhost", use_tls=True, username="me", password="right").state is State.PASS
    assert told.logins == [b"me"]


@pytest.mark.usefixtures("patient")
def test_tls_from_the_first_byte_is_spoken_where_the_site_does(authority: trustme.CA) -> None:
    with tls_server(authority, "localhost") as running:
        assert look_at(running.port, host="localhost", use_ssl=True).state is State.PASS


def tls_server(authority: trustme.CA, *names: str) -> Any:
    """aiosmtpd's start asks itself over TLS without our authority: so this one is smaller."""

    def script(caller: socket.socket) -> None:
        caller.sendall(b"220 here\r\n")
        while command := caller.recv(1000):
            caller.sendall(b"221 bye\r\n" if command.startswith(b"quit") else b"250 fine\r\n")

    return serving(script, context(authority, *names))


@pytest.mark.usefixtures("patient")
def test_a_certificate_that_is_not_trusted_fails(authority: trustme.CA) -> None:
    with tls_server(authority, "other.example") as running:
        assert "Hostname mismatch" in str(look_at(running.port, host="localhost", use_ssl=True).error)


# What misbehaves


@pytest.mark.usefixtures("patient")
def test_a_port_that_refuses_fails(refused_port: int) -> None:
    assert "refused" in str(look_at(refused_port).error)


if HAS_MAILERS:

    @pytest.mark.usefixtures("patient")
    def test_a_backend_that_swallows_errors_fails_all_the_same(refused_port: int) -> None:
        assert "refused" in str(look_at(refused_port, fail_silently=True).error)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("greeting", "error"),
    [(b"554 go away\r\n", "554"), (b"", "Connection unexpectedly closed"), (b"\xff\xfe nonsense\r\n", "SMTP")],
)
def test_a_server_that_does_not_welcome_fails(greeting: bytes, error: str) -> None:
    with serving(lambda caller: caller.sendall(greeting)) as running:
        assert error in str(look_at(running.port).error)


@pytest.mark.usefixtures("patient")
def test_a_server_that_refuses_noop_fails() -> None:
    def script(caller: socket.socket) -> None:
        caller.sendall(b"220 here\r\n")
        while command := caller.recv(1000):
            caller.sendall(b"421 full\r\n" if command.startswith(b"noop") else b"250 fine\r\n")

    with serving(script) as running:
        assert look_at(running.port).error == "it answers NOOP with 421 full"


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("use_ssl", [False, True])
@pytest.mark.parametrize("port", ["silent_port", "unreachable_port"])
def test_a_port_that_never_answers_fails_at_the_deadline(
    port: str, use_ssl: bool, request: pytest.FixtureRequest
) -> None:
    started = monotonic()
    assert look_at(request.getfixturevalue(port), use_ssl=use_ssl).state is State.FAIL
    assert monotonic() - started < DEADLINE_S + 1.0


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("content", [b"220-x\r\n", b"2"])
def test_a_greeting_that_trickles_gains_no_time(content: bytes) -> None:
    ended = threading.Event()

    def script(caller: socket.socket) -> None:
        try:
            trickling(content)(caller)
        finally:
            ended.set()

    with serving(script) as running:
        started = monotonic()
        assert look_at(running.port).state is State.FAIL
        assert monotonic() - started < DEADLINE_S + 0.5
        assert ended.wait(5)  # it was hung up on


# What is no server


def mailers(entries: Mapping[str, str]) -> Any:
    if HAS_MAILERS:
        return override_settings(MAILERS={alias: {"BACKEND": backend} for alias, backend in entries.items()})
    return override_settings(EMAIL_BACKEND=entries["default"])


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("backend", "detail"),
    [
        ("django.core.mail.backends.console.EmailBackend", "it prints what it is given, and sends nothing"),
        ("django.core.mail.backends.dummy.EmailBackend", "it drops what it is given, and sends nothing"),
        ("django.core.mail.backends.locmem.EmailBackend", "it keeps in memory what it is given, and sends nothing"),
        (
            "tests.mail_backends.EmailBackend",
            "opened and closed: its backend is not of SMTP, and greets nobody",
        ),
    ],
)
def test_a_backend_that_reaches_no_server_passes_and_says_so(backend: str, detail: str) -> None:
    with mailers({"default": backend}):
        seen = look(PATH)["default"]
    assert (seen.state, seen.detail) == (State.PASS, detail)


@pytest.mark.usefixtures("patient")
def test_a_backend_that_is_not_installed_fails() -> None:
    with mailers({"default": "nowhere.EmailBackend"}):
        assert look(PATH)["default"].state is State.FAIL


if HAS_MAILERS:

    @pytest.mark.usefixtures("patient")
    def test_each_mailer_is_a_component(refused_port: int) -> None:
        dummy = {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
        gone = {"BACKEND": SMTP_BACKEND, "OPTIONS": {"host": HOST, "port": refused_port}}
        with override_settings(MAILERS={"default": dummy, "bulk": gone}):
            assert {name: seen.state for name, seen in look(PATH).items()} == {
                "default": State.PASS,
                "bulk": State.FAIL,
            }
            assert list(look(PATH, ["default"])) == ["default"]
            assert "aliases: MAILERS has no 'other' (it has: default, bulk)" in told_at_start(PATH, ["other"])

    @pytest.mark.usefixtures("patient")
    def test_the_settings_of_older_projects_are_the_default_mailer() -> None:
        with server() as (told, port), override_settings(EMAIL_BACKEND=SMTP_BACKEND, EMAIL_HOST=HOST, EMAIL_PORT=port):
            assert look(PATH)["default"].state is State.PASS
        assert told.commands[-1] == "QUIT"


def test_wrong_arguments_are_told_at_start() -> None:
    assert "warn_ms (2) is above fail_ms (1)" in told_at_start(PATH, warn_ms=2, fail_ms=1)
    assert "aliases names none: a check of nothing would always pass" in told_at_start(PATH, [])
    assert "aliases is a list of texts, not a str" in told_at_start(PATH, "default")
