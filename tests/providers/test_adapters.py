"""Other packages' own checks, as they ship them, run as providers: passing, and against what is down."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import django
import pytest
from aiosmtpd.controller import Controller
from django.db import connections
from django.test import override_settings
from health_check.base import HealthCheck  # type: ignore[import-untyped]
from health_check.checks import Database  # type: ignore[import-untyped]
from health_check.contrib.redis import Redis  # type: ignore[import-untyped]
from health_check.exceptions import ServiceUnavailable, ServiceWarning  # type: ignore[import-untyped]
from redis.asyncio import Redis as Client
from watchman.decorators import check as watched

from status import State
from status.providers.adapters import health_check, watchman
from status.testing import inline
from tests.checking import look, look_at_one, told_at_start
from tests.servers.ports import HOST, free_port
from tests.servers.postgres import Postgres
from tests.servers.valkey import Valkey
from tests.sites import DEADLINE_S, databases, site_caches
from tests.waiting import wait_until

HEALTH_CHECK, WATCHMAN = "adapters.health_check", "adapters.watchman"
CHECKS = "health_check.checks"
SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
HAS_MAILERS = django.VERSION >= (6, 1)

pytestmark = [
    pytest.mark.filterwarnings("ignore:The EMAIL_"),
    pytest.mark.filterwarnings("ignore:get_connection"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd"),
]


def refused_cache(port: int) -> dict[str, Any]:
    return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"redis://127.0.0.1:{port}"}


class Mailbox:
    def __init__(self) -> None:
        self.mails = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails += 1
        return "250 OK"


@contextmanager
def mail_at(port: int) -> Iterator[None]:
    if HAS_MAILERS:
        options = {"host": HOST, "port": port}
        settings: Any = {"MAILERS": {"default": {"BACKEND": SMTP_BACKEND, "OPTIONS": options}}}
    else:
        settings = {"EMAIL_BACKEND": SMTP_BACKEND, "EMAIL_HOST": HOST, "EMAIL_PORT": port}
    with override_settings(**settings):
        yield


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    controller = Controller(box, hostname=HOST, port=free_port())
    controller.start()
    try:
        yield box, controller.port
    finally:
        controller.stop()


@contextmanager
def stored_in(folder: Path) -> Iterator[None]:
    files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(folder)}}
    with override_settings(STORAGES={"default": files}):
        yield


# django-health-check, its own


@pytest.mark.usefixtures("patient")
def test_its_database_check(postgres: Postgres, refused_port: int) -> None:
    gone = postgres.django_database(PORT=str(refused_port))
    with databases(default=postgres.django_database(), gone=gone):
        seen = look_at_one(HEALTH_CHECK, f"{CHECKS}.Database")
        assert (seen.state, seen.name, seen.error) == (State.PASS, "Database", None)
        seen = look_at_one(HEALTH_CHECK, Database, alias="gone")
        assert seen.state is State.FAIL
        assert str(seen.error).startswith("connection failed")
        seen = look_at_one(HEALTH_CHECK, f"{CHECKS}.Database", alias="nowhere")
        assert (seen.state, seen.error) == (State.FAIL, "Database alias does not exist")


@pytest.mark.usefixtures("patient")
def test_its_cache_check(valkey: Valkey, refused_port: int) -> None:
    with site_caches(default=valkey.django_cache(), gone=refused_cache(refused_port)):
        assert look_at_one(HEALTH_CHECK, f"{CHECKS}.Cache").state is State.PASS
        seen = look_at_one(HEALTH_CHECK, f"{CHECKS}.Cache", alias="gone")
        assert (seen.state, seen.error) == (State.FAIL, "Connection Error")


@pytest.mark.usefixtures("patient")
def test_its_storage_check(tmp_path: Path) -> None:
    with stored_in(tmp_path):
        assert look_at_one(HEALTH_CHECK, f"{CHECKS}.Storage").state is State.PASS
    with stored_in(Path("/proc/self")):
        seen = look_at_one(HEALTH_CHECK, f"{CHECKS}.Storage")
    assert seen.state is State.FAIL
    assert "Error" in str(seen.error)  # not one of theirs: told as any other


@pytest.mark.usefixtures("patient")
def test_its_mail_check(mailbox: tuple[Mailbox, int], refused_port: int) -> None:
    with mail_at(mailbox[1]):
        assert look_at_one(HEALTH_CHECK, f"{CHECKS}.Mail").state is State.PASS
    with mail_at(refused_port):
        assert look_at_one(HEALTH_CHECK, f"{CHECKS}.Mail").error == "Connection refused error"
    assert mailbox[0].mails == 0


@pytest.mark.usefixtures("patient")
def test_its_dns_check(refused_port: int) -> None:
    from dns.nameserver import Do53Nameserver

    server = Do53Nameserver("127.0.0.1", refused_port)
    seen = look_at_one(HEALTH_CHECK, f"{CHECKS}.DNS", hostname="shop.example", nameservers=[server])
    assert seen.state is State.FAIL
    assert str(seen.error).startswith("DNS resolution failed: ")


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("name", "options"), [("Disk", {"max_disk_usage_percent": 0.01}), ("Memory", {"max_memory_usage_percent": 0.01})]
)
def test_its_checks_of_the_machine(name: str, options: Any) -> None:
    path = f"health_check.contrib.psutil.{name}"
    assert look_at_one(HEALTH_CHECK, path, **dict.fromkeys(options, 100.0)).state is State.PASS
    seen = look_at_one(HEALTH_CHECK, path, **options)
    assert seen.state is State.WARN
    assert "%" in str(seen.error)


@pytest.mark.usefixtures("patient")
def test_its_redis_check(valkey: Valkey, refused_port: int) -> None:
    assert look_at_one(HEALTH_CHECK, Redis, client_factory=lambda: Client.from_url(valkey.url)).state is State.PASS
    gone = f"redis://127.0.0.1:{refused_port}"
    seen = look_at_one(HEALTH_CHECK, Redis, client_factory=lambda: Client.from_url(gone))
    assert str(seen.error).startswith("Unable to connect to Redis: ")


# django-health-check, a project's own


@dataclasses.dataclass
class Sync(HealthCheck):  # type: ignore[misc]
    says: Any = None
    critical_service: bool = True

    def run(self) -> Any:
        if self.says is not None:
            raise self.says


@dataclasses.dataclass
class Async(Sync):
    async def run(self) -> None:
        if self.says is not None:
            raise self.says


@dataclasses.dataclass(frozen=True)
class Frozen:
    timeout: timedelta = timedelta(seconds=9)

    def run(self) -> None:
        pass


@dataclasses.dataclass
class Sleeping(HealthCheck):  # type: ignore[misc]
    timeout: timedelta = timedelta(seconds=9)

    async def run(self) -> None:
        assert self.timeout <= timedelta(seconds=DEADLINE_S)
        await asyncio.sleep(60)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("kind", [Sync, Async])
@pytest.mark.parametrize(
    ("options", "state", "error"),
    [
        ({}, State.PASS, None),
        ({"says": ServiceWarning("nearly full")}, State.WARN, "nearly full"),
        ({"says": ServiceUnavailable("gone")}, State.FAIL, "gone"),
        ({"says": ServiceUnavailable("gone"), "critical_service": False}, State.WARN, "gone"),
        ({"says": KeyError("x")}, State.FAIL, "KeyError: 'x'"),
    ],
)
def test_what_one_of_a_project_says_is_judged(kind: type, options: Any, state: State, error: str | None) -> None:
    seen = look_at_one(HEALTH_CHECK, kind, **options)
    assert (seen.state, seen.error, seen.name) == (state, error, kind.__name__)


@pytest.mark.parametrize("kind", [Sync, Async])
def test_called_as_a_function_and_inline_it_answers_too(kind: type) -> None:
    answer = health_check(kind)
    assert (asyncio.run(answer) if kind is Async else answer) == {kind.__name__: True}
    with inline():
        assert look_at_one(HEALTH_CHECK, kind).state is State.PASS


@pytest.mark.usefixtures("hurried")
def test_one_that_hangs_is_ended_at_the_deadline_with_its_own_timeout_shortened() -> None:
    started = monotonic()
    assert look_at_one(HEALTH_CHECK, Sleeping).error == f"no answer in {DEADLINE_S:g} s"
    assert monotonic() - started < DEADLINE_S + 0.5
    assert look_at_one(HEALTH_CHECK, Frozen).state is State.PASS


@pytest.mark.usefixtures("hurried")
def test_a_database_that_hangs_is_cut_off_under_it(own_postgres: Postgres) -> None:
    """It asks `django.db.connections`, which in a check's thread are the check's own."""
    with databases(default=own_postgres.django_database()):
        wait_until(lambda: look_at_one(HEALTH_CHECK, Database).state is State.PASS)
        assert connections["default"].connection is None  # the test's own was not used
        own_postgres.stop_in_its_tracks()
        started = monotonic()
        assert look_at_one(HEALTH_CHECK, Database).state is State.FAIL
        assert monotonic() - started < DEADLINE_S + 0.5
        own_postgres.resume()


@pytest.mark.parametrize(
    ("args", "kwargs", "told"),
    [
        (["health_check.checks.Nothing"], {}, "Provider not found: health_check.checks.Nothing"),
        ([f"{CHECKS}.Database"], {"aliases": "x"}, "Database: got an unexpected keyword argument 'aliases'"),
        ([f"{CHECKS}.logger"], {}, "is a Logger, not a function"),
        (["health_check.base.HealthCheck"], {}, "HealthCheck is abstract: name one of its subclasses"),
        ([len], {}, "is no HealthCheck: it has no method `run`"),
        ([], {}, "check"),
    ],
)
def test_a_wrong_argument_of_it_is_told_at_start(args: Any, kwargs: Any, told: str) -> None:
    assert told in told_at_start(HEALTH_CHECK, *args, **kwargs)


def test_where_it_is_not_installed_the_check_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "health_check.checks", None)
    assert "health_check.checks" in told_at_start(HEALTH_CHECK, f"{CHECKS}.Database")


# django-watchman


@pytest.fixture
def watchman_settings(monkeypatch: pytest.MonkeyPatch) -> Any:
    """It reads a site's settings as it is imported: so what a test's site has is put there."""

    return monkeypatch


@pytest.mark.usefixtures("patient")
def test_its_check_of_databases(postgres: Postgres, refused_port: int, watchman_settings: Any) -> None:
    watchman_settings.setattr("watchman.settings.WATCHMAN_DATABASES", {"default": {}, "gone": {}})
    gone = postgres.django_database(PORT=str(refused_port), PASSWORD="hunter2")
    with databases(default=postgres.django_database(), gone=gone):
        seen = look(WATCHMAN, "watchman.checks.databases")
    assert {alias: part.state for alias, part in seen.items()} == {"default": State.PASS, "gone": State.FAIL}
    assert "refused" in str(seen["gone"].error)
    assert "Traceback" not in str(seen)
    assert "hunter2" not in str(seen)


@pytest.mark.usefixtures("patient")
def test_its_check_of_caches(valkey: Valkey, refused_port: int, watchman_settings: Any) -> None:
    watchman_settings.setattr("watchman.settings.WATCHMAN_CACHES", {"default": {}, "gone": {}})
    with site_caches(default=valkey.django_cache(), gone=refused_cache(refused_port)):
        seen = look(WATCHMAN, "watchman.checks.caches")
    assert {alias: part.state for alias, part in seen.items()} == {"default": State.PASS, "gone": State.FAIL}
    assert "refused" in str(seen["gone"].error)


@pytest.mark.usefixtures("patient")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it leaves its file open
def test_its_check_of_storage(tmp_path: Path) -> None:
    with stored_in(tmp_path):
        seen = look_at_one(WATCHMAN, "watchman.checks.storage")
    assert (seen.state, seen.name) == (State.PASS, "storage")
    with stored_in(Path("/proc/self")):
        assert look_at_one(WATCHMAN, "watchman.checks.storage").state is State.FAIL


@pytest.mark.usefixtures("patient")
def test_its_check_of_mail_sends_one(mailbox: tuple[Mailbox, int], refused_port: int) -> None:
    with mail_at(mailbox[1]):
        seen = look_at_one(WATCHMAN, "watchman.checks.email")
    assert (seen.state, seen.name) == (State.PASS, "email")
    assert mailbox[0].mails == 1
    with mail_at(refused_port):
        assert "refused" in str(look_at_one(WATCHMAN, "watchman.checks.email").error)


@watched
def _one_shard(name: str) -> Any:
    if name == "b":
        raise ConnectionError("no route")
    return {name: {"ok": True}}


def shards(names: str = "ab") -> Any:
    return {"shards": [_one_shard(name) for name in names]}


@watched
def bare() -> Any:
    return {"ok": True}


def named() -> Any:
    return {"queue": {"mail": {"ok": True}, "slow": {"ok": False}}}


def says(status: Any) -> Any:
    return status


BAD, GOOD = {"ok": False, "error": "down"}, {"ok": True}


def nothing() -> Any:
    return None


def nonsense() -> Any:
    return {"queue": 7}


stuck = threading.Event()


def hanging() -> Any:
    stuck.wait(20)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("function", "arguments", "found"),
    [
        (shards, {}, {"a": None, "b": "no route"}),
        (f"{__name__}.shards", {"names": "a"}, {"a": None}),
        (f"{__name__}.bare", {}, {"bare": None}),
        (bare, {}, {"wrapped": None}),
        (named, {}, {"mail": None, "slow": "it is not ok"}),
        (
            says,
            {"status": {"databases": [{"default": BAD}], "caches": [{"default": GOOD}, {"other": GOOD}]}},
            {"databases/default": "down", "caches/default": None, "other": None},
        ),
        (says, {"status": {"disks": [BAD, GOOD]}}, {"disks": "down", "disks-2": None}),
        (
            says,
            {"status": {"disks-2": GOOD, "disks": [BAD, BAD]}},
            {"disks-2": None, "disks": "down", "disks-3": "down"},
        ),
        (
            says,
            {"status": {"a": [{"x": GOOD}, {"x": BAD}], "b": {"x": GOOD}}},
            {"a/x": None, "a/x-2": "down", "b/x": None},
        ),
        (says, {"status": {"databases": [], "queues": {}}}, {"databases": None, "queues": None}),
        (nothing, {}, {"it": "ValueError: it returned a NoneType, not a mapping of statuses"}),
        (nonsense, {}, {"it": "ValueError: it returned a int for 'queue', not a status"}),
    ],
)
def test_what_one_of_a_project_returns_is_judged(function: Any, arguments: Any, found: dict[str, str | None]) -> None:
    seen = look(WATCHMAN, function, **arguments)
    assert {name: part.error for name, part in seen.items()} == found
    assert all((part.state is State.PASS) == (part.error is None) for part in seen.values())


@pytest.mark.usefixtures("patient")
def test_where_there_is_no_status_it_says_so() -> None:
    assert look_at_one(WATCHMAN, says, status={"databases": []}).detail == "there is none to look at"


@pytest.mark.usefixtures("hurried")
def test_one_of_watchman_that_hangs_fails_at_the_deadline() -> None:
    try:
        assert look_at_one(WATCHMAN, hanging).error == f"no answer in {DEADLINE_S:g} s"
    finally:
        stuck.set()


def test_called_as_a_function_it_is_the_whole_mapping() -> None:
    assert watchman(bare) == {"wrapped": True}


@pytest.mark.parametrize(
    ("args", "kwargs", "told"),
    [
        (["watchman.checks.nothing"], {}, "Provider not found: watchman.checks.nothing"),
        (["watchman.checks.caches"], {"x": 1}, "watchman.checks.caches: got an unexpected keyword argument 'x'"),
        ([7], {}, "check is a function or its dotted path, not a int"),
        ([], {}, "check"),
    ],
)
def test_a_wrong_argument_of_watchman_is_told_at_start(args: Any, kwargs: Any, told: str) -> None:
    assert told in told_at_start(WATCHMAN, *args, **kwargs)
