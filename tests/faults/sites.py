"""The site of these tests: one view, the API, and probes that ask every dependency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import REQUIRE_ALL
from tests.faults import stillness
from tests.faults.dependencies import WORKER
from tests.faults.load import PROBE
from tests.servers import mounts
from tests.servers.ports import HOST

if TYPE_CHECKING:
    from tests.faults.dependencies import Dependencies

TIMEOUT_S = 0.6
PROBE_TIMEOUT_S = 0.3
TTL_S = 0.4

CHECKS = 9
"""Of `health` in the site with all dependencies: ping, three databases, three caches, Celery; one to spare."""

_COMMON = f"""
MIDDLEWARE = ["status.middleware.ProbeMiddleware", *MIDDLEWARE]
STATUS_TIMEOUT = {TIMEOUT_S}
STATUS_PROBE_TIMEOUT = {PROBE_TIMEOUT_S}
STATUS_TTL = {TTL_S}
STATUS_ACCESS = {{"health": "states", "*": "private"}}
{stillness.SETTINGS}"""


def settings(*references: str) -> str:
    """Lines of settings: readiness is these references, and every duration is short."""
    probes = {"livez": (), PROBE.strip("/"): references, "startupz": ()}
    return f"{_COMMON}\nSTATUS_PROBES = {probes}\n"


def settings_with(dependencies: Dependencies, domain: str = "") -> str:
    """Lines of settings for a site that has all of them, at 127.0.0.1, or each at a name of its own in this domain."""
    port = {name: each.port for name, each in dependencies.items()}
    host = {name: f"{name}.{domain}" if domain else HOST for name in dependencies}
    return (
        settings(*(each.reference for each in dependencies.values()))
        + f"""
from celery import Celery

def _database(engine, host, port):
    account = {{"NAME": "status", "USER": "app", "PASSWORD": "s3cret"}}
    return {{"ENGINE": f"django.db.backends.{{engine}}", "HOST": host, "PORT": str(port), **account}}

DATABASES["postgres"] = _database("postgresql", "{host["postgres"]}", {port["postgres"]})
DATABASES["mariadb"] = _database("mysql", "{host["mariadb"]}", {port["mariadb"]})
CACHES["valkey"] = {{
    "BACKEND": "django.core.cache.backends.redis.RedisCache",
    "LOCATION": "redis://{host["valkey"]}:{port["valkey"]}/0",
}}
CACHES["memcached"] = {{
    "BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache",
    "LOCATION": "{host["memcached"]}:{port["memcached"]}",
}}
STATUS_CELERY_WORKERS = ["{WORKER}"]
celery = Celery("site", broker="amqp://guest:guest@{host["rabbitmq"]}:{port["rabbitmq"]}//", fixups=[])
"""
    )


def mounted(*what: str) -> list[str]:
    """The beginning of the command line of a site that has these mounts; the test is skipped where there are none."""
    if missing := mounts.missing():
        (pytest.fail if REQUIRE_ALL else pytest.skip)(missing)
    return mounts.own(*what)
