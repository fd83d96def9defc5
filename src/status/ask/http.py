"""An answer by HTTP's rules, read from a socket until a moment; `http.client` takes longer than the question."""

from __future__ import annotations

from time import monotonic

from .outcome import NotWell

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

MAX_BODY = 10 * 1024  # what the kubelet reads of a probe's output
MAX_HEAD = 64 * 1024


def exchange(connection: socket.socket, host: str, target: str, until: float) -> tuple[int, str, str, bytes]:
    """Code, phrase, where a redirect leads, and up to MAX_BODY + 1 bytes of the body."""
    connection.settimeout(left_s(until))
    connection.sendall(
        f"GET {target} HTTP/1.1\r\nHost: {host}\r\n"
        "User-Agent: django-status\r\nAccept: */*\r\nConnection: close\r\n\r\n".encode()
    )
    answer = _Answer(connection, until)
    code, phrase, headers = answer.head()
    while 100 <= code <= 199:  # in between, as "103 Early Hints"
        code, phrase, headers = answer.head()
    body = b"" if code in (204, 304) else answer.body(headers)
    return code, phrase, headers.get("location", ""), body


def left_s(until: float) -> float:
    if (left := until - monotonic()) <= 0:
        raise TimeoutError
    return left


class _Answer:
    """What arrives on the connection until that moment, by HTTP's rules; NotWell when it does not follow them."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection = connection
        self._until = until
        self._kept = b""
        self._lines_left = MAX_HEAD

    def head(self) -> tuple[int, str, dict[str, str]]:
        first = self._line()
        version, _, rest = first.partition(" ")
        code, _, phrase = rest.partition(" ")
        if not version.startswith("HTTP/1.") or len(code) != 3 or not (code.isascii() and code.isdecimal()):
            raise NotWell(f"what answers is no HTTP server: {first[:60]}")
        headers = {}
        while line := self._line():
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        return int(code), phrase, headers

    def body(self, headers: dict[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return b"".join(self._chunks())
        if "content-length" not in headers:
            while len(self._kept) <= MAX_BODY and self._more():
                pass
            return self._kept[: MAX_BODY + 1]
        return self._exactly(min(_number(headers["content-length"], 10), MAX_BODY + 1))

    def _chunks(self) -> Iterator[bytes]:
        room = MAX_BODY + 1
        while room and (size := _number(self._line().partition(";")[0].strip(), 16)):
            yield self._exactly(min(size, room))
            if size > room:
                return
            room -= size
            self._line()

    def _line(self) -> str:
        """Without its end; Latin-1 has a character for each byte."""
        while b"\n" not in self._kept:
            if len(self._kept) > self._lines_left or not self._more():
                break
        line, end, self._kept = self._kept.partition(b"\n")
        self._lines_left -= len(line) + 1
        if self._lines_left < 0:
            raise NotWell("what answers is no HTTP server: it never comes to the body")
        if not end:
            raise NotWell("the connection was closed before the answer was complete")
        return line.rstrip(b"\r").decode("latin-1")

    def _exactly(self, count: int) -> bytes:
        while len(self._kept) < count:
            if not self._more():
                raise NotWell("the connection was closed before the answer was complete")
        taken, self._kept = self._kept[:count], self._kept[count:]
        return taken

    def _more(self) -> bool:
        self._connection.settimeout(left_s(self._until))
        more = self._connection.recv(MAX_HEAD)
        self._kept += more
        return bool(more)


def _number(text: str, base: int) -> int:
    digits = "0123456789abcdef"[:base]
    if not 0 < len(text) < 20 or text.lower().strip(digits):
        raise NotWell(f"the answer's length can't be read: {text[:60]}")
    return int(text, base)
