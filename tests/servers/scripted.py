"""A TCP server, with or without TLS, that does to each of its callers what a test says."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tests.servers.ports import HOST

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    Script = Callable[[socket.socket], object]

TRICKLE_S = 0.05


class Scripted:
    """Listens on `port`; counts its callers."""

    def __init__(self, listener: socket.socket, script: Script, tls: ssl.SSLContext | None) -> None:
        self.port: int = listener.getsockname()[1]
        self.calls = 0
        self.over = threading.Event()
        """Set when the test is."""
        self._listener, self._script, self._tls = listener, script, tls

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                if self.over.is_set():
                    caller.close()
                    return
                self.calls += 1
                threading.Thread(target=self._attend, args=(caller,), daemon=True).start()

    def _attend(self, caller: socket.socket) -> None:
        with suppress(OSError), caller:
            if self._tls is None:
                self._script(caller)
                return
            with self._tls.wrap_socket(caller, server_side=True) as secured:
                self._script(secured)


@contextmanager
def serving(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[Scripted]:
    """A server that runs `script` with each connection, which is closed after it."""
    with socket.create_server((HOST, 0)) as listener:
        server = Scripted(listener, script, tls)
        thread = threading.Thread(target=server.serve, name="tests-scripted", daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            with suppress(OSError):
                socket.create_connection((HOST, server.port), 1).close()
            thread.join(5)


def saying(*parts: bytes) -> Script:
    """Reads a request's head and answers with this."""

    def script(caller: socket.socket) -> None:
        read_head(caller)
        for part in parts:
            caller.sendall(part)

    return script


def trickling(content: bytes) -> Script:
    """Says it byte by byte, for ever again: each in time for whoever waits for a byte."""

    def script(caller: socket.socket) -> None:
        pause = threading.Event()
        while True:
            for at in range(len(content)):
                caller.sendall(content[at : at + 1])
                pause.wait(TRICKLE_S)

    return script


def read_head(caller: socket.socket) -> bytes:
    """A request up to its empty line."""
    head = b""
    while b"\r\n\r\n" not in head and (more := caller.recv(4096)):
        head += more
    return head
