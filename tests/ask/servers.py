"""Tiny servers that answer as no server should, and some that do."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.servers.ports import HOST

Behaviour = Callable[[socket.socket], None]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Answering:
    """A server for the test: each connection's request is kept, then `behaviour` does what it will."""

    def __init__(self, listener: socket.socket, behaviour: Behaviour) -> None:
        self.requests: list[bytes] = []
        self._listener = listener
        self._behaviour = behaviour
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def close(self) -> None:
        self._over.set()
        self._thread.join(10.0)
        self._listener.close()

    def _serve(self) -> None:
        self._listener.settimeout(0.05)
        while not self._over.is_set():
            with suppress(TimeoutError, OSError):  # ssl: a handshake that the client gave up
                connection, _ = self._listener.accept()
                with connection:
                    connection.settimeout(5.0)
                    self.requests.append(_request(connection))
                    self._behaviour(connection)


@contextmanager
def answering(
    behaviour: Behaviour | bytes = OK, address: tuple[str, int] | str = (HOST, 0), context: ssl.SSLContext | None = None
) -> Iterator[Answering]:
    """Serve at this address (of IPv4, IPv6, or a path), by TLS with a context."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    listener = socket.socket(family)
    listener.bind(address)
    listener.listen()
    if context is not None:
        listener = context.wrap_socket(listener, server_side=True)
    server = Answering(listener, says(behaviour) if isinstance(behaviour, bytes) else behaviour)
    try:
        yield server
    finally:
        server.close()


def says(answer: bytes) -> Behaviour:
    """Says this, and closes the connection."""

    def behave(connection: socket.socket) -> None:
        with suppress(OSError):  # who has heard enough hangs up
            connection.sendall(answer)

    return behave


def stays_silent(connection: socket.socket) -> None:
    """Says nothing, until the other side hangs up."""
    with suppress(OSError):
        connection.recv(1)


def trickles(connection: socket.socket) -> None:
    """Says all that is right, one byte every 50 ms."""
    with suppress(OSError):
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + 1000 * b"o":
            connection.sendall(bytes([byte]))
            time.sleep(0.05)


def certificate(folder: Path) -> ssl.SSLContext:
    """A context with a certificate for `localhost`, signed by itself: `certificate.pem` in the folder."""
    key, signed = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", key, "-out", signed, "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(signed, key)
    return context


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received and (more := connection.recv(4096)):
        received += more
    return received
