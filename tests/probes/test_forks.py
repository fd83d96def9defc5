"""Who is found by `drain` where a server loads the site and forks: those that answer probes, and not their master."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")

_SITE = """
import os, sys
from pathlib import Path
from time import monotonic, sleep

import django
from django.conf import settings

user, folder = sys.argv[1], Path(sys.argv[2], "status")
settings.configure(
    INSTALLED_APPS=["status"], MIDDLEWARE=["status.middleware.ProbeMiddleware"], ROOT_URLCONF="status.urls",
    SECRET_KEY="of a test", STATUS_RUNTIME_DIR=folder,
)
django.setup()

from django.core.handlers.wsgi import WSGIHandler
from status.probes import process
from status.runtime import processes
from tests.probes.doors import ask_wsgi

if user == "nobody" and not os.geteuid():
    os.chown(folder.parent, 65_534, -1)
    os.seteuid(65_534)

def readers():
    return {each.pid for each in processes.alive(folder)}

def are_soon(expected):
    # A child may look before its parent, who begins in the same moment, has taken its own name away.
    until = monotonic() + 20
    while readers() != expected and monotonic() < until:
        sleep(0.01)
    return readers() == expected

def asked():
    return ask_wsgi(site, "/readyz").body

def in_child(ask):
    pid = os.fork()
    if pid:
        assert os.waitpid(pid, 0)[1] == 0
        return
    try:
        ask()
        os._exit(0)
    finally:
        import traceback
        traceback.print_exc()
        os._exit(1)

site = WSGIHandler()
site.load_middleware()
this = os.getpid()
assert readers() == {this}
"""

_A_MASTER = """
def child():
    assert are_soon({os.getpid()}), readers()
    assert asked() == "ok"
    assert readers() == {os.getpid()}, readers()

in_child(child)
in_child(child)
assert readers() == set(), readers()
assert asked() == "ok"
assert readers() == {this}, "it answers, too, and is not found"
"""

_A_MASTER_AS_ROOT = """
def child():
    assert are_soon(set()), "as root: whether the folder can be used for long is not known yet"
    assert asked() == "ok"
    assert readers() == {os.getpid()}, readers()

def child_of_another_user():
    os.seteuid(65_534)
    assert asked() == "ok"
    os.seteuid(0)
    assert readers() == set(), readers()

in_child(child)
in_child(child_of_another_user)
assert readers() == set(), readers()
"""

_WHO_ANSWERS = """
def child():
    assert readers() == {this}, readers()

assert asked() == "ok"
in_child(child)
assert readers() == {this}, readers()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where another user may go, too, which is not so in pytest's."""
    with tempfile.TemporaryDirectory(prefix="status-tests-") as path:
        Path(path).chmod(0o755)
        yield Path(path)


def run(code: str, folder: Path, user: str = "nobody") -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SITE + code, user, str(folder)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_a_master_is_not_found_and_each_of_its_children_is_at_once(folder: Path) -> None:
    run(_A_MASTER, folder)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="for root alone")
def test_a_child_that_may_become_another_user_is_found_when_it_has_answered_a_probe(folder: Path) -> None:
    run(_A_MASTER_AS_ROOT, folder, user="root")


def test_a_child_of_who_answers_itself_is_not_found(folder: Path) -> None:
    run(_WHO_ANSWERS, folder)
