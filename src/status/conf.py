"""The project's settings, typed. No other module reads them from `django.conf`.

What can't be used is a `Problem` and the default stands in: system checks tell it (`checks.py`), and so does the log at
start, since gunicorn and uvicorn run no system checks.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from django.conf import settings
from django.utils.module_loading import import_string

from .core.states import State

Network: TypeAlias = "IPv4Network | IPv6Network"
Access: TypeAlias = "Mapping[str, str] | Callable[..., object]"

HTTP_CODES = {State.PASS: 200, State.WARN: 200, State.FAIL: 503}
ACCESS = {"health": "states", "*": "private"}
_NOBODY = {"*": "private"}  # what can't be read must not be open
ACCESS_LEVELS = ("public", "states", "private", "hidden")
PROBES: dict[str, tuple[str, ...]] = {"livez": (), "readyz": (), "startupz": ()}
SITE_KEYS = ("title", "logo", "links")

FOREIGN = ("PROJECT_PATH", "BASE_DIR", "DEBUG", "DATABASES", "CACHES", "INSTALLED_APPS")
"""Settings of others that what is observed depends on."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the settings that can't be used: where it is, what is wrong, and what to do."""

    id: str
    """As Django's system checks have it, without the app: "E001", "W001"."""
    setting: str
    text: str
    hint: str
    entry: str = ""
    """Which entry of the setting, as "health[2]"; empty where it is the whole."""

    def __str__(self) -> str:
        return f"{self.setting}{self.entry}: {self.text}. {self.hint}"


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
    reader = _Reader()
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
    reader.misspelt()
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


class _Reader:
    """Reads one setting after the other and collects what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def _problem(self, code: str, setting: str, text: str, hint: str, entry: str = "") -> None:
        self.problems.append(Problem(code, setting, text, hint, entry))

    def providers(self) -> Mapping[str, Sequence[object]] | None:
        given = getattr(settings, "STATUS_PROVIDERS", None)
        if given is None:
            return None
        hint = 'Map each resource to its entries, as {"health": [("ping", "status.providers.health.ping")]}'
        if not isinstance(given, Mapping):
            self._problem("E001", "STATUS_PROVIDERS", f"it is a {_type(given)}, not a mapping", hint)
            return None
        entries: dict[str, Sequence[object]] = {}
        for resource, listed in given.items():
            where = f"[{resource!r}]"
            if not isinstance(resource, str):
                text = f"a resource's name is a text, not a {_type(resource)}"
                self._problem("E005", "STATUS_PROVIDERS", text, hint, where)
            elif isinstance(listed, (str, bytes)) or not isinstance(listed, Sequence):
                self._problem("E001", "STATUS_PROVIDERS", f"its entries are a {_type(listed)}, not a list", hint, where)
            else:
                entries[resource] = tuple(listed)
        return entries

    def texts(self, setting: str, code: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        given = getattr(settings, setting, default)
        if isinstance(given, (str, bytes)) or not isinstance(given, Sequence):
            self._problem(code, setting, f"it is a {_type(given)}, not a list", 'Write a list of texts, as ["one"]')
            return default
        for at, text in enumerate(given):
            if not isinstance(text, str) or not text:
                self._problem(
                    code, setting, f"{_shown(text)} is not a text", "Write a text that is not empty", f"[{at}]"
                )
        return tuple(text for text in given if isinstance(text, str) and text)

    def seconds(self, setting: str, default: float, *, zero: bool = False) -> float:
        given = getattr(settings, setting, default)
        number = isinstance(given, (int, float)) and not isinstance(given, bool)
        if number and (0 < given < float("inf") or (zero and given == 0)):
            return float(given)
        wanted = "zero or more" if zero else "more than zero"
        self._problem("E008", setting, f"{_shown(given)} is not a time", f"Write seconds, {wanted}, as {default}")
        return default

    def probes(self) -> Mapping[str, tuple[str, ...]]:
        given = getattr(settings, "STATUS_PROBES", PROBES)
        hint = 'Map each path to its references, as {"readyz": ["health/databases"]}'
        if not isinstance(given, Mapping):
            self._problem("E007", "STATUS_PROBES", f"it is a {_type(given)}, not a mapping", hint)
            return PROBES
        probes: dict[str, tuple[str, ...]] = {}
        for path, references in given.items():
            where = f"[{path!r}]"
            if not isinstance(path, str) or not path.strip("/"):
                self._problem("E007", "STATUS_PROBES", "a probe's path is a text", hint, where)
            elif isinstance(references, str) or not isinstance(references, Sequence):
                text = f"its references are a {_type(references)}, not a list"
                self._problem("E007", "STATUS_PROBES", text, hint, where)
            else:
                probes[path.strip("/")] = tuple(str(reference) for reference in references)
        return probes

    def http_codes(self) -> Mapping[State, int]:
        given = getattr(settings, "STATUS_HTTP_CODES", {})
        hint = 'Map states to HTTP codes, as {"fail": 503}'
        if not isinstance(given, Mapping):
            self._problem("E010", "STATUS_HTTP_CODES", f"it is a {_type(given)}, not a mapping", hint)
            return HTTP_CODES
        codes = dict(HTTP_CODES)
        for state, code in given.items():
            where = f"[{str(state)!r}]"
            if state not in tuple(State):
                self._problem("E010", "STATUS_HTTP_CODES", f"{_shown(state)} is no state", hint, where)
            elif isinstance(code, bool) or not isinstance(code, int) or not 200 <= code <= 599:
                self._problem("E010", "STATUS_HTTP_CODES", f"{_shown(code)} is no HTTP code", hint, where)
            else:
                codes[State(state)] = int(code)
        return codes

    def access(self) -> Access:
        given = getattr(settings, "STATUS_ACCESS", ACCESS)
        hint = f"Map resources, or * for the rest, to one of {', '.join(ACCESS_LEVELS)}; or name a function"
        if isinstance(given, str):
            try:
                given = import_string(given)
            except ImportError as error:
                self._problem("E011", "STATUS_ACCESS", str(error), hint)
                return _NOBODY
        if callable(given):
            return given  # type: ignore[no-any-return]
        if not isinstance(given, Mapping):
            self._problem("E011", "STATUS_ACCESS", f"it is a {_type(given)}, not a mapping", hint)
            return _NOBODY
        levels = {}
        for resource, level in given.items():
            if level not in ACCESS_LEVELS:
                self._problem("E011", "STATUS_ACCESS", f"{_shown(level)} is no level", hint, f"[{resource!r}]")
                level = "private"  # what is misspelt must not be open
            levels[str(resource)] = str(level)
        return {**ACCESS, **levels}

    def networks(self, setting: str) -> tuple[Network, ...]:
        networks = []
        for at, text in enumerate(self.texts(setting, "E012")):
            try:
                networks.append(ip_network(text))
            except ValueError as error:
                self._problem("E012", setting, str(error), 'Write a network, as "10.0.0.0/8" or "::1"', f"[{at}]")
        return tuple(networks)

    def project_path(self) -> Path | None:
        given = getattr(settings, "PROJECT_PATH", None) or getattr(settings, "BASE_DIR", None)
        if given is None or isinstance(given, (str, os.PathLike)):
            return None if given is None else Path(os.fspath(given))
        self._problem("E014", "PROJECT_PATH", f"it is a {_type(given)}, not a path", "Write the project's folder")
        return None

    def runtime_dir(self) -> Path:
        given = getattr(settings, "STATUS_RUNTIME_DIR", None)
        if isinstance(given, (str, os.PathLike)) and os.fspath(given):
            return Path(os.fspath(given))
        if given is not None:
            text = f"{_shown(given)} is not a path"
            self._problem("E014", "STATUS_RUNTIME_DIR", text, "Write a folder that only this site's user may enter")
        module = os.environ.get("DJANGO_SETTINGS_MODULE", "") or settings.SETTINGS_MODULE or ""
        return Path(tempfile.gettempdir()) / f"django-status-{hashlib.sha256(module.encode()).hexdigest()[:16]}"

    def site(self) -> Mapping[str, Any]:
        given = getattr(settings, "STATUS_SITE", {})
        hint = f"Write a mapping of {', '.join(SITE_KEYS)}"
        if not isinstance(given, Mapping):
            self._problem("E015", "STATUS_SITE", f"it is a {_type(given)}, not a mapping", hint)
            return {}
        for key in given:
            if key not in SITE_KEYS:
                self._problem("E015", "STATUS_SITE", "it is not known", hint, f"[{key!r}]")
        return {key: given[key] for key in given if key in SITE_KEYS}

    def misspelt(self) -> None:
        """A slip in a setting's name would be a wish that is silently not granted."""
        for name in dir(settings):
            if name.startswith("STATUS_") and name.isupper() and name not in _KNOWN:
                for meant in get_close_matches(name, _KNOWN, n=1, cutoff=0.85):
                    self._problem("W001", name, "django-status has no such setting", f"Write {meant}")


def _type(value: object) -> str:
    return type(value).__name__


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
