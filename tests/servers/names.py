"""A name server that may be silent, for programs that are told of it by a resolv.conf of their own."""

from __future__ import annotations

import random
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

GIVES_UP_AFTER_S = 2.0
"""Who asks in vain: after two attempts of a second each."""

_PORT = 53
_HEADER = 12
_IPV4 = b"\x00\x01"


class NameServer:
    """Every name is 127.0.0.1 to it, as long as it answers."""

    def __init__(self, listener: socket.socket) -> None:
        self.address: str = listener.getsockname()[0]
        self._untold = b""
        self._listener = listener

    @contextmanager
    def silent_about(self, host: str) -> Iterator[None]:
        """Within it nobody is answered who asks for a name that begins with this one's first label."""
        self._untold = _label(host)
        try:
            yield
        finally:
            self._untold = b""

    @property
    def resolv_conf(self) -> str:
        """A resolv.conf that names this server alone."""
        return f"nameserver {self.address}\noptions timeout:1 attempts:2\n"

    def serve(self) -> None:
        """Answer until the listener is shut down."""
        with suppress(OSError):
            while True:
                question, client = self._listener.recvfrom(512)
                if not question:
                    return
                if not (self._untold and question.startswith(self._untold, _HEADER)):
                    self._listener.sendto(_answer(question), client)


@contextmanager
def name_server() -> Iterator[NameServer]:
    """One on an address of its own in 127.0.0.0/8; PermissionError where port 53 is not ours to take."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind((f"127.{random.randrange(1, 255)}.{random.randrange(256)}.{random.randrange(1, 255)}", _PORT))
        server = NameServer(listener)
        thread = threading.Thread(target=server.serve, name="tests-names", daemon=True)
        thread.start()
        try:
            yield server
        finally:
            with suppress(OSError):  # it was never connected; the thread wakes up all the same
                listener.shutdown(socket.SHUT_RD)
            thread.join(5)


def _label(host: str) -> bytes:
    """A name's first label as a question has it: its length, and itself."""
    label = host.partition(".")[0].encode()
    return bytes([len(label)]) + label


def _answer(question: bytes) -> bytes:
    """RFC 1035, 4.1: the header, the question again, and for type A one record; for any other none, and no error."""
    end = question.index(b"\0", _HEADER) + 5
    asked = question[_HEADER:end]
    records = 1 if asked[-4:-2] == _IPV4 else 0
    header = question[:2] + b"\x81\x80" + b"\x00\x01" + records.to_bytes(2, "big") + b"\0\0\0\0"
    # The name by a pointer to the question's, class IN, no seconds to keep it, four bytes of address.
    record = b"\xc0\x0c" + _IPV4 + b"\x00\x01" + b"\0\0\0\0" + b"\x00\x04" + socket.inet_aton("127.0.0.1")
    return header + asked + record * records
