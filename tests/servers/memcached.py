"""memcached, where it is installed."""

from __future__ import annotations

import signal
from typing import Any

from tests.servers.ports import HOST, converse
from tests.servers.process import Server, find_program


class Memcached(Server):
    """A memcached server; a restart empties it."""

    label = "memcached"
    account = "nobody"
    # Asked to end it takes a second, and has nothing to save.
    polite_signal = signal.SIGKILL

    @classmethod
    def missing(cls) -> str | None:
        return None if find_program("memcached") else "memcached is not installed (apt-get install memcached)"

    @property
    def url(self) -> str:
        return f"{HOST}:{self.port}"

    def django_cache(self, **overrides: Any) -> dict[str, Any]:
        """An entry for CACHES."""
        return {
            "BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache",
            "LOCATION": self.url,
            **overrides,
        }

    def ping(self, timeout_s: float = 0.3) -> bool:
        return converse(self.port, b"version\r\n", 7, timeout_s) == b"VERSION"

    def command(self) -> list[str]:
        return [str(find_program("memcached")), "-l", HOST, "-p", str(self.port), "-U", "0", *self.arguments]
