"""An httpGet probe as the kubelet makes it.

By its documentation (https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/,
"HTTP probes") and its code (pkg/probe/http in kubernetes/kubernetes): one timeout for all of it, at most 10 KiB of the
body, any code from 200 to 399 is success, and a redirect to another host is not followed: it is success with a warning.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin, urlsplit

MAX_BODY = 10 * 1024
MAX_REDIRECTS = 10
HEADERS = {"User-Agent": "kube-probe/1.33", "Accept": "*/*", "Connection": "close"}


@dataclass(frozen=True, slots=True)
class Result:
    """What the kubelet makes of an answer."""

    outcome: Literal["success", "warning", "failure"]
    said: bytes = b""
    """What it read of the body; of a failure without an answer why there is none."""
    code: int = 0

    @property
    def is_well(self) -> bool:
        return self.outcome != "failure"


def probe(port: int, path: str, host: str = "127.0.0.1", timeout_s: float = 1.0, name: str = "") -> Result:
    """Ask the pod at this address; `name` is the Host header, where the probe sets one."""
    until = time.monotonic() + timeout_s
    url = f"http://{host}:{port}{path}"
    try:
        for _ in range(MAX_REDIRECTS):
            code, body, location = _get(url, until, name)
            if not (300 <= code < 400 and location):
                break
            target = urljoin(url, location)
            if urlsplit(target).hostname != urlsplit(url).hostname:
                return Result("warning", body, code)
            url = target
        else:
            return Result("failure", b"stopped after 10 redirects")
    except (OSError, http.client.HTTPException) as error:
        return Result("failure", f"{type(error).__name__}: {error}".encode())
    return Result("success" if 200 <= code < 400 else "failure", body, code)


def _get(url: str, until: float, name: str) -> tuple[int, bytes, str | None]:
    """Code, the beginning of the body, and where a redirect leads; TimeoutError when that takes too long."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=_left_s(until))
    # The timeout of a socket is for each byte: it is for all of them that this one is hung up.
    watch = threading.Timer(_left_s(until), _hang_up, [connection])
    watch.daemon = True
    try:
        connection.connect()
        watch.start()
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={**HEADERS, "Host": name or parts.netloc})
        answer = connection.getresponse()
        body = answer.read(MAX_BODY)
        _left_s(until)
        return answer.status, body, answer.headers["Location"]
    finally:
        watch.cancel()
        connection.close()


def _hang_up(connection: http.client.HTTPConnection) -> None:
    with suppress(AttributeError, OSError):  # closed meanwhile
        connection.sock.shutdown(socket.SHUT_RDWR)


def _left_s(until: float) -> float:
    left_s = until - time.monotonic()
    if left_s <= 0:
        raise TimeoutError("Client.Timeout exceeded")
    return left_s
