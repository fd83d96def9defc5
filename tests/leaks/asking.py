"""Requests to every door that the site has, made up at random but the same in each run."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.test import AsyncClient, Client

from tests.leaks import providers

WAYS = ("wsgi", "asgi")
SEED = int(os.environ.get("STATUS_TESTS_SEED", "3"))

CALLERS = ("nobody", "wrong token", "token", "staff")
METHODS = ("GET",) * 12 + ("HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "get")
QUERIES = (
    *("", "", "", "format=json", "format=yaml", "format=openmetrics", "format=text", "verbose", "verbose=1", "a=1"),
    *("view=wall", "format=health%2Bjson", "format=table"),
)
ACCEPTS = ("", "*/*", "text/html", "application/json", "application/health+json", "application/openmetrics-text", "x")

Look = Callable[[str, str], None]
"""What is made of an answer's head and body, and of the path that it is of."""


def name(entry: Any) -> str:
    """Of a provider's entry."""
    return str(entry[0] if isinstance(entry, tuple) else entry.name)


def _paths() -> list[str]:
    found = [
        "/status/",
        "/status/?view=wall",
        "/status/feed",
        "/status/api/",
        "/status/api/openapi.json",
        "/status/metrics",
        "/livez",
        "/readyz",
        "/readyz/health",
        "/all",
    ]
    for resource, entries in (("health", providers.HEALTH), ("stats", providers.STATS)):
        found += [f"/status/{resource}/", f"/status/{resource}", f"/status/api/{resource}", f"/all/{resource}"]
        found.append(f"/status/{resource}/?view=wall")
        for entry in entries:
            found += [f"/status/api/{resource}/{name(entry)}", f"/readyz/{resource}/{name(entry)}"]
            found.append(f"/status/badge/{resource}/{name(entry)}.svg")
    found += [f"/status/health/{name(entry)}/" for entry in providers.HEALTH]
    components = {"databases": providers.DATABASES, "caches": providers.CACHES, "stated": providers.stated()}
    for check, names in components.items():
        found += [f"/status/health/{check}/{quote(each)}/" for each in names]
        found += [f"/status/badge/health/{check}/{quote(each)}.json" for each in names]
    return found


PATHS = _paths()


class Asking:
    """Makes up requests, makes them, and has each answer looked at."""

    def __init__(self, way: str, session: str, look: Look) -> None:
        self.random = random.Random(f"{SEED}{way}")
        self.way = way
        self.session = session
        self.client: Any = Client() if way == "wsgi" else AsyncClient()
        self.codes: Counter[int] = Counter()
        self.look = look

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
        self.look(f"{head}\n{response.content.decode()}", path)

    def _request(self) -> tuple[str, str, dict[str, str]]:
        choose = self.random.choice
        query = "&".join({choose(QUERIES), choose(QUERIES), choose(("", f"exclude={choose(PATHS)[1:]}"))} - {""})
        headers = {"Accept": choose(ACCEPTS)}
        caller = choose(CALLERS)
        if caller == "staff":
            headers["Cookie"] = f"sessionid={self.session}"
        elif caller != "nobody":
            headers["Authorization"] = f"Bearer {providers.TOKEN if caller == 'token' else 'another'}"
        path = self._path()
        return f"{path}{('&' if '?' in path else '?') if query else ''}{query}", choose(METHODS), headers

    def _path(self) -> str:
        path = self.random.choice(PATHS)
        if self.random.random() < 0.15:  # as somebody who tries
            at = self.random.randrange(len(path))
            path = path[:at] + self.random.choice(("/", "%00", "..", "%2e", "é", "a", "")) + path[at:]
        return path
