"""HAProxy, where it is installed."""

from __future__ import annotations

import csv
import socket
from pathlib import Path

from tests.servers.ports import HOST, converse
from tests.servers.process import Server, find_program


class HAProxy(Server):
    """A HAProxy with this configuration, of which `bind :80` is bound to `port` instead.

    Only the section `global` is added, for the socket by which it tells what it thinks of its servers.
    """

    label = "haproxy"
    account = "nobody"

    def __init__(self, configuration: str) -> None:
        super().__init__()
        self._socket = self.directory / "haproxy.sock"
        configuration = configuration.replace("bind :80\n", f"bind {HOST}:{self.port}\n")
        self.write("haproxy.cfg", f"global\n    stats socket {self._socket}\n\n{configuration}")

    @classmethod
    def missing(cls) -> str | None:
        return None if find_program("haproxy") else "HAProxy is not installed (apt-get install haproxy)"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/"

    def ping(self, timeout_s: float = 0.3) -> bool:
        return converse(self.port, b"GET / HTTP/1.0\r\n\r\n", 5, timeout_s) == b"HTTP/"

    def servers(self, backend: str) -> dict[str, str]:
        """Each server of the backend and its state: "UP", "DOWN", "UP 1/2" on the way from one to the other."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self._socket))
            connection.sendall(b"show stat\n")
            table = b"".join(iter(lambda: connection.recv(65_536), b"")).decode()
        rows = csv.DictReader(table.removeprefix("# ").splitlines())
        summaries = ("FRONTEND", "BACKEND")
        return {
            row["svname"]: row["status"] for row in rows if row["pxname"] == backend and row["svname"] not in summaries
        }

    def command(self) -> list[str]:
        # In the foreground, as one process.
        return [str(find_program("haproxy")), "-db", "-f", str(Path(self.directory) / "haproxy.cfg")]
