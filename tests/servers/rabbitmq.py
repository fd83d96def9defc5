"""RabbitMQ, where it is installed: a node apart, with a name server (epmd) of its own."""

from __future__ import annotations

import os
from pathlib import Path

from tests.servers.ports import HOST, converse, free_port
from tests.servers.process import Program, Server, find_program

# What sbin has is a wrapper that changes the user and where the output goes.
_SCRIPT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


class Epmd(Program):
    """Erlang's name server: the machine's own one must not know of our nodes, nor live because of them."""

    label = "epmd"
    account = "rabbitmq"

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()

    def command(self) -> list[str]:
        return [str(find_program("epmd")), "-port", str(self.port), "-address", HOST]

    def is_ready(self) -> bool:
        # NAMES_REQ; the answer begins with the port.
        return converse(self.port, b"\x00\x01n", 4, 1.0) == self.port.to_bytes(4, "big")


class RabbitMQ(Server):
    """A RabbitMQ node with the user `guest` (password `guest`) and no plugins."""

    label = "rabbitmq"
    account = "rabbitmq"
    ready_within_s = 60.0
    polite_for_s = 20.0

    def __init__(self, *arguments: str) -> None:
        super().__init__(*arguments)
        self._distribution_port = free_port()
        self._epmd: Epmd | None = None

    @classmethod
    def missing(cls) -> str | None:
        there = find_program("rabbitmq-server") and find_program("epmd")
        return None if there else "RabbitMQ is not installed (apt-get install rabbitmq-server)"

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@{HOST}:{self.port}//"

    def ping(self, timeout_s: float = 0.3) -> bool:
        # The protocol's header; the answer is a method frame on channel 0: connection.start.
        answer = converse(self.port, b"AMQP\x00\x00\x09\x01", 11, timeout_s)
        return answer[:3] == b"\x01\x00\x00" and answer[7:] == b"\x00\x0a\x00\x0a"

    def command(self) -> list[str]:
        return [str(_SCRIPT if _SCRIPT.exists() else find_program("rabbitmq-server")), *self.arguments]

    def environment(self) -> dict[str, str]:
        assert self._epmd is not None
        here = self.directory
        return {
            "ERL_EPMD_PORT": str(self._epmd.port),
            "ERL_EPMD_ADDRESS": HOST,
            # Else the script stays between us and the node, and handles signals by itself.
            "RUNNING_UNDER_SYSTEMD": "true",
            "RABBITMQ_NODENAME": f"status-{os.getpid()}-{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CONFIG_FILE": str(here / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(here / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(here / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(here / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(here / "config"),
            "RABBITMQ_PLUGINS_EXPAND_DIR": str(here / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(here / "mnesia"),
            "RABBITMQ_LOG_BASE": str(here / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(here / "rabbitmq.pid"),
        }

    def prepare(self) -> None:
        self.write("rabbitmq.conf", f"listeners.tcp.local = {HOST}:{self.port}\n")
        # The machine's own configuration, in /etc, is not for this node: empty files stand in for it.
        self.write("rabbitmq-env.conf", "")
        self.write("advanced.config", "[].\n")
        self.write("enabled_plugins", "[].\n")
        self._epmd = Epmd()
        self._epmd.launch()

    def end(self) -> None:
        try:
            super().end()
        finally:
            if self._epmd:
                self._epmd.end()
