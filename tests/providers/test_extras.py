"""A missing extra gives one clear line that names it, and changes no other provider."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

SITE = """
import json, sys
for name in {blocked!r}:
    sys.modules[name] = None
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["status"],
    DATABASES={databases!r},
    CACHES={caches!r},
    STATUS_CELERY_WORKERS={workers!r},
    STATUS_TIMEOUT=20.0,
)
django.setup()
from status import observe
seen = observe("health").observations
leaves = [leaf for each in seen for leaf in (each.components if each.composed else (each,))]
print(json.dumps({{leaf.reference: [leaf.state, leaf.error] for leaf in leaves}}))
"""
LOCAL = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
MEMORY = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}


def ask(
    blocked: list[str],
    database: dict[str, Any] | None = None,
    cache: dict[str, Any] | None = None,
    workers: Sequence[str] = (),
) -> Any:
    """Reference → state and error, in a process where these modules can't be imported."""
    databases = {"default": MEMORY, **({"other": database} if database else {})}
    caches = {"default": LOCAL, **({"other": cache} if cache else {})}
    code = SITE.format(blocked=blocked, databases=databases, caches=caches, workers=workers)
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("engine", "blocked", "line"),
    [
        ("postgresql", ["psycopg", "psycopg2"], "psycopg2 is not installed: pip install django-status[postgres]"),
        ("mysql", ["MySQLdb"], "MySQLdb is not installed: pip install django-status[mysql]"),
    ],
)
def test_a_databases_driver(engine: str, blocked: list[str], line: str) -> None:
    seen = ask(blocked, database={"ENGINE": f"django.db.backends.{engine}", "NAME": "x"})
    assert seen["health/databases/other"] == ["fail", f"MissingExtra: {line}"]
    assert seen["health/databases/default"] == ["pass", None]
    assert seen["health/caches/default"] == ["pass", None]


@pytest.mark.parametrize(
    ("backend", "module", "extra"),
    [
        ("redis.RedisCache", "redis", "redis"),
        ("memcached.PyMemcacheCache", "pymemcache", "memcached"),
    ],
)
def test_a_caches_client(backend: str, module: str, extra: str) -> None:
    cache = {"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": "redis://127.0.0.1:1"}
    seen = ask([module], cache=cache)
    line = f"MissingExtra: {module} is not installed: pip install django-status[{extra}]"
    assert seen["health/caches/other"] == ["fail", line]
    assert seen["health/caches/default"] == ["pass", None]
    assert seen["health/databases/default"] == ["pass", None]


def test_celery() -> None:
    seen = ask(["celery"], workers=["w@1"])
    assert seen["health/celery"] == ["fail", "MissingExtra: celery is not installed: pip install django-status[celery]"]
    assert seen["health/databases/default"] == ["pass", None]
