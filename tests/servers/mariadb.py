"""MariaDB, where it is installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, ClassVar

from tests.servers.ports import HOST, converse
from tests.servers.process import Server, find_program


class MariaDB(Server):
    """A MariaDB server with a database `status` and a user `app` (password `s3cret`) who may do everything."""

    label = "mariadb"
    account = "mysql"

    USER: ClassVar[str] = "app"
    PASSWORD: ClassVar[str] = "s3cret"

    @classmethod
    def missing(cls) -> str | None:
        for program in ("mariadbd", "mariadb-install-db", "mariadb"):
            if not find_program(program):
                return f"MariaDB's {program} is not installed (apt-get install mariadb-server)"
        if not find_spec("MySQLdb"):
            return "MySQLdb is not installed (apt-get install libmariadb-dev pkg-config; pip install mysqlclient)"
        return None

    @property
    def url(self) -> str:
        return f"mysql://{self.USER}:{self.PASSWORD}@{HOST}:{self.port}/status"

    def django_database(self, name: str = "status", **overrides: Any) -> dict[str, Any]:
        """An entry for DATABASES."""
        return {
            "ENGINE": "django.db.backends.mysql",
            "NAME": name,
            "USER": self.USER,
            "PASSWORD": self.PASSWORD,
            "HOST": HOST,
            "PORT": str(self.port),
            **overrides,
        }

    def sql(self, *statements: str, database: str = "mysql") -> str:
        """Run the statements as root; return the rows, one a line, columns separated by a tab."""
        client = [str(find_program("mariadb")), "--no-defaults", f"--socket={self._socket}", "--user=root"]
        return self.run_tool(*client, "--batch", "--skip-column-names", database, feed=";\n".join(statements)).strip()

    def create_database(self, name: str) -> None:
        """Create a database."""
        self.sql(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")

    def ping(self, timeout_s: float = 0.3) -> bool:
        # A greeting: 3 bytes of length, a number, and 10 for the protocol; an error has 255 there.
        return converse(self.port, b"", 5, timeout_s)[4:] == b"\x0a"

    def command(self) -> list[str]:
        return [
            str(find_program("mariadbd")),
            *self._files(),
            f"--socket={self._socket}",
            f"--pid-file={self.directory / 'mariadb.pid'}",
            *(f"--bind-address={HOST}", f"--port={self.port}"),
            # By address: else clients that greet and go, as our ping, would in the end be shut out as attackers.
            "--skip-name-resolve",
            *("--character-set-server=utf8mb4", "--innodb-flush-log-at-trx-commit=0"),
            *self.arguments,
        ]

    def prepare(self) -> None:
        install = str(find_program("mariadb-install-db"))
        self.run_tool(install, *self._files(), "--auth-root-authentication-method=normal", "--skip-test-db")

    def settle(self) -> None:
        self.sql(
            f"CREATE USER {self.USER}@'{HOST}' IDENTIFIED BY '{self.PASSWORD}'",
            f"GRANT ALL ON *.* TO {self.USER}@'{HOST}'",
        )
        self.create_database("status")

    def _files(self) -> list[str]:
        return ["--no-defaults", f"--datadir={self.directory / 'data'}", "--innodb-log-file-size=8M"]

    @property
    def _socket(self) -> str:
        return str(self.directory / "mariadb.sock")
