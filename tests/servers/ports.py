"""Ports: free ones for servers, and ones that misbehave for checks."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"


def free_port() -> int:
    """Return a port nobody uses and nobody is given by chance.

    From below the range the kernel deals out to outgoing connections: else one of those could take the port while its
    server restarts, and a client that knocks on a closed port of that range can end up connected to itself.
    """
    while True:
        port = random.randrange(10_000, _first_ephemeral_port())
        with socket.socket() as candidate:
            try:
                candidate.bind((HOST, port))
            except OSError:
                continue
        return port


def _first_ephemeral_port() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        return 32_768


@contextmanager
def refused_port() -> Iterator[int]:
    """A port that refuses connections; bound all the while, so that nobody else starts to serve there."""
    with socket.socket() as bound:
        bound.bind((HOST, free_port()))
        yield bound.getsockname()[1]


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections and what is written to them, and never writes a byte itself."""
    with socket.socket() as listener:
        listener.bind((HOST, free_port()))
        # The kernel completes the handshakes; accepting would add nothing that a client could see.
        listener.listen(128)
        yield listener.getsockname()[1]


@contextmanager
def unreachable_port() -> Iterator[int]:
    """A port where connecting itself hangs, as behind a firewall that drops: its queue is full, so SYNs are dropped."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((HOST, free_port()))
        listener.listen(0)
        address = listener.getsockname()
        # Linux takes one connection more than the backlog says.
        stack.enter_context(socket.create_connection(address))
        while True:
            probe = stack.enter_context(socket.socket())
            probe.settimeout(0.1)
            try:
                probe.connect(address)
            except TimeoutError:
                break
        yield address[1]


def converse(port: int, say: bytes, expect: int, timeout_s: float) -> bytes:
    """Connect, say something and return up to `expect` bytes of the answer; nothing when there is none in time."""
    try:
        with socket.create_connection((HOST, port), timeout=timeout_s) as connection:
            connection.sendall(say)
            answer = b""
            while len(answer) < expect and (more := connection.recv(expect - len(answer))):
                answer += more
            return answer
    except OSError:
        return b""
