"""A site of 2.x: two databases, two caches, a repository; the caller is trusted, as everyone was."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from tests.asking import SERVERS, Site
from tests.settings import DATABASES
from tests.sites import databases, site_caches

ENVIRONMENT = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
LOCMEM = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "contract"}


@pytest.fixture(autouse=True)
def _databases_allowed(databases_allowed: None) -> None:
    """Checks connect from threads of their own; nothing is written."""


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a commit, a tag, and no remote."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")
    path = tmp_path_factory.mktemp("repository")
    (path / "manage.py").touch()
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    for command in (
        ("-c", "init.defaultBranch=master", "init", "--quiet"),
        ("add", "manage.py"),
        ("commit", "--quiet", "--message", "The first"),
        ("tag", "v1.0"),
    ):
        subprocess.run([git, *who, *command], cwd=path, env=ENVIRONMENT, check=True)
    return path


@pytest.fixture
def _site(repository: Path) -> Iterator[None]:
    """One database and one cache, both well."""
    default = DATABASES["default"]
    with (
        override_settings(DEBUG=True, PROJECT_PATH=str(repository)),
        databases(default=default),
        site_caches(default=LOCMEM),
    ):
        yield


@pytest.fixture
def _site_in_trouble(_site: None, refused_port: int) -> Iterator[None]:
    """Beside them a database and a memcached that don't run."""
    gone = {"ENGINE": "django.db.backends.postgresql", "NAME": "gone", "HOST": "127.0.0.1", "PORT": refused_port}
    memcached = {
        "BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache",
        "LOCATION": f"127.0.0.1:{refused_port}",
    }
    with databases(default=DATABASES["default"], gone=gone), site_caches(default=LOCMEM, mc=memcached):
        yield


@pytest.fixture(params=SERVERS)
def site(request: pytest.FixtureRequest, _site: None) -> Site:
    """The site, asked through both kinds of server."""
    return Site(request.param)
