"""What stands in a server's place or before it: a relay that loses connections, a listener that is silent."""

from __future__ import annotations

import selectors
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.servers.ports import HOST, free_port
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 65_536
LOST_AT_ANSWER = 2
"""Which of a server's answers is the first that a connection lost on the way does not hand on: it was well before."""


@dataclass(eq=False)
class _Link:
    """One connection through the relay: the client's end and the server's."""

    client: socket.socket
    server: socket.socket
    answers: int = 0
    lost: bool = False

    def close(self) -> None:
        self.client.close()
        self.server.close()


class Relay:
    """Forwards connections to a port of 127.0.0.1, and loses some when told: no FIN, no RST, not a byte any more."""

    def __init__(self, listener: socket.socket, upstream: int) -> None:
        self.port: int = listener.getsockname()[1]
        self.lost = 0
        """How many it has lost so far."""
        self._upstream = upstream
        self._listener = listener
        self._to_lose = 0
        self._links: set[_Link] = set()
        self._selector = selectors.DefaultSelector()
        self._bell, self._rope = socket.socketpair()

    def lose(self, count: int, timeout_s: float = 10.0) -> None:
        """Lose the next `count` connections in their midst, while new ones pass; returns when they are lost.

        In their midst: the server has had a question, and its answer does not come through.
        """
        before = self.lost
        self._to_lose = count
        wait_until(lambda: self.lost - before >= count, timeout_s, "too few connections to lose")

    def serve(self) -> None:
        """Forward until the bell rings."""
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._bell, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._bell:
                    return
                if key.fileobj is self._listener:
                    self._accept()
                elif key.data in self._links and not key.data.lost:  # it may have gone in this very round
                    self._forward(key.data, from_client=key.fileobj is key.data.client)

    def close(self, thread: threading.Thread) -> None:
        """End the thread that serves, and close what is open, the lost ones too."""
        self._rope.send(b"!")
        thread.join(5)
        for link in self._links:
            link.close()
        for each in (self._selector, self._bell, self._rope):
            each.close()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        try:
            server = socket.create_connection((HOST, self._upstream), timeout=5)
        except OSError:
            client.close()
            return
        link = _Link(client, server)
        self._links.add(link)
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(end, selectors.EVENT_READ, link)

    def _forward(self, link: _Link, *, from_client: bool) -> None:
        source, target = (link.client, link.server) if from_client else (link.server, link.client)
        try:
            chunk = source.recv(_CHUNK)
            if chunk and not from_client:
                link.answers += 1
                if self._to_lose and link.answers >= LOST_AT_ANSWER:
                    self._drop(link)
                    return
            if chunk:
                target.sendall(chunk)
        except OSError:
            chunk = b""
        if not chunk:
            self._forget(link)

    def _drop(self, link: _Link) -> None:
        for end in (link.client, link.server):
            self._selector.unregister(end)
        link.lost = True
        self._to_lose -= 1
        self.lost += 1

    def _forget(self, link: _Link) -> None:
        for end in (link.client, link.server):
            self._selector.unregister(end)
        self._links.discard(link)
        link.close()


@contextmanager
def relay_to(port: int) -> Iterator[Relay]:
    """A relay before the server at `port`."""
    with socket.socket() as listener:
        listener.bind((HOST, free_port()))
        listener.listen(128)
        relay = Relay(listener, port)
        thread = threading.Thread(target=relay.serve, name="tests-relay", daemon=True)
        thread.start()
        try:
            yield relay
        finally:
            relay.close(thread)


@contextmanager
def silent_at(port: int) -> Iterator[None]:
    """In the place of a server that is gone: connections are taken, and nothing is ever answered."""
    with socket.socket() as listener:
        # Those of the server that was there may linger.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
        yield
