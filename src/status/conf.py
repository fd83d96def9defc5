"""The project's settings, typed. No other module but their reader (`reading/`) has them from `django.conf`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.conf import settings

from .core.probe import PROBES
from .core.states import State
from .reading import (
    ACCESS,
    HTTP_CODES,
    Access,
    Network,
    Problem,
    Problems,
    Reader,
    Token,
    check_proxies,
    is_list,
    read_access,
    read_networks,
    read_proxies,
    read_tokens,
)

FOREIGN = (
    "PROJECT_PATH",
    "BASE_DIR",
    "DEBUG",
    "DATABASES",
    "CACHES",
    "INSTALLED_APPS",
    "MIDDLEWARE",
    "FORCE_SCRIPT_NAME",
    "SECURE_PROXY_SSL_HEADER",
    "USE_X_FORWARDED_HOST",
    "USE_X_FORWARDED_PORT",
    "SILENCED_SYSTEM_CHECKS",
)
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
    formats: tuple[object, ...] = ()
    """As the project wrote them: formats, or their paths."""
    access: Access = field(default_factory=lambda: MappingProxyType(ACCESS))
    runtime_dir: Path = Path()
    tokens: tuple[Token, ...] = ()
    networks: tuple[Network, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    trusts_unix: bool = False
    """Whether a proxy asks through a Unix socket."""
    site: Mapping[str, Any] = field(default_factory=dict)
    debug: bool = False
    mount: str = ""
    """Where Django is told that the site is mounted, whatever the server says."""
    problems: tuple[Problem, ...] = ()
    weaknesses: tuple[Problem, ...] = ()
    """What is used as it was written, and shows much to many: warnings, which `health` does not tell."""


@lru_cache(maxsize=1)
def current() -> Settings:
    """The settings as they are now; read once, and again after `override_settings`."""
    problems = Problems()
    reader = Reader(problems)
    judged = reader.texts("STATUS_JUDGED", "E006", default=("health",))
    networks = read_networks(problems)
    trusted_proxies, trusts_unix = read_proxies(problems)
    check_proxies(problems, networks, named=bool(trusted_proxies) or trusts_unix)
    read = Settings(
        providers=reader.providers(),
        celery_workers=reader.texts("STATUS_CELERY_WORKERS", "E009"),
        project_path=reader.project_path(),
        probes=reader.probes(),
        timeout_s=reader.seconds("STATUS_TIMEOUT", 2.0),
        probe_timeout_s=reader.seconds("STATUS_PROBE_TIMEOUT", 0.8),
        ttl_s=reader.seconds("STATUS_TTL", 1.0, zero=True),
        judged=judged,
        http_codes=reader.http_codes(),
        formats=reader.formats(),
        access=read_access(problems, judged),
        runtime_dir=reader.runtime_dir(),
        tokens=read_tokens(problems),
        networks=networks,
        trusted_proxies=trusted_proxies,
        trusts_unix=trusts_unix,
        site=reader.site(),
        debug=bool(settings.DEBUG),
        mount=str(settings.FORCE_SCRIPT_NAME or ""),
    )
    reader.middleware()
    reader.misspelt(_KNOWN)
    return replace(read, problems=_unsilenced(problems.found), weaknesses=_unsilenced(problems.weaknesses))


def _unsilenced(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Without the warnings that the project does not want: the log at start is no place for them either."""
    silenced = settings.SILENCED_SYSTEM_CHECKS if is_list(settings.SILENCED_SYSTEM_CHECKS) else ()
    return tuple(each for each in problems if not (each.is_warning and f"status.{each.id}" in silenced))


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
        "STATUS_FORMATS",
        "STATUS_ACCESS",
        "STATUS_RUNTIME_DIR",
        "STATUS_TOKENS",
        "STATUS_NETWORKS",
        "STATUS_TRUSTED_PROXIES",
        "STATUS_SITE",
    }
)
