"""Between browser and site: hands on every answer, or half of it and then a reset."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.servers.ports import HOST, free_port

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of no time: closing sends RST and drops what is not yet sent."""


class Cutter:
    """A port that answers as another does, a connection a request; while `cutting` it loses each in its midst."""

    def __init__(self, listener: socket.socket, upstream: int) -> None:
        self.port: int = listener.getsockname()[1]
        self.cutting = False
        self._listener = listener
        self._upstream = upstream

    def serve(self) -> None:
        """Until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=(client,), name="tests-cutter", daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            client.settimeout(30)
            asked = b""
            while b"\r\n\r\n" not in asked:
                if not (more := client.recv(65_536)):
                    return  # a browser connects ahead of what it will ask
                asked += more
            answer = self._ask(asked.replace(b"Connection: keep-alive", b"Connection: close"))
            if self.cutting:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                answer = answer[: len(answer) // 2]
            client.sendall(answer)

    def _ask(self, question: bytes) -> bytes:
        answer = b""
        with socket.create_connection((HOST, self._upstream), timeout=30) as server:
            server.sendall(question)
            while more := server.recv(65_536):
                answer += more
        return answer


@contextmanager
def cutter_before(port: int) -> Iterator[Cutter]:
    """A cutter before the server at `port`."""
    with socket.create_server((HOST, free_port()), backlog=128) as listener:
        cutter = Cutter(listener, port)
        thread = threading.Thread(target=cutter.serve, name="tests-cutter", daemon=True)
        thread.start()
        try:
            yield cutter
        finally:
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread, as closing would not
            thread.join(5)
