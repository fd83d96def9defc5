"""What the site of these tests depends on, and how each of it breaks and comes back."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.conftest import started
from tests.servers.celery_worker import CeleryWorker
from tests.servers.mariadb import MariaDB
from tests.servers.memcached import Memcached
from tests.servers.postgres import Postgres
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.relay import relay_to
from tests.servers.valkey import Valkey
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.servers.process import Program, Server
    from tests.servers.relay import Relay

WORKER = "worker@tests"

# More than the site ever has, and so few that others can take them all.
POSTGRES_CONNECTIONS = 24

NAMES = ("postgres", "mariadb", "valkey", "memcached", "rabbitmq")


@dataclass(frozen=True)
class Dependency:
    """A server, the reference that tells of it (it, or what is below it), and where the site reaches it."""

    name: str
    reference: str
    server: Server
    port: int
    worker: CeleryWorker | None = None
    """Without it, a broker is no use to the site."""

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Within it the server and all its children are stopped in their tracks; after it, it answers."""
        with self._stopped(self.server):
            yield

    @contextmanager
    def worker_frozen(self) -> Iterator[None]:
        """The same of a broker's worker."""
        assert self.worker is not None
        with self._stopped(self.worker):
            yield

    @contextmanager
    def gone(self) -> Iterator[None]:
        """Within it the server is dead, and connections to it are refused; after it, it answers."""
        self.server.kill()
        try:
            yield
        finally:
            self.server.restart()
            if self.worker is not None:
                self.worker.restart()  # by itself it would wait longer each time before it tries again
            self._wait()

    @contextmanager
    def _stopped(self, program: Program) -> Iterator[None]:
        program.stop_in_its_tracks()
        try:
            yield
        finally:
            program.resume()
            self._wait()

    def _wait(self) -> None:
        wait_until(self._answers, timeout_s=30, message=f"{self.name} does not come back")

    def _answers(self) -> bool:
        """Whether it does its work, asked past the site."""
        return self.server.ping(0.5) and (self.worker is None or self.worker.ping(0.5))


Dependencies = dict[str, Dependency]


@contextmanager
def started_dependencies() -> Iterator[Dependencies]:
    """Private servers of all kinds, by their names."""
    with ExitStack() as stack:
        postgres = stack.enter_context(started(Postgres))
        postgres.sql(f"ALTER SYSTEM SET max_connections = {POSTGRES_CONNECTIONS}")
        postgres.restart()
        mariadb = stack.enter_context(started(MariaDB))
        valkey = stack.enter_context(started(Valkey))
        memcached = stack.enter_context(started(Memcached))
        rabbitmq = stack.enter_context(started(RabbitMQ))
        worker = stack.enter_context(CeleryWorker.start(rabbitmq.url, WORKER))
        yield {
            "postgres": Dependency("postgres", "health/databases/postgres", postgres, postgres.port),
            "mariadb": Dependency("mariadb", "health/databases/mariadb", mariadb, mariadb.port),
            "valkey": Dependency("valkey", "health/caches/valkey", valkey, valkey.port),
            "memcached": Dependency("memcached", "health/caches/memcached", memcached, memcached.port),
            "rabbitmq": Dependency("rabbitmq", "health/celery", rabbitmq, rabbitmq.port, worker),
        }


@contextmanager
def relayed(dependencies: Mapping[str, Dependency]) -> Iterator[tuple[Dependencies, dict[str, Relay]]]:
    """The same servers, reached through a relay each."""
    with ExitStack() as stack:
        relays = {name: stack.enter_context(relay_to(each.server.port)) for name, each in dependencies.items()}
        yield {name: replace(each, port=relays[name].port) for name, each in dependencies.items()}, relays
