"""The quick start's default as a whole: no setting of ours, no DEBUG, no login, and a stranger at every door."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import django
import pytest

import status

SOURCE = Path(__file__).parents[2] / "src"

NAME, HOST, USER, PASSWORD = "planted_database", "planted-host.invalid", "planted_user", "planted-password"
TABLE = "planted_table"
PLANTED = (NAME, HOST, USER, PASSWORD, "5439", TABLE)

# What a project has anyway: a second database that is down, and a cache whose backend raises.
SETTINGS = f"""
DEBUG = False
ALLOWED_HOSTS = ["localhost"]
INSTALLED_APPS = ["status"]
MIDDLEWARE = ["status.middleware.ProbeMiddleware", "django.middleware.common.CommonMiddleware"]
DATABASES["orders"] = {{
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "{NAME}",
    "HOST": "{HOST}",
    "PORT": "5439",
    "USER": "{USER}",
    "PASSWORD": "{PASSWORD}",
}}
CACHES = {{
    "default": {{"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    "pages": {{"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "{TABLE}"}},
}}
"""
URLS = """
from django.urls import include, path

urlpatterns = [path("status/", include("status.urls")), path("", include("status.probes.urls"))]
"""

ASK = """
import json, sys
import django
django.setup()
from django.test import Client
for line in sys.stdin:
    method, path = line.split()
    response = Client(headers={"host": "localhost"}).generic(method, path)
    head = "".join(f"{name}: {value}\\n" for name, value in response.headers.items())
    print(json.dumps([method, path, response.status_code, head, response.content.decode()]))
"""

STATES = {
    "ping": {"pong": True},
    "databases": {"default": True, "orders": False},
    "caches": {"default": True, "pages": False},
}
PATHS = (
    *("/status/", "/status/?view=wall", "/status/health/", "/status/health/?view=wall", "/status/stats/"),
    *("/status/health/databases/", "/status/health/databases/orders/", "/status/health/caches/pages/"),
    *("/status/api/", "/status/api", "/status/api/health", "/status/api/nope", "/status/api/stats"),
    *(f"/status/api/health/{name}" for name in STATES),
    *(f"/status/api/stats/{name}" for name in ("databases", "code", "nope")),
    *("/livez", "/readyz", "/readyz?verbose", "/startupz?verbose", "/livez?verbose", "/readyz/health/databases"),
)
METHODS = ("GET", "POST", "HEAD", "OPTIONS")

Answers = dict[tuple[str, str], list[Any]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="module")
def answers(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Code, headers and body of each method at each path."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "DJANGO_SETTINGS_MODULE": "shop.settings"}
    environment["TMPDIR"] = str(tmp_path_factory.mktemp("temporary"))  # where its runtime folder goes

    def run(*arguments: str, said: str = "") -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=project, env=environment, input=said, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("-m", "django", "startproject", "shop", ".")
    with (project / "shop/settings.py").open("a") as settings:
        settings.write(SETTINGS)
    (project / "shop/urls.py").write_text(URLS)
    (project / "db.sqlite3").touch()  # what migrate would make, quicker
    asked = "".join(f"{method} {path}\n" for path in PATHS for method in METHODS)
    told = [json.loads(line) for line in run("-c", ASK, said=asked).splitlines()]
    return {(method, path): rest for method, path, *rest in told}


def test_a_stranger_is_told_the_states_of_health_by_the_api(answers: Answers) -> None:
    for method in ("GET", "POST"):
        for path in ("/status/api/", "/status/api"):
            code, _, body = answers[method, path]
            assert (code, json.loads(body)) == (503, {"health": STATES})
        code, _, body = answers[method, "/status/api/health"]
        assert (code, json.loads(body)) == (503, STATES)
        for name, states in STATES.items():
            assert json.loads(answers[method, f"/status/api/health/{name}"][2]) == states


def test_a_stranger_is_told_the_states_of_health_by_the_pages(answers: Answers) -> None:
    for path in ("/status/", "/status/?view=wall", "/status/health/", "/status/health/databases/orders/"):
        code, _, body = answers["GET", path]
        assert code == 200
        assert "orders" in body
    assert answers["GET", "/livez"][::2] == [200, "ok"]
    assert answers["GET", "/readyz?verbose"][0] == 200


def test_a_stranger_is_told_nothing_more_at_any_door(answers: Answers, project: Path) -> None:
    key = (project / "shop/settings.py").read_text().partition("SECRET_KEY = '")[2][:40]
    assert key.startswith("django-insecure-")
    never = (
        *PLANTED,
        key,
        str(project),
        platform.node(),
        SOURCE.as_posix(),
        "Error",
        "Traceback",
        "psycopg",
        "translate host",
        "resolve",
    )
    versions = (django.__version__, status.__version__, sys.version.split()[0])
    for (method, path), (code, head, body) in answers.items():
        told = f"{head}{body}"
        assert code in (200, 401, 404, 405, 503), path
        assert not [each for each in never if each in told], (method, path)
        assert not [each for each in versions if each in told], (method, path)


@pytest.mark.parametrize("path", [path for path in PATHS if "stats" in path])
@pytest.mark.parametrize("method", METHODS[:3])
def test_of_other_resources_a_stranger_is_told_no_value(path: str, method: str, answers: Answers) -> None:
    code, _, body = answers[method, path]
    assert code == 401
    assert "orders" not in body
    assert "default" not in body
