"""Prometheus' blackbox exporter, where it is installed."""

from __future__ import annotations

import re
import urllib.request
from urllib.parse import urlencode

from tests.servers.ports import HOST, converse
from tests.servers.process import Server, find_program

_PROGRAM = "prometheus-blackbox-exporter"


class BlackboxExporter(Server):
    """A blackbox exporter with these modules."""

    label = "blackbox"
    account = "nobody"

    def __init__(self, configuration: str) -> None:
        super().__init__()
        self.write("blackbox.yml", configuration)

    @classmethod
    def missing(cls) -> str | None:
        return (
            None if find_program(_PROGRAM) else f"the blackbox exporter is not installed (apt-get install {_PROGRAM})"
        )

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/"

    def ping(self, timeout_s: float = 0.3) -> bool:
        return converse(self.port, b"GET /-/healthy HTTP/1.0\r\n\r\n", 12, timeout_s) == b"HTTP/1.0 200"

    def probe(self, module: str, target: str) -> dict[str, float]:
        """What it tells Prometheus of a target: each metric without labels."""
        query = urlencode({"module": module, "target": target})
        with urllib.request.urlopen(f"{self.url}probe?{query}", timeout=30) as answer:
            text = answer.read().decode()
        return {name: float(value) for name, value in re.findall(r"^(\w+) (\S+)$", text, re.MULTILINE)}

    def command(self) -> list[str]:
        return [
            str(find_program(_PROGRAM)),
            f"--config.file={self.directory}/blackbox.yml",
            f"--web.listen-address={HOST}:{self.port}",
        ]
