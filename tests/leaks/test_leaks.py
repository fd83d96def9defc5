"""A site with two hundred secrets tells none of them, whoever asks for what, through whichever door."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import AsyncClient, Client, override_settings

from status import testing
from status.signals import state_changed
from tests import sites
from tests.conftest import THOROUGH
from tests.leaks import providers
from tests.leaks.secrets import MARK

REQUESTS = 10_000 if THOROUGH else 1_000
WAYS = ("wsgi", "asgi")
SEED = int(os.environ.get("STATUS_TESTS_SEED", "3"))


@dataclass
class Told:
    """All that has left the site so far."""

    log: io.StringIO
    signals: list[str]

    def search(self) -> None:
        for what in (self.log.getvalue(), *self.signals):
            assert_kept(what, "told")


def assert_kept(text: str, where: str) -> None:
    """No eight characters of any secret are in the text."""
    at = text.lower().find(MARK)
    assert at < 0, f"{where}: …{text[max(at - 80, 0) : at + 40]!r}…"


@pytest.fixture
def told(transactional_db: None) -> Iterator[Told]:
    """The site, asked by nobody yet."""
    told = Told(io.StringIO(), [])

    def note(observation: Any, **kwargs: Any) -> None:
        told.signals.append(json.dumps(asdict(observation), default=str))

    with ExitStack() as stack:
        stack.enter_context(_logging_to(told.log))
        stack.enter_context(sites.databases(**providers.DATABASES, default=_default_database()))
        stack.enter_context(sites.site_caches(**providers.CACHES, default=_IN_MEMORY))
        stack.enter_context(_site())
        state_changed.connect(note)
        stack.callback(state_changed.disconnect, note)
        yield told


_IN_MEMORY = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}


def _default_database() -> Any:
    from django.db import connections

    return connections.settings["default"]


@contextmanager
def _logging_to(stream: io.StringIO) -> Iterator[None]:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    loggers = [logging.getLogger(), logging.getLogger("status"), logging.getLogger("status.probes")]
    levels = [logger.level for logger in loggers]
    loggers[0].addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        loggers[0].removeHandler(handler)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _site(**settings: Any) -> Any:
    names = [_name(entry) for entry in providers.HEALTH]
    usual = {
        "STATUS_PROVIDERS": {"health": providers.HEALTH, "stats": providers.STATS},
        "STATUS_PROBES": {"livez": [], "readyz": [f"health/{name}" for name in names], "all": ["stats"]},
        "STATUS_TTL": 0.5,
        "ROOT_URLCONF": "tests.leaks.urls",
        "DEBUG": False,
    }
    return override_settings(**{**usual, **providers.SETTINGS, **settings})


def _name(entry: Any) -> str:
    return str(entry[0] if isinstance(entry, tuple) else entry.name)


CALLERS = ("nobody", "wrong token", "token", "staff")
METHODS = ("GET",) * 12 + ("HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "get")
QUERIES = ("", "", "", "format=json", "format=yaml", "format=openmetrics", "format=text", "verbose", "verbose=1", "a=1")
ACCEPTS = ("", "*/*", "text/html", "application/json", "application/health+json", "application/openmetrics-text", "x")


class Asking:
    """Makes up requests, and makes them."""

    def __init__(self, way: str, session: str) -> None:
        self.random = random.Random(f"{SEED}{way}")
        self.way = way
        self.session = session
        self.client: Any = Client() if way == "wsgi" else AsyncClient()
        self.codes: Counter[int] = Counter()

    def ask(self, count: int) -> None:
        if self.way == "wsgi":
            for _ in range(count):
                path, method, headers = self._request()
                self._look(path, self.client.generic(method, path, headers=headers))
        else:
            asyncio.run(self._ask(count))

    async def _ask(self, count: int) -> None:
        for _ in range(count):
            path, method, headers = self._request()
            self._look(path, await self.client.generic(method, path, headers=headers))

    def _look(self, path: str, response: Any) -> None:
        self.codes[response.status_code] += 1
        head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
        assert_kept(f"{head}\n{response.content.decode()}", path)

    def _request(self) -> tuple[str, str, dict[str, str]]:
        choose = self.random.choice
        query = "&".join({choose(QUERIES), choose(QUERIES), choose(("", f"exclude={choose(_PATHS)[1:]}"))} - {""})
        headers = {"Accept": choose(ACCEPTS)}
        caller = choose(CALLERS)
        if caller == "staff":
            headers["Cookie"] = f"sessionid={self.session}"
        elif caller != "nobody":
            headers["Authorization"] = f"Bearer {providers.TOKEN if caller == 'token' else 'another'}"
        return f"{self._path()}{'?' if query else ''}{query}", choose(METHODS), headers

    def _path(self) -> str:
        path = self.random.choice(_PATHS)
        if self.random.random() < 0.15:  # as somebody who tries
            at = self.random.randrange(len(path))
            path = path[:at] + self.random.choice(("/", "%00", "..", "%2e", "é", "a", "")) + path[at:]
        return path


def _paths() -> list[str]:
    found = ["/status/", "/status/api/", "/livez", "/readyz", "/readyz/health", "/all", "/all/stats"]
    for resource, entries in (("health", providers.HEALTH), ("stats", providers.STATS)):
        found += [f"/status/{resource}/", f"/status/{resource}", f"/status/api/{resource}"]
        for entry in entries:
            found += [f"/status/api/{resource}/{_name(entry)}", f"/readyz/{resource}/{_name(entry)}"]
    return found


_PATHS = _paths()


def _session_of_staff() -> str:
    from django.contrib.auth.models import User

    client = Client()
    client.force_login(User.objects.create_user("staff", is_staff=True))
    return client.cookies["sessionid"].value


def test_there_are_two_hundred() -> None:
    assert providers.secret.count >= 200


@pytest.mark.parametrize("way", WAYS)
def test_no_answer_tells_one_nor_the_log_nor_a_signal(told: Told, way: str) -> None:
    asking = Asking(way, _session_of_staff())
    asking.ask(REQUESTS // len(WAYS))
    assert testing.flush()
    told.search()
    # They did reach what there is to tell.
    assert "Refused" in told.log.getvalue()
    assert told.signals
    assert {200, 401, 404, 405, 503} <= asking.codes.keys(), asking.codes
    assert asking.codes[500] == 0


@pytest.mark.parametrize("resource", ["health", "stats"])
@pytest.mark.parametrize("format", ["table", "json", "yaml"])
def test_no_command_prints_one(told: Told, capsys: pytest.CaptureFixture[str], resource: str, format: str) -> None:
    call_command("status", resource, f"--format={format}")
    printed = capsys.readouterr()
    assert "********" in printed.out
    assert_kept(printed.out + printed.err, "the command")
    assert testing.flush()
    told.search()


def test_what_is_wrong_with_the_settings_is_told_without_them(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    secret = providers.secret
    wrong = {
        "STATUS_TOKENS": [secret().encode(), "sha256:" + secret(40)],
        "STATUS_NETWORKS": [f"password={secret()}"],
        "STATUS_TRUSTED_PROXIES": [f"redis://:{secret()}@proxy"],
        "STATUS_TIMEOUT": f"api_key={secret()}",
        "STATUS_ACCESS": {f"token={secret()}": f"password={secret()}"},
        "STATUS_PROVIDERS": {"health": [(f"password={secret()}", f"no.such.redis://:{secret()}@module")]},
        "STATUS_PROBES": {f"password={secret()}": 3, "readyz": [f"health/password={secret()}"]},
    }
    with _site(**wrong), pytest.raises(CommandError) as caught:
        call_command("check")
    printed = capsys.readouterr()
    assert_kept(f"{caught.value}{printed.out}{printed.err}", "manage.py check")
    told.search()
