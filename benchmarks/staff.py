"""Somebody of the staff at the measured site: a session in its database, and the website opened with it."""

from __future__ import annotations

import http.client
import os
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass
from http.cookies import SimpleCookie

from web_site import WebSite

from status.access import ticket
from tests.servers.ports import HOST
from tests.waiting import wait_until

WEBSITE = "/status/"
REASON = b"no answer in"
"""A detail: strangers see states alone."""
PATIENCE_S = 20.0

_PREPARE = """
import django

django.setup()
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command

call_command("migrate", verbosity=0)
user, _ = User.objects.get_or_create(username="staff", is_staff=True)
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
    seconds: float
    content: bytes
    cookies: dict[str, str]


class Staff:
    """They keep the cookies that they are given."""

    def __init__(self, site: WebSite) -> None:
        self._site = site
        done = subprocess.run(
            [site.command()[0], "-c", _PREPARE],
            env={**os.environ, **site.environment()},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._cookies = {"sessionid": done.stdout.strip()}

    def open(self) -> Page:
        """The overview of the website."""
        shown = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        started = time.perf_counter()
        with closing(http.client.HTTPConnection(HOST, self._site.port, timeout=PATIENCE_S)) as connection:
            connection.request("GET", WEBSITE, headers={"Cookie": shown})
            response = connection.getresponse()
            content = response.read()
        seconds = time.perf_counter() - started
        given = SimpleCookie(response.headers.get("Set-Cookie", ""))
        cookies = {name: morsel.value for name, morsel in given.items()}
        self._cookies.update(cookies)
        return Page(response.status, seconds, content, cookies)

    def wait_until_known(self) -> None:
        """Until each process takes them for staff, whom a ticket is given once, and shows that all is well."""

        def is_known() -> bool:
            pages = [self.open() for _ in range(4 * self._site.kind.processes)]
            well = all(page.code == 200 and REASON not in page.content for page in pages)
            return well and not any(b"could not be checked" in page.content for page in pages)

        wait_until(is_known, timeout_s=PATIENCE_S, message="staff are not known")
        if ticket.NAME not in self._cookies:
            raise RuntimeError("a visit of staff has set no cookie")

    @staticmethod
    def is_told(page: Page, name: str) -> bool:
        """Whether the page names it, with the reason."""
        return page.code == 200 and name.encode() in page.content and REASON in page.content
