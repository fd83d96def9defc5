"""The quick start of 2.x, pasted as it was into a fresh project; `re_path` stands for `url`, which Django removed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"

# From the documentation of 2.2.1: what goes into the settings, what into the URLs, and what a provider looks like.
SETTINGS = """
PROJECT_PATH = BASE_DIR
INSTALLED_APPS = (
    *INSTALLED_APPS,
    'status',
)
STATUS_PROVIDERS = {
    'health': (
        ('ping', 'status.providers.health.ping', None, None),
        ('databases', 'status.providers.django.health.databases', None, None),
        ('caches', 'status.providers.django.health.caches', None, None),
    ),
    'stats': (
        ('databases', 'status.providers.django.stats.databases', None, None),
        ('code', 'status.providers.stats.code', None, None),
    ),
    'resource': (
        ('test', 'shop.checks.test_function', [1, 2], {'foo': 'bar'}),
    )
}
"""
URLS = """
from django.urls import include, re_path

urlpatterns = [
    re_path(r'^status/', include('status.urls')),
]
"""
API_ALONE = URLS.replace("status.urls", "status.api.urls")
CHECKS = """
def test_function(*args, **kwargs):
    return {'args': args, 'kwargs': kwargs}
"""

ASK = """
import json, sys
import django
from django.test import Client
django.setup()
for path in sys.argv[1:]:
    response = Client(headers={'host': 'localhost'}).get(path)
    html = response.headers['Content-Type'].startswith('text/html')
    print(json.dumps([response.status_code, 'html' if html else json.loads(response.content)]))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """What `django-admin startproject` makes, with the quick start pasted into it."""
    _run(tmp_path, "-m", "django", "startproject", "shop", ".")
    with (tmp_path / "shop/settings.py").open("a") as settings:
        settings.write(SETTINGS)
    (tmp_path / "shop/urls.py").write_text(URLS)
    (tmp_path / "shop/checks.py").write_text(CHECKS)
    return tmp_path


def _run(project: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "DJANGO_SETTINGS_MODULE": "shop.settings"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=project, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_quick_start_of_2_x_works_as_it_was(project: Path) -> None:
    _run(project, "manage.py", "check", "--fail-level", "WARNING")
    (project / "db.sqlite3").touch()  # what migrate would make, quicker
    paths = ["/status/", "/status/health/", "/status/stats/", "/status/api/resource/test", "/status/api/health"]
    answers = _run(project, "-c", ASK, *paths).splitlines()
    assert answers[:3] == ['[200, "html"]'] * 3
    assert answers[3] == '[200, {"args": [1, 2], "kwargs": {"foo": "bar"}}]'
    assert answers[4] == '[200, {"ping": {"pong": true}, "databases": {"default": true}, "caches": {"default": true}}]'
    assert _run(project, "manage.py", "status", "health", "-e", "ping") == "ping:\n  pong: true\n"
    (project / "shop/urls.py").write_text(API_ALONE)
    assert _run(project, "-c", ASK, "/status/health/ping").strip() == '[200, {"pong": true}]'
