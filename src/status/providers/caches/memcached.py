"""What `stats` of memcached says, of every server of a cache."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from typing import Any

from django.core.cache.backends.base import BaseCache

from ...core.bounds import cut_off
from ..shares import ratio
from .instance import servers
from .servers import ask_each

PORT = 11211
MAX_BYTES = 64 * 1024
"""Of an answer: 1.6 writes some 3 KiB."""


class Refused(Exception):
    """The server does not answer the question."""


def figures(backend: type[BaseCache], settings: Mapping[str, Any]) -> dict[str, object]:
    """One connection and one command a server, beside the client: each hides a server that is down in its own way."""
    context = (settings.get("OPTIONS") or {}).get("tls_context")  # pymemcache's

    def ask(server: Any, within_s: float) -> dict[str, object]:
        return _figures(_ask(_address(server), context, monotonic() + within_s))

    return {"kind": "memcached", "servers": ask_each(servers(settings.get("LOCATION", ""), "[;,]"), _name, ask)}


def _address(server: Any) -> str | tuple[str, int]:
    """As Django's backends have it: host and port, or the path of a socket, with "unix:" before it or without."""
    if isinstance(server, (tuple, list)):
        return str(server[0]), int(server[1])
    text = str(server).strip()
    if text.startswith(("unix:", "/")):
        return text.removeprefix("unix:")
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit() and (":" not in host or host.endswith("]")):
        return host.strip("[]"), int(port)
    return text.strip("[]"), PORT


def _name(server: Any) -> str:
    address = _address(server)
    return address if isinstance(address, str) else f"{address[0]}:{address[1]}"


def _ask(address: str | tuple[str, int], context: Any, deadline: float) -> dict[str, str]:
    with _connected(address, deadline) as plain, cut_off(lambda: _shut_down(plain)):
        if context is None:
            return _answer(plain, deadline)
        host = address if isinstance(address, str) else address[0]
        with context.wrap_socket(plain, server_hostname=host) as wrapped:
            return _answer(wrapped, deadline)


def _connected(address: str | tuple[str, int], deadline: float) -> socket.socket:
    if not isinstance(address, str):
        return socket.create_connection(address, timeout=_left_s(deadline))
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(_left_s(deadline))
        connection.connect(address)
    except BaseException:
        connection.close()
        raise
    return connection


def _shut_down(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _answer(connection: socket.socket, deadline: float) -> dict[str, str]:
    connection.settimeout(_left_s(deadline))
    connection.sendall(b"stats\r\n")
    read = b""
    while not read.endswith(b"END\r\n"):
        if read.startswith((b"ERROR", b"CLIENT_ERROR", b"SERVER_ERROR")) and read.endswith(b"\r\n"):
            raise Refused(read.decode(errors="replace").strip())
        connection.settimeout(_left_s(deadline))
        part = connection.recv(16 * 1024)
        if not part:
            raise Refused("it closed the connection: its protocol may be the binary one, as with SASL")
        read += part
        if len(read) > MAX_BYTES:
            raise Refused(f"its answer is longer than {MAX_BYTES // 1024} KiB: this is no memcached")
    lines = (line.split(" ", 2) for line in read.decode(errors="replace").splitlines())
    return {line[1]: line[2] for line in lines if len(line) == 3 and line[0] == "STAT"}


def _left_s(deadline: float) -> float:
    left_s = deadline - monotonic()
    if left_s <= 0:
        raise TimeoutError("timed out")
    return left_s


def _figures(stats: Mapping[str, str]) -> dict[str, object]:
    def count(name: str) -> int | None:
        text = stats.get(name, "")
        return int(text) if text.isdigit() else None

    hits, misses = count("get_hits"), count("get_misses")
    used, limit = count("bytes"), count("limit_maxbytes")
    connected, most = count("curr_connections"), count("max_connections")
    return {
        "version": stats.get("version"),
        "uptime_s": count("uptime"),
        "memory": {"used_bytes": used, "limit_bytes": limit, "used_ratio": ratio(used, limit)},
        "entries": count("curr_items"),
        "hit_ratio": ratio(hits, (hits or 0) + (misses or 0)),
        "hits": hits,
        "misses": misses,
        "evicted": count("evictions"),
        "expired_unread": count("expired_unfetched"),
        "clients": {
            "connected": connected,
            "limit": most,
            "used_ratio": ratio(connected, most),
            "rejected": count("rejected_connections"),
        },
        "threads": count("threads"),
    }
