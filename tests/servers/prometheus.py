"""Prometheus, where it is installed."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from typing import Any

from tests.servers.ports import HOST, converse
from tests.servers.process import Server, find_program


class Prometheus(Server):
    """A Prometheus with this configuration, and files of rules by their names beside it."""

    label = "prometheus"
    account = "nobody"

    def __init__(self, configuration: str, **files: str) -> None:
        super().__init__()
        self.write("prometheus.yml", configuration)
        for name, text in files.items():
            self.write(f"{name}.yml", text)

    @classmethod
    def missing(cls) -> str | None:
        return None if find_program("prometheus") else "Prometheus is not installed (apt-get install prometheus)"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/"

    def ping(self, timeout_s: float = 0.3) -> bool:
        return converse(self.port, b"GET /-/ready HTTP/1.0\r\n\r\n", 15, timeout_s) == b"HTTP/1.0 200 OK"

    def targets(self) -> list[dict[str, Any]]:
        """What it scrapes: `health`, `lastError`, and more."""
        return list(self._asked("targets")["activeTargets"])

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """Labels and value of each series that the expression gives now."""
        found = self._asked("query", query=expression)["result"]
        return [(each["metric"], float(each["value"][1])) for each in found]

    def firing(self) -> set[str]:
        """The names of the alerts that fire."""
        return {each["labels"]["alertname"] for each in self._asked("alerts")["alerts"] if each["state"] == "firing"}

    def command(self) -> list[str]:
        return [
            str(find_program("prometheus")),
            f"--config.file={self.directory / 'prometheus.yml'}",
            f"--storage.tsdb.path={self.directory / 'data'}",
            f"--web.listen-address={HOST}:{self.port}",
        ]

    def _asked(self, what: str, **parameters: str) -> Any:
        with urllib.request.urlopen(
            f"{self.url}api/v1/{what}?{urllib.parse.urlencode(parameters)}", timeout=10
        ) as answer:
            return json.load(answer)["data"]
