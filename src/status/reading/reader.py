"""The settings that say what is looked at, how long it may take, and where things are."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from django.conf import settings

from ..core.probe import PROBES
from ..core.states import State
from .problem import Problems, is_list, place, shown, type_of

HTTP_CODES = {State.PASS: 200, State.WARN: 200, State.FAIL: 503}
MIDDLEWARE = "status.middleware.ProbeMiddleware"
SITE_KEYS = ("title", "logo", "links", "release", "id", "description", "version")
MAX_SECONDS = 86_400
"""A day. Whoever waits longer has mistaken the unit, and what waits for a lock can't count for ever."""

_FOREIGN = re.compile(r"\s*([a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)  # a URL with a host, RFC 3986, 3 and 4.2
_UNREACHABLE = re.compile(r"[?#%\x00-\x20\x7f]|//")


class Reader:
    """Reads one setting after the other and tells what is wrong with them."""

    def __init__(self, problems: Problems) -> None:
        self._problem = problems.tell

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
            elif not is_list(listed):
                text = f"its entries are a {type_of(listed)}, not a list"
                self._problem("E001", "STATUS_PROVIDERS", text, hint, place(resource))
            else:
                entries[resource] = tuple(listed)
        return entries

    def texts(self, setting: str, code: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        given = getattr(settings, setting, default)
        if not is_list(given):
            self._problem(code, setting, f"it is a {type_of(given)}, not a list", 'Write a list of texts, as ["one"]')
            return default
        for at, text in enumerate(given):
            if not isinstance(text, str) or not text:
                # Not its value, which may belong elsewhere and be a secret.
                wrong = "it is empty" if isinstance(text, str) else f"it is a {type_of(text)}, not a text"
                self._problem(code, setting, wrong, "Write a text that is not empty", f"[{at}]")
        return tuple(text for text in given if isinstance(text, str) and text)

    def formats(self) -> tuple[object, ...]:
        given = getattr(settings, "STATUS_FORMATS", ())
        if is_list(given):
            return tuple(given)
        hint = 'List formats or their paths, as ["shop.formats.CSV"]'
        self._problem("E016", "STATUS_FORMATS", f"it is a {type_of(given)}, not a list", hint)
        return ()

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
        # With the default ones: a liveness that is gone, since readiness was given references, restarts everything.
        probes = dict(PROBES)
        for path, references in given.items():
            if not isinstance(path, str) or not path.strip("/"):
                self._problem("E007", "STATUS_PROBES", "a probe's path is a text", hint, place(path))
            elif _UNREACHABLE.search(path):
                text = "no request has such a path"
                self._problem("E007", "STATUS_PROBES", text, "Write it decoded, without query", place(path))
            elif references is None:
                probes.pop(path.strip("/"), None)
            elif not is_list(references):
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

    def project_path(self) -> Path | None:
        given = getattr(settings, "PROJECT_PATH", None) or getattr(settings, "BASE_DIR", None)
        if given is None or isinstance(given, (str, os.PathLike)):
            return None if given is None else Path(os.fspath(given))
        self._problem("E014", "PROJECT_PATH", f"it is a {type_of(given)}, not a path", "Write the project's folder")
        return None

    def runtime_dir(self) -> Path:
        given = getattr(settings, "STATUS_RUNTIME_DIR", None)
        if isinstance(given, (str, os.PathLike)) and os.fspath(given):
            return Path(os.fspath(given)).absolute()  # a server may change its directory
        if given is not None:
            text = f"{shown(given)} is not a path"
            self._problem("E014", "STATUS_RUNTIME_DIR", text, "Write a folder that only this site's user may enter")
        module = os.environ.get("DJANGO_SETTINGS_MODULE", "") or settings.SETTINGS_MODULE or ""
        try:
            temporary = tempfile.gettempdir()
        except FileNotFoundError:  # none that can be written to, which is said when the folder is to be made
            temporary = os.sep
        return Path(temporary, f"django-status-{hashlib.sha256(module.encode()).hexdigest()[:16]}")

    def site(self) -> Mapping[str, Any]:
        given = getattr(settings, "STATUS_SITE", {})
        hint = f"Write a mapping of {', '.join(SITE_KEYS)}"
        if not isinstance(given, Mapping):
            self._problem("E015", "STATUS_SITE", f"it is a {type_of(given)}, not a mapping", hint)
            return {}
        for key in given:
            if key not in SITE_KEYS:
                self._problem("E015", "STATUS_SITE", "it is not known", hint, place(key))
        self._check_logo(str(given.get("logo") or ""))
        return {key: given[key] for key in given if key in SITE_KEYS}

    def _check_logo(self, logo: str) -> None:
        """The pages' policy lets no foreign origin in."""
        if _FOREIGN.match(logo):
            text = "pages load no image from another host, so it will not be shown"
            hint = "Serve it from this site and write its path, or write a data: URL"
            self._problem("W008", "STATUS_SITE", text, hint, place("logo"))

    def middleware(self) -> None:
        """Before ours nothing may stand: what does can redirect a probe, refuse it, or hang with it."""
        stands = [path for path in settings.MIDDLEWARE if isinstance(path, str)]
        if MIDDLEWARE in stands and stands.index(MIDDLEWARE) > 0:
            text = f"{MIDDLEWARE} does not stand first, so that what stands before it touches the probes"
            self._problem("W002", "MIDDLEWARE", text, f"Put it before {shown(stands[0])}")

    def misspelt(self, known: Collection[str]) -> None:
        """A slip in a setting's name would be a wish that is silently not granted."""
        for name in dir(settings):
            if name.startswith("STATUS_") and name.isupper() and name not in known:
                for meant in get_close_matches(name, known, n=1, cutoff=0.85):
                    self._problem("W001", name, "django-status has no such setting", f"Write {meant}")
