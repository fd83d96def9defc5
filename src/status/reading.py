"""Reading one setting after the other from `django.conf`.

What can't be used is a `Problem` and the default stands in: system checks tell it (`checks.py`), and so does the log at
start, since gunicorn and uvicorn run no system checks. No problem tells a secret: of what holds some it names the type
alone, and the rest is redacted.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
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
MAX_SECONDS = 86_400
"""A day. Whoever waits longer has mistaken the unit, and what waits for a lock can't count for ever."""


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

    def __post_init__(self) -> None:
        from .core.redaction import redact_text  # its patterns take 4 ms to compile, and most settings have no problem

        for part in ("text", "hint", "entry"):
            object.__setattr__(self, part, redact_text(getattr(self, part)))

    def __str__(self) -> str:
        return f"{self.setting}{self.entry}: {self.text}. {self.hint}"


class Reader:
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
            self._problem("E001", "STATUS_PROVIDERS", f"it is a {type_of(given)}, not a mapping", hint)
            return None
        entries: dict[str, Sequence[object]] = {}
        for resource, listed in given.items():
            if not isinstance(resource, str):
                text = f"a resource's name is a text, not a {type_of(resource)}"
                self._problem("E005", "STATUS_PROVIDERS", text, hint, place(resource))
            elif isinstance(listed, (str, bytes)) or not isinstance(listed, Sequence):
                text = f"its entries are a {type_of(listed)}, not a list"
                self._problem("E001", "STATUS_PROVIDERS", text, hint, place(resource))
            else:
                entries[resource] = tuple(listed)
        return entries

    def texts(self, setting: str, code: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        given = getattr(settings, setting, default)
        if isinstance(given, (str, bytes)) or not isinstance(given, Sequence):
            self._problem(code, setting, f"it is a {type_of(given)}, not a list", 'Write a list of texts, as ["one"]')
            return default
        for at, text in enumerate(given):
            if not isinstance(text, str) or not text:
                # Not its value: a token in bytes is no less secret.
                wrong = "it is empty" if isinstance(text, str) else f"it is a {type_of(text)}, not a text"
                self._problem(code, setting, wrong, "Write a text that is not empty", f"[{at}]")
        return tuple(text for text in given if isinstance(text, str) and text)

    def seconds(self, setting: str, default: float, *, zero: bool = False) -> float:
        given = getattr(settings, setting, default)
        number = isinstance(given, (int, float)) and not isinstance(given, bool)
        if number and (0 < given <= MAX_SECONDS or (zero and given == 0)):
            return float(given)
        text = f"more than {MAX_SECONDS:,} seconds" if number and given > MAX_SECONDS else "not a time"
        wanted = f"{'zero or more' if zero else 'more than zero'} and at most {MAX_SECONDS:,}"
        self._problem("E008", setting, f"{shown(given)} is {text}", f"Write seconds, {wanted}, as {default}")
        return default

    def probes(self) -> Mapping[str, tuple[str, ...]]:
        given = getattr(settings, "STATUS_PROBES", PROBES)
        hint = 'Map each path to its references, as {"readyz": ["health/databases"]}'
        if not isinstance(given, Mapping):
            self._problem("E007", "STATUS_PROBES", f"it is a {type_of(given)}, not a mapping", hint)
            return PROBES
        probes: dict[str, tuple[str, ...]] = {}
        for path, references in given.items():
            if not isinstance(path, str) or not path.strip("/"):
                self._problem("E007", "STATUS_PROBES", "a probe's path is a text", hint, place(path))
            elif isinstance(references, str) or not isinstance(references, Sequence):
                text = f"its references are a {type_of(references)}, not a list"
                self._problem("E007", "STATUS_PROBES", text, hint, place(path))
            else:
                probes[path.strip("/")] = tuple(str(reference) for reference in references)
        return probes

    def http_codes(self) -> Mapping[State, int]:
        given = getattr(settings, "STATUS_HTTP_CODES", {})
        hint = 'Map states to HTTP codes, as {"fail": 503}'
        if not isinstance(given, Mapping):
            self._problem("E010", "STATUS_HTTP_CODES", f"it is a {type_of(given)}, not a mapping", hint)
            return HTTP_CODES
        codes = dict(HTTP_CODES)
        for state, code in given.items():
            if state not in tuple(State):
                self._problem("E010", "STATUS_HTTP_CODES", f"{shown(state)} is no state", hint, place(state))
            elif isinstance(code, bool) or not isinstance(code, int) or not 200 <= code <= 599:
                self._problem("E010", "STATUS_HTTP_CODES", f"{shown(code)} is no HTTP code", hint, place(state))
            else:
                codes[State(state)] = int(code)
        return codes

    def access(self) -> Access:
        given = getattr(settings, "STATUS_ACCESS", ACCESS)
        hint = f"Map resources, or * for the rest, to one of {', '.join(ACCESS_LEVELS)}; or name a function"
        if isinstance(given, str):
            try:
                given = import_string(given)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - the project's own module, which may even call sys.exit
                from .core.redaction import describe

                self._problem("E011", "STATUS_ACCESS", describe(error), hint)
                return _NOBODY
        if callable(given):
            return given  # type: ignore[no-any-return]
        if not isinstance(given, Mapping):
            self._problem("E011", "STATUS_ACCESS", f"it is a {type_of(given)}, not a mapping", hint)
            return _NOBODY
        levels = {}
        for resource, level in given.items():
            if level not in ACCESS_LEVELS:
                self._problem("E011", "STATUS_ACCESS", f"{shown(level)} is no level", hint, place(resource))
                level = "private"  # what is misspelt must not be open
            levels[str(resource)] = str(level)
        return {**ACCESS, **levels}

    def networks(self, setting: str) -> tuple[Network, ...]:
        networks = []
        for text in self.texts(setting, "E012"):
            try:
                networks.append(ip_network(text))
            except ValueError as error:
                at = getattr(settings, setting).index(text)
                self._problem("E012", setting, str(error), 'Write a network, as "10.0.0.0/8" or "::1"', f"[{at}]")
        return tuple(networks)

    def project_path(self) -> Path | None:
        given = getattr(settings, "PROJECT_PATH", None) or getattr(settings, "BASE_DIR", None)
        if given is None or isinstance(given, (str, os.PathLike)):
            return None if given is None else Path(os.fspath(given))
        self._problem("E014", "PROJECT_PATH", f"it is a {type_of(given)}, not a path", "Write the project's folder")
        return None

    def runtime_dir(self) -> Path:
        given = getattr(settings, "STATUS_RUNTIME_DIR", None)
        if isinstance(given, (str, os.PathLike)) and os.fspath(given):
            return Path(os.fspath(given))
        if given is not None:
            text = f"{shown(given)} is not a path"
            self._problem("E014", "STATUS_RUNTIME_DIR", text, "Write a folder that only this site's user may enter")
        module = os.environ.get("DJANGO_SETTINGS_MODULE", "") or settings.SETTINGS_MODULE or ""
        return Path(tempfile.gettempdir()) / f"django-status-{hashlib.sha256(module.encode()).hexdigest()[:16]}"

    def site(self) -> Mapping[str, Any]:
        given = getattr(settings, "STATUS_SITE", {})
        hint = f"Write a mapping of {', '.join(SITE_KEYS)}"
        if not isinstance(given, Mapping):
            self._problem("E015", "STATUS_SITE", f"it is a {type_of(given)}, not a mapping", hint)
            return {}
        for key in given:
            if key not in SITE_KEYS:
                self._problem("E015", "STATUS_SITE", "it is not known", hint, place(key))
        return {key: given[key] for key in given if key in SITE_KEYS}

    def misspelt(self, known: Collection[str]) -> None:
        """A slip in a setting's name would be a wish that is silently not granted."""
        for name in dir(settings):
            if name.startswith("STATUS_") and name.isupper() and name not in known:
                for meant in get_close_matches(name, known, n=1, cutoff=0.85):
                    self._problem("W001", name, "django-status has no such setting", f"Write {meant}")


def type_of(value: object) -> str:
    return type(value).__name__


def shown(value: object) -> str:
    """The value as a problem's text has it: redacted, and cut after that, since a cut can hide what marks a secret."""
    from .core.redaction import redact_text

    try:
        text = redact_text(repr(value))
    except Exception:  # noqa: BLE001 - the project's own object, or an integer of too many digits
        text = f"a {type_of(value)}"
    return text if len(text) <= 80 else f"{text[:79]}…"


def place(key: object) -> str:
    """Where in a mapping a problem is."""
    return f"[{shown(str(key) if isinstance(key, str) else key)}]"
