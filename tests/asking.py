"""Asking the site under test, as a WSGI server and as an ASGI server would."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from django.test import AsyncClient, Client

SERVERS = ("wsgi", "asgi")


class Site:
    """The site under `root`, asked through one kind of server."""

    def __init__(self, server: str, root: str = "/status/") -> None:
        self.server = server
        self.root = root

    def __call__(self, path: str = "", method: str = "GET", **options: Any) -> Any:
        """The response to a request for a path below the root; `headers` and the like go to Django's client."""
        if self.server == "wsgi":
            return Client().generic(method, self.root + path, **options)
        return asyncio.run(self._ask(path, method, **options))

    async def _ask(self, path: str, method: str, **options: Any) -> Any:
        return await AsyncClient().generic(method, self.root + path, **options)

    def json(self, path: str = "", method: str = "GET", **options: Any) -> Any:
        """What the answer's body says."""
        return body(self(path, method, **options))


def body(response: Any) -> Any:
    """The body, read as JSON."""
    return json.loads(response.content)
