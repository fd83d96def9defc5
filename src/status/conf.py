"""The project's settings, typed. No other module but their reader (`reading.py`) has them from `django.conf`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.conf import settings

from .core.states import State
from .reading import ACCESS, HTTP_CODES, PROBES, Access, Network, Problem, Reader

FOREIGN = ("PROJECT_PATH", "BASE_DIR", "DEBUG", "DATABASES", "CACHES", "INSTALLED_APPS")
"""Settings of others that what is observed depends on."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Durations are in seconds. `providers` holds the entries as the project wrote them; None for the defaults."""

    providers: Mapping[str, Sequence[object]] | None = None
    celery_workers: tuple[str, ...] = ()
    project_path: Path | None = None
    probes: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType(PROBES))
    timeout_s: float = 2.0
    probe_timeout_s: float = 0.8
    ttl_s: float = 1.0
    judged: tuple[str, ...] = ("health",)
    http_codes: Mapping[State, int] = field(default_factory=lambda: MappingProxyType(HTTP_CODES))
    access: Access = field(default_factory=lambda: MappingProxyType(ACCESS))
    runtime_dir: Path = Path()
    tokens: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    site: Mapping[str, Any] = field(default_factory=dict)
    debug: bool = False
    problems: tuple[Problem, ...] = ()


@lru_cache(maxsize=1)
def current() -> Settings:
    """The settings as they are now; read once, and again after `override_settings`."""
    reader = Reader()
    read = Settings(
        providers=reader.providers(),
        celery_workers=reader.texts("STATUS_CELERY_WORKERS", "E009"),
        project_path=reader.project_path(),
        probes=reader.probes(),
        timeout_s=reader.seconds("STATUS_TIMEOUT", 2.0),
        probe_timeout_s=reader.seconds("STATUS_PROBE_TIMEOUT", 0.8),
        ttl_s=reader.seconds("STATUS_TTL", 1.0, zero=True),
        judged=reader.texts("STATUS_JUDGED", "E006", default=("health",)),
        http_codes=reader.http_codes(),
        access=reader.access(),
        runtime_dir=reader.runtime_dir(),
        tokens=reader.texts("STATUS_TOKENS", "E013"),
        networks=reader.networks("STATUS_NETWORKS"),
        trusted_proxies=reader.networks("STATUS_TRUSTED_PROXIES"),
        site=reader.site(),
        debug=bool(settings.DEBUG),
    )
    reader.misspelt(_KNOWN)
    return replace(read, problems=tuple(reader.problems))


def forget() -> None:
    """Read the settings anew at the next `current()`."""
    current.cache_clear()


def concerns(setting: str) -> bool:
    """Whether a change of this setting changes what is observed or shown."""
    return setting.startswith("STATUS_") or setting in FOREIGN


_KNOWN = frozenset(
    {
        "STATUS_PROVIDERS",
        "STATUS_CELERY_WORKERS",
        "STATUS_PROBES",
        "STATUS_TIMEOUT",
        "STATUS_PROBE_TIMEOUT",
        "STATUS_TTL",
        "STATUS_JUDGED",
        "STATUS_HTTP_CODES",
        "STATUS_ACCESS",
        "STATUS_RUNTIME_DIR",
        "STATUS_TOKENS",
        "STATUS_NETWORKS",
        "STATUS_TRUSTED_PROXIES",
        "STATUS_SITE",
    }
)
