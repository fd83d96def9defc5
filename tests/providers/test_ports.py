"""Ports, names and certificates."""

from __future__ import annotations

import socket
import ssl
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import trustme
from hypothesis import given, strategies

from status import State
from status.providers.certificate import certificate
from status.providers.dns import dns
from status.providers.network import der
from status.providers.tcp import tcp
from tests.checking import look_at_one, told_at_start
from tests.servers.mariadb import MariaDB
from tests.servers.postgres import Postgres
from tests.servers.scripted import serving, trickling
from tests.sites import DEADLINE_S

TCP, DNS, CERTIFICATE = "tcp.tcp", "dns.dns", "certificate.certificate"
HOST = "127.0.0.1"
NOW = datetime.now(timezone.utc)
SELF_SIGNED = [
    *("openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
    *("-days", "9", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
]


# A port


def greeting_in_two(caller: socket.socket) -> None:
    caller.sendall(b"220")
    caller.sendall(b" mail.example\r\n")


@pytest.mark.usefixtures("patient")
def test_a_port_that_takes_connections_passes(postgres: Postgres) -> None:
    seen = look_at_one(TCP, HOST, postgres.port)
    assert (seen.state, seen.unit, seen.name) == (State.PASS, "ms", f"{HOST}:{postgres.port}")
    assert str(seen.detail).startswith("connected in ")


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("greeting", ["220 ", b"220 mail"])
def test_a_port_that_greets_as_expected_passes(greeting: Any) -> None:
    with serving(greeting_in_two) as server:
        assert look_at_one(TCP, HOST, server.port, greeting=greeting).state is State.PASS
        assert look_at_one(TCP, HOST, server.port, label="mail", warn_ms=0).state is State.WARN


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("said", "error"),
    [(b"HTTP/1.1", "another greeting: 'HTT'"), (b"", "it closed the connection without a greeting")],
)
def test_a_port_that_greets_otherwise_fails(said: bytes, error: str) -> None:
    with serving(lambda caller: caller.sendall(said)) as server:
        assert look_at_one(TCP, HOST, server.port, greeting="220").error == error


@pytest.mark.usefixtures("patient")
def test_a_port_that_refuses_fails(refused_port: int) -> None:
    assert "refused" in str(look_at_one(TCP, "localhost", refused_port).error)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(("port", "greeting"), [("silent_port", "220"), ("unreachable_port", "")])
def test_a_port_that_never_answers_fails_at_the_deadline(
    port: str, greeting: str, request: pytest.FixtureRequest
) -> None:
    started = monotonic()
    assert look_at_one(TCP, HOST, request.getfixturevalue(port), greeting=greeting).state is State.FAIL
    assert monotonic() - started < DEADLINE_S + 0.5


@pytest.mark.usefixtures("hurried")
def test_a_greeting_that_trickles_gains_no_time() -> None:
    with serving(trickling(b"x")) as server:
        started = monotonic()
        assert look_at_one(TCP, HOST, server.port, greeting="x" * 4000).state is State.FAIL
        assert monotonic() - started < DEADLINE_S + 0.5


@pytest.mark.parametrize(
    ("args", "kwargs", "told"),
    [
        ([HOST], {}, "the arguments of 'it' can't be used: ValueError: missing a required argument: 'port'"),
        ([HOST, 80], {"tls": 1}, "got an unexpected keyword argument 'tls'"),
        (["a..b", 80], {}, "host: 'a..b' is no name of a host"),
        ([HOST, "80"], {}, "port is a port's number, not '80'"),
        ([HOST, 0], {}, "port is a port's number, not 0"),
        (["", 80], {}, "host is a text, not an empty one"),
        ([HOST, 80], {"greeting": 220}, "greeting is a text or bytes, not a int"),
        ([HOST, 80], {"greeting": "x" * 5000}, "greeting is 5000 bytes long, more than 4096"),
        ([HOST, 80], {"warn_ms": True}, "warn_ms is a number, not True"),
    ],
)
def test_a_wrong_argument_of_a_port_is_told_at_start(args: Any, kwargs: Any, told: str) -> None:
    assert told in told_at_start(TCP, *args, **kwargs)


# A name


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("addresses", [None, ["127.0.0.0/8", "::1"], ["10.0.0.1", "127.0.0.1", "::/64"]])
def test_a_name_that_resolves_as_expected_passes(addresses: Any) -> None:
    seen = look_at_one(DNS, "localhost", addresses=addresses)
    assert (seen.state, seen.unit) == (State.PASS, "ms")
    assert "127.0.0.1" in str(seen.detail)


@pytest.mark.usefixtures("patient")
def test_a_name_that_resolves_otherwise_fails() -> None:
    seen = look_at_one(DNS, "localhost", addresses=["10.0.0.0/8"])
    assert seen.state is State.FAIL
    assert "another address than expected: " in str(seen.error)


@pytest.mark.usefixtures("patient")
def test_a_name_that_there_is_not_fails() -> None:
    assert "gaierror" in str(look_at_one(DNS, "nowhere.invalid").error)


@pytest.mark.usefixtures("patient")
def test_resolving_is_judged_by_how_long_it_takes() -> None:
    assert look_at_one(DNS, "localhost", fail_ms=0).state is State.FAIL


@pytest.mark.parametrize(
    ("args", "kwargs", "told"),
    [
        ([7], {}, "host is a text, not a int"),
        (["a..b"], {}, "host: 'a..b' is no name of a host"),
        (["a" * 64], {}, "is no name of a host"),
        (["a\0b"], {}, "is no name of a host"),
        (["x"], {"addresses": "10.0.0.1"}, "addresses is a list of texts, not a str"),
        (["x"], {"addresses": []}, "addresses names none"),
        (["x"], {"addresses": ["ten"]}, "addresses: 'ten' is neither an address nor a network"),
    ],
)
def test_a_wrong_argument_of_a_name_is_told_at_start(args: Any, kwargs: Any, told: str) -> None:
    assert told in told_at_start(DNS, *args, **kwargs)


# A certificate


class Issuer:
    """An authority, and who presents its certificates."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.file = folder / "authority.pem"
        self.authority.cert_pem.write_to_path(str(self.file))

    def context(self, *names: str, **validity: Any) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*names, **validity).configure_cert(context)
        return context

    def look(self, context: ssl.SSLContext, **options: Any) -> Any:
        with serving(lambda caller: caller.recv(1), context) as server:
            return look_at_one(CERTIFICATE, "localhost", server.port, ca_file=self.file, **options)


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("days", "options", "state"),
    [
        (90, {}, State.PASS),
        (14.5, {}, State.PASS),
        (13.5, {}, State.WARN),
        (3.5, {}, State.WARN),
        (2.5, {}, State.FAIL),
        (2.5, {"fail_days": None}, State.WARN),
        (90, {"warn_days": 100}, State.WARN),
        (90, {"warn_days": 120, "fail_days": 100}, State.FAIL),
    ],
)
def test_a_certificate_is_judged_by_the_days_it_has_left(
    days: float, options: Any, state: State, issuer: Issuer
) -> None:
    ends = NOW + timedelta(days=days)
    seen = issuer.look(issuer.context("localhost", not_after=ends), **options)
    assert (seen.state, seen.unit) == (state, "days")
    assert abs(float(seen.value) - days) < 0.2
    assert seen.detail == f"valid until {ends:%Y-%m-%d %H:%M UTC}"


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("names", "validity", "reason"),
    [
        (["localhost"], {"not_before": NOW - timedelta(9), "not_after": NOW - timedelta(1)}, "certificate has expired"),
        (["localhost"], {"not_before": NOW + timedelta(1), "not_after": NOW + timedelta(9)}, "is not yet valid"),
        (["other.example"], {}, "Hostname mismatch, certificate is not valid for 'localhost'"),
    ],
)
def test_a_certificate_that_is_not_valid_fails_with_the_reason(
    names: list[str], validity: Any, reason: str, issuer: Issuer
) -> None:
    seen = issuer.look(issuer.context(*names, **validity))
    assert seen.state is State.FAIL
    assert str(seen.error).startswith("it is not trusted: ")
    assert reason in str(seen.error)


@pytest.mark.usefixtures("patient")
def test_the_name_that_is_asked_for_may_be_another(issuer: Issuer) -> None:
    asked: list[str] = []
    context = issuer.context("shop.example")
    context.sni_callback = lambda secured, name, context: asked.append(name)
    assert issuer.look(context, server_name="shop.example", label="shop").state is State.PASS
    assert asked == ["shop.example"]


@pytest.mark.usefixtures("patient")
def test_a_certificate_that_signed_itself_fails(tmp_path: Path, issuer: Issuer) -> None:
    key, file = tmp_path / "key.pem", tmp_path / "self.pem"
    subprocess.run(
        [*SELF_SIGNED, "-keyout", key, "-out", file],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    assert "self-signed certificate" in str(issuer.look(context).error).replace("self signed", "self-signed")
    # Of a file validity alone is looked at, of what is beside it nothing.
    file.write_text(key.read_text() + file.read_text())
    seen = look_at_one(CERTIFICATE, file=file)
    assert (seen.state, seen.name) == (State.WARN, str(file))
    ends = subprocess.run(["openssl", "x509", "-enddate", "-noout", "-in", file], check=True, capture_output=True)
    told = ends.stdout.decode().strip().removeprefix("notAfter=")
    assert der.validity(ssl.PEM_cert_to_DER_cert(_certificate(file))).ends_at == ssl.cert_time_to_seconds(told)


def _certificate(file: Path) -> str:
    return "-----BEGIN CERTIFICATE-----" + file.read_text().partition("-----BEGIN CERTIFICATE-----")[2]


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("begins", "ends", "state", "detail"),
    [
        (-9, 90, State.PASS, "valid until"),
        (-9, 5, State.WARN, "valid until"),
        (-9, -1, State.FAIL, "expired on"),
        (1, 90, State.FAIL, "valid from"),
        (-9, 365 * 40, State.PASS, "valid until"),  # its year has four digits in it
    ],
)
def test_a_local_certificate_is_judged_as_well(
    begins: int, ends: int, state: State, detail: str, tmp_path: Path, issuer: Issuer
) -> None:
    file = tmp_path / "site.pem"
    issued = issuer.authority.issue_cert(
        "localhost", not_before=NOW + timedelta(begins), not_after=NOW + timedelta(ends)
    )
    issued.private_key_and_cert_chain_pem.write_to_path(str(file))
    seen = look_at_one(CERTIFICATE, file=str(file), label="site")
    assert (seen.state, seen.name) == (state, "site")
    assert str(seen.detail).startswith(detail)


@pytest.mark.parametrize(("days", "state"), [(3.04, State.WARN), (3, State.FAIL), (14.04, State.PASS)])
def test_the_days_are_judged_before_they_are_rounded(
    days: float, state: State, tmp_path: Path, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, ends = tmp_path / "site.pem", NOW.replace(microsecond=0) + timedelta(90)
    issuer.authority.issue_cert("localhost", not_after=ends).private_key_and_cert_chain_pem.write_to_path(str(file))
    monkeypatch.setattr("status.providers.certificate.time", lambda: ends.timestamp() - days * 86_400)
    seen = certificate.look_at("site", file=file)
    assert (seen.state, seen.value) == (state, round(days, 1))


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"nothing", "the file holds no certificate in PEM"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "it is no certificate"),
        (None, "FileNotFoundError"),
    ],
)
def test_a_file_without_a_certificate_fails(content: bytes | None, error: str, tmp_path: Path) -> None:
    file = tmp_path / "site.pem"
    if content is not None:
        file.write_bytes(content)
    assert error in str(look_at_one(CERTIFICATE, file=file).error)


@pytest.mark.usefixtures("patient")
def test_a_server_without_tls_fails(mariadb: MariaDB) -> None:
    """One that greets: it need not be waited for."""
    seen = look_at_one(CERTIFICATE, HOST, mariadb.port)
    assert seen.state is State.FAIL
    assert seen.error


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("port", ["silent_port", "unreachable_port"])
def test_a_handshake_that_is_never_answered_fails_at_the_deadline(port: str, request: pytest.FixtureRequest) -> None:
    started = monotonic()
    assert look_at_one(CERTIFICATE, HOST, request.getfixturevalue(port)).state is State.FAIL
    assert monotonic() - started < DEADLINE_S + 0.5


@given(strategies.binary(max_size=200))
def test_what_is_no_certificate_is_told_whatever_it_is(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        der.validity(content)


@pytest.mark.parametrize(
    ("args", "kwargs", "told"),
    [
        ([], {}, "certificate takes either a host or a file"),
        (["x"], {"file": "/x"}, "certificate takes either a host or a file"),
        ([], {"file": "/x", "server_name": "x"}, "port, server_name and ca_file are of a host's certificate"),
        ([], {"file": "/x", "port": 8443}, "port, server_name and ca_file are of a host's certificate"),
        ([], {"file": ""}, "file is a text, not an empty one"),
        ([], {"file": 5}, "file is a text, not a int"),
        (["x"], {"ca_file": 5}, "ca_file is a text, not a int"),
        (["a..b"], {}, "host: 'a..b' is no name of a host"),
        (["x", 0], {}, "port is a port's number, not 0"),
        (["x"], {"warn_days": 1}, "warn_days (1) is below fail_days (3)"),
        (["x"], {"fail_days": float("nan")}, "fail_days is a number from 0 on, not nan"),
        (["x"], {"server_name": ""}, "server_name is a text"),
    ],
)
def test_a_wrong_argument_of_a_certificate_is_told_at_start(args: Any, kwargs: Any, told: str) -> None:
    assert told in told_at_start(CERTIFICATE, *args, **kwargs)


def test_their_names_are_details() -> None:
    assert all(each.names_are_details for each in (tcp, dns, certificate))
    assert certificate.names("::1", 8443) == ("[::1]:8443",)
