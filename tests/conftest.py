"""Fixtures: real servers, started when the first test asks for one, and ports that misbehave."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import hypothesis
import pytest

from tests.servers import ports
from tests.servers.mariadb import MariaDB
from tests.servers.memcached import Memcached
from tests.servers.postgres import Postgres
from tests.servers.process import Server, ServerMissing
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.valkey import Valkey
from tests.settings import SQLITE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.celery_worker import CeleryWorker

# Here and not in pyproject.toml, so that the pure part also runs with `-p no:django`.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

# How long an example takes says nothing of what is tested, and on a busy machine anything.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

# CI says so: there, a skipped test is a failure.
REQUIRE_ALL = os.environ.get("STATUS_TESTS_REQUIRE_ALL") == "1"
# And so: there, what generates its cases generates many.
THOROUGH = os.environ.get("STATUS_TESTS_THOROUGH") == "1"

S = TypeVar("S", bound=Server)


def pytest_configure(config: pytest.Config) -> None:
    # A shell's background job ignores it, and what that starts would, too: then a test of it would test nothing.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.pluginmanager.has_plugin("django"):
        from django.conf import settings  # not with `-p no:django`

        # Read now, so that pytest-django, which comes after us, finds them and sets Django up.
        settings.INSTALLED_APPS  # noqa: B018
        # Empty, it is a valid SQLite database; missing, the check of it would rightly fail.
        Path(SQLITE_FILE).touch()
        config.add_cleanup(lambda: Path(SQLITE_FILE).unlink(missing_ok=True))
        # At the very end: the process leaves there what it has counted.
        atexit.register(shutil.rmtree, settings.STATUS_RUNTIME_DIR, ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if REQUIRE_ALL and reporter and (skipped := reporter.stats.get("skipped")):
        reporter.write_line("")
        reporter.write_line(f"{len(skipped)} skipped, and STATUS_TESTS_REQUIRE_ALL=1 allows none", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@contextmanager
def started(kind: type[S]) -> Iterator[S]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(kind.start())
        except ServerMissing as missing:
            (pytest.fail if REQUIRE_ALL else pytest.skip)(str(missing))
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server that the whole run shares: leave it running and as you found it."""
    with started(Postgres) as server:
        yield server


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """A Valkey server that the whole run shares."""
    with started(Valkey) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """A MariaDB server that the whole run shares."""
    with started(MariaDB) as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMQ]:
    """A RabbitMQ node that the whole run shares."""
    with started(RabbitMQ) as server:
        yield server


@pytest.fixture(scope="session")
def memcached() -> Iterator[Memcached]:
    """A memcached server that the whole run shares."""
    with started(Memcached) as server:
        yield server


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for one test, which may stop it in its tracks, kill and restart it."""
    with started(Postgres) as server:
        yield server


@pytest.fixture
def own_valkey() -> Iterator[Valkey]:
    """A Valkey server for one test."""
    with started(Valkey) as server:
        yield server


@pytest.fixture
def own_mariadb() -> Iterator[MariaDB]:
    """A MariaDB server for one test."""
    with started(MariaDB) as server:
        yield server


@pytest.fixture
def own_rabbitmq() -> Iterator[RabbitMQ]:
    """A RabbitMQ node for one test."""
    with started(RabbitMQ) as server:
        yield server


@pytest.fixture
def own_memcached() -> Iterator[Memcached]:
    """A memcached server for one test."""
    with started(Memcached) as server:
        yield server


class StartCeleryWorker(Protocol):
    def __call__(self, broker_url: str, name: str = "worker@tests") -> CeleryWorker: ...


@pytest.fixture
def start_celery_worker() -> Iterator[StartCeleryWorker]:
    """A function that starts a real worker for the test: `start_celery_worker(valkey.url, "mail@web-1")`."""
    from tests.servers.celery_worker import CeleryWorker  # Celery's import takes its time

    with ExitStack() as stack:

        def start(broker_url: str, name: str = "worker@tests") -> CeleryWorker:
            return stack.enter_context(CeleryWorker.start(broker_url, name))

        yield start


@pytest.fixture
def databases_allowed(django_db_blocker: Any) -> Iterator[None]:
    """Connections outside pytest-django's own: checks open them in threads of their own, and Django closes all."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def free_port() -> int:
    """A port where nobody listens; another may come to, so for "refused" there is `refused_port`."""
    return ports.free_port()


@pytest.fixture
def refused_port() -> Iterator[int]:
    """A port that refuses connections, for as long as the test goes on."""
    with ports.refused_port() as port:
        yield port


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with ports.silent_port() as port:
        yield port


@pytest.fixture
def unreachable_port() -> Iterator[int]:
    """A port where connecting itself hangs."""
    with ports.unreachable_port() as port:
        yield port
