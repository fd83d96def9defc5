"""A project for each document, as `django-admin startproject shop` makes it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT
from tests.docs.reader import Reader, reading

_ADDED_SETTINGS = '\nINSTALLED_APPS += ["status"]\n'
_ADDED_URLS = """
from django.urls import include, path

urlpatterns += [path("status/", include("status.urls"))]
"""


@pytest.fixture(scope="session")
def fresh_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `django-admin startproject` makes, and nothing done with it."""
    folder = tmp_path_factory.mktemp("project")
    subprocess.run([sys.executable, "-m", "django", "startproject", "shop", "."], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="session")
def prepared_project(tmp_path_factory: pytest.TempPathFactory, fresh_project: Path) -> Path:
    """A project in which the quick start was followed, and `migrate` run."""
    folder = tmp_path_factory.mktemp("prepared") / "project"
    shutil.copytree(fresh_project, folder)
    for name, text in (("settings.py", _ADDED_SETTINGS), ("urls.py", _ADDED_URLS)):
        with (folder / "shop" / name).open("a") as file:
            file.write(text)
    environment = {"PYTHONPATH": str(ROOT / "src")}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=folder, check=True, env=environment
    )
    return folder


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the `PATH`: with a stand-in for curl where that is missing."""
    folder = tmp_path_factory.mktemp("programs")
    if shutil.which("curl") is None:
        curl = folder / "curl"
        stand_in = Path(__file__).with_name("curl.py")
        curl.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{stand_in}" "$@"\n')
        curl.chmod(0o755)
    return folder


@pytest.fixture
def newcomer(tmp_path: Path, fresh_project: Path, programs: Path) -> Iterator[Reader]:
    """A reader with a fresh project."""
    shutil.copytree(fresh_project, tmp_path / "project")
    with reading(tmp_path / "project", programs) as reader:
        yield reader


@pytest.fixture
def user(tmp_path: Path, prepared_project: Path, programs: Path) -> Iterator[Reader]:
    """A reader whose project has django-status."""
    shutil.copytree(prepared_project, tmp_path / "project")
    with reading(tmp_path / "project", programs) as reader:
        yield reader
