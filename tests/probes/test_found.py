"""From when on `drain` finds a process, by the way that probes come in: each time in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_SITE = """
import os, sys
from pathlib import Path

import django
from django.conf import settings

folder = Path(sys.argv[1])
settings.configure(
    INSTALLED_APPS=["status"], MIDDLEWARE=MIDDLEWARE, ROOT_URLCONF="tests.probes.urls", ALLOWED_HOSTS=["*"],
    SECRET_KEY="of a test", STATUS_RUNTIME_DIR=folder,
)
django.setup()

from django.core.handlers.wsgi import WSGIHandler
from status.runtime import processes
from tests.probes.doors import ask_wsgi

def is_found():
    return folder.exists() and [each.pid for each in processes.alive(folder)] == [os.getpid()]

def loaded():
    site = WSGIHandler()
    site.load_middleware()
    return site

assert not is_found()
"""

_MIDDLEWARE = """
loaded()
assert is_found()
"""

_WRAPPER = """
from status.wsgi import Probes

site = Probes(loaded)
assert not is_found()
ask_wsgi(site, "/nothing/")
assert is_found()
"""

_URLS = """
site = loaded()
assert ask_wsgi(site, "/nothing/").status == 404
assert not is_found()
assert ask_wsgi(site, "/livez").body == "ok"
assert is_found()
"""


@pytest.mark.parametrize(
    ("middleware", "code"),
    [(["status.middleware.ProbeMiddleware"], _MIDDLEWARE), ([], _WRAPPER), ([], _URLS)],
    ids=["middleware: from its start on", "wrapper: when it has loaded", "URLs: from its first probe on"],
)
def test_a_process_is_found_by_drain(middleware: list[str], code: str, tmp_path: Path) -> None:
    program = f"MIDDLEWARE = {middleware}\n{_SITE}{code}"
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "status")], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
