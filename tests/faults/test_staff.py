"""Staff open the website while the database that keeps their sessions is stopped."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from http.cookies import SimpleCookie
from statistics import median
from time import monotonic, sleep

import pytest

from status.access import ticket
from tests.faults.control import again_if_disturbed
from tests.faults.dependencies import Dependencies, Dependency
from tests.faults.promises import NEVER_OVER_S, SLACK_S
from tests.faults.sites import TIMEOUT_S, TTL_S, settings
from tests.servers.ports import HOST
from tests.servers.postgres import Postgres
from tests.servers.web import WebServer
from tests.waiting import wait_until

pytestmark = pytest.mark.faults

TABS = 8
"""At once, which is more than the site may read logins at once."""
AT_ONCE_S = 0.4
"""Of a page that waits for nobody, on a machine that is busy with a server's death."""
BACK_WITHIN_S = 10.0

_PREPARE = """
import django

django.setup()
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command

call_command("migrate", verbosity=0)
user = User.objects.create_user("staff", is_staff=True)
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.create()
print(session.session_key)
"""


@dataclass(frozen=True)
class Page:
    """What a browser was shown."""

    code: int
    text: str
    took_s: float
    cookies: dict[str, str]


@dataclass(frozen=True)
class Staff:
    """Somebody with a session at this site."""

    server: WebServer
    session: str

    def open(self, path: str = "/status/", **cookies: str) -> Page:
        shown = "; ".join(f"{name}={value}" for name, value in {"sessionid": self.session, **cookies}.items())
        begun = monotonic()
        with closing(http.client.HTTPConnection(HOST, self.server.port, timeout=20)) as connection:
            connection.request("GET", path, headers={"Cookie": shown})
            response = connection.getresponse()
            text = response.read().decode()
        took_s = monotonic() - begun
        given = SimpleCookie(response.headers.get("Set-Cookie", ""))
        return Page(response.status, text, took_s, {name: morsel.value for name, morsel in given.items()})


@pytest.fixture(scope="module")
def staff(kind: type[WebServer], dependencies: Dependencies) -> Iterator[Staff]:
    """At a site with nothing but PostgreSQL, and with the setting that has each answer save the session."""
    postgres = dependencies["postgres"].server
    assert isinstance(postgres, Postgres)
    name = f"staff_{kind.__name__.lower()}"
    postgres.create_database(name)
    lines = f"""
DATABASES = {{"default": {postgres.django_database(name)!r}}}
SESSION_SAVE_EVERY_REQUEST = True
STATUS_PROVIDERS = {{
    "health": [("databases", "status.providers.django.health.databases")],
    "stats": [("system", "status.providers.system.system")],
}}
"""
    with kind.serving(settings() + lines) as server:
        variables = {**os.environ, **server.environment()}
        made = subprocess.run([sys.executable, "-c", _PREPARE], env=variables, capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
        yield Staff(server, made.stdout.strip())


@again_if_disturbed
def test_who_was_here_before_is_shown_everything_in_time(staff: Staff, dependencies: Dependencies) -> None:
    before = _is_well(staff)
    shown = {ticket.NAME: before.cookies[ticket.NAME]} if ticket.NAME in before.cookies else {}
    assert shown, "a visit of staff sets no cookie"
    with _stopped(dependencies):
        with ThreadPoolExecutor(TABS) as pool:
            pages = list(pool.map(lambda _: staff.open(**shown), range(TABS)))
        again = [staff.open(**shown), staff.open("/status/stats/", **shown), staff.open("/status/health/", **shown)]
    for page in (*pages, *again):
        assert page.code == 200
        assert "you see this because you were here before" in page.text
    for page in (*pages, again[0], again[2]):
        assert "default" in page.text
        assert "no answer in" in page.text  # an error, which is a detail
    _are_in_time(pages)
    assert again[0].took_s <= SLACK_S, "it is known to hang"
    _is_well(staff)


@again_if_disturbed
def test_the_first_page_after_the_stop_comes_within_the_deadline(staff: Staff, dependencies: Dependencies) -> None:
    before = _is_well(staff)
    shown = {ticket.NAME: before.cookies[ticket.NAME]}
    with _stopped(dependencies):
        page = staff.open(**shown)
    assert page.took_s <= TIMEOUT_S + SLACK_S, f"{page.took_s:.3f} s"
    assert "no answer in" in page.text
    assert "default" in page.text


@again_if_disturbed
def test_while_the_database_refuses_who_was_here_before_is_shown_everything_at_once(
    staff: Staff, dependencies: Dependencies
) -> None:
    before = _is_well(staff)
    shown = {ticket.NAME: before.cookies[ticket.NAME]}
    with dependencies["postgres"].gone():
        sleep(TTL_S)  # until then an answer from before may be reused
        pages = [staff.open(**shown), staff.open("/status/health/", **shown)]
        alone = staff.open()
    for page in pages:
        assert page.code == 200
        assert page.took_s <= SLACK_S + AT_ONCE_S, f"{page.took_s:.3f} s"
        assert "you see this because you were here before" in page.text
        assert "default" in page.text
        assert "OperationalError" in page.text  # an error, which is a detail
    assert alone.code == 200
    assert "so this is what everyone sees" in alone.text
    assert "default" in alone.text
    assert "OperationalError" not in alone.text
    _is_well(staff)


@again_if_disturbed
def test_with_a_session_alone_they_see_what_everyone_sees_in_time_and_why(
    staff: Staff, dependencies: Dependencies
) -> None:
    _is_well(staff)
    with _stopped(dependencies):
        page = staff.open()
        refused = staff.open("/status/stats/")
    assert page.code == 200
    assert page.took_s <= TIMEOUT_S + SLACK_S, f"{page.took_s:.3f} s"
    assert "so this is what everyone sees" in page.text
    assert "default" in page.text
    assert "no answer in" not in page.text
    assert refused.code == 401
    _is_well(staff)


def _stopped(dependencies: Dependencies) -> AbstractContextManager[None]:
    postgres: Dependency = dependencies["postgres"]
    return postgres.frozen()


def _is_well(staff: Staff) -> Page:
    """A page of verified staff, of each process: after a stop it may be that the first ones still know of it."""

    def well() -> list[Page]:
        pages = [staff.open() for _ in range(4 * staff.server.processes)]
        return pages if all("could not be checked" not in page.text and page.code == 200 for page in pages) else []

    pages = wait_until(well, timeout_s=BACK_WITHIN_S + TTL_S, message="staff are not known again")
    return pages[-1]


def _are_in_time(pages: list[Page]) -> None:
    """Those that come at once: all within what may never be, most of them within the slack, as a single one is."""
    took = sorted(page.took_s for page in pages)
    told = ", ".join(f"{each:.3f}" for each in took)
    assert took[-1] <= TIMEOUT_S + NEVER_OVER_S, told
    assert median(took) <= TIMEOUT_S + SLACK_S, told
