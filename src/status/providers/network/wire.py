"""A connection of a check's own: whatever the other side does, it takes no longer than the check has left."""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING

from ...core.bounds import cut_off, remaining_s

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Wire:
    """Connected to one host. Each call waits for what is left of the whole, so a byte a second gains nobody time."""

    def __init__(self) -> None:
        self._deadline = monotonic() + remaining_s()
        self._socket: socket.socket | None = None

    def connect(self, host: str, port: int) -> None:
        """To the first of the host's addresses that takes the connection; they share the time that is left."""
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for waiting, (family, kind, protocol, _, address) in zip(range(len(addresses), 0, -1), addresses, strict=True):
            self._socket = socket.socket(family, kind, protocol)
            try:
                self._socket.settimeout(self._left_s() / waiting)
                self._socket.connect(address)
            except OSError:
                self.close()
                if waiting == 1:
                    raise
            else:
                return

    def secure(self, context: ssl.SSLContext, server_name: str) -> ssl.SSLSocket:
        """Shake hands; ssl.SSLError says why it can't be done."""
        secured = context.wrap_socket(self._ready(), server_hostname=server_name, do_handshake_on_connect=False)
        self._socket = secured
        secured.do_handshake()
        return secured

    def sendall(self, content: bytes) -> None:
        """Send all of it."""
        self._ready().sendall(content)

    def receive(self, most: int) -> bytes:
        """Up to so many bytes, as soon as there are any; none where the other side has closed."""
        return self._ready().recv(most)

    def receive_into(self, buffer: WriteableBuffer) -> int:
        """As `receive`, into a buffer."""
        return self._ready().recv_into(buffer)

    def file(self) -> io.BufferedReader:
        """To be read from as a file is."""
        return io.BufferedReader(_Reader(self))

    def cut(self) -> bool:
        """Make the call that blocks on it return. For another thread to call; False where there was nothing to cut."""
        connected = self._socket
        if connected is None:
            return False
        with suppress(OSError):
            # The method of plain sockets: that of TLS ones takes the session away under the thread that reads.
            socket.socket.shutdown(connected, socket.SHUT_RDWR)
            return True
        return False  # it may be connecting still

    def close(self) -> None:
        """Close it, without a word to the other side."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _ready(self) -> socket.socket:
        if self._socket is None:
            raise ConnectionError("it is closed")
        self._socket.settimeout(self._left_s())
        return self._socket

    def _left_s(self) -> float:
        left_s = self._deadline - monotonic()
        if left_s <= 0:
            raise TimeoutError("timed out")
        return left_s


class _Reader(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        return self._wire.receive_into(buffer)


@contextmanager
def connected(host: str, port: int) -> Iterator[Wire]:
    """A wire to this port, cut off when the check is overdue and closed at the end.

    Names are resolved by the system, which alone bounds that.
    """
    wire = Wire()
    with cut_off(wire.cut):
        try:
            wire.connect(host, port)
            yield wire
        finally:
            wire.close()


def place(host: str, port: int) -> str:
    """Host and port as one text."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
