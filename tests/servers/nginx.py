"""nginx, where it is installed."""

from __future__ import annotations

import os
import signal

from tests.servers.ports import HOST, converse
from tests.servers.process import Server, find_program

_AROUND = """
daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log {directory}/access.log;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {directory}/site.conf;
}}
"""


class Nginx(Server):
    """An nginx with this configuration of a site, of which `listen 80;` is bound to `port` instead."""

    label = "nginx"
    account = "nobody"

    def __init__(self, configuration: str) -> None:
        super().__init__()
        self._configure(configuration)
        self.write("nginx.conf", _AROUND.format(directory=self.directory))

    @classmethod
    def missing(cls) -> str | None:
        return None if find_program("nginx") else "nginx is not installed (apt-get install nginx)"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/"

    def ping(self, timeout_s: float = 0.3) -> bool:
        return converse(self.port, b"GET / HTTP/1.0\r\n\r\n", 5, timeout_s) == b"HTTP/"

    def reload(self, configuration: str) -> None:
        """Serve by this one from now on; those who are being served are served to their end."""
        self._configure(configuration)
        self.prepare()
        os.kill(self.pid, signal.SIGHUP)

    def prepare(self) -> None:
        # Ends with 1, and says where, for what it doesn't understand.
        self.run_tool(*self.command(), "-t")

    def command(self) -> list[str]:
        return [
            str(find_program("nginx")),
            "-e",
            "stderr",
            "-c",
            f"{self.directory}/nginx.conf",
            "-p",
            str(self.directory),
        ]

    def _configure(self, configuration: str) -> None:
        self.write("site.conf", configuration.replace("listen 80;", f"listen {HOST}:{self.port};"))
