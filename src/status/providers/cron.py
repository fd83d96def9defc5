"""What runs now and then, by the sign of life it leaves."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import time

from django.core.cache import DEFAULT_CACHE_ALIAS, caches
from django.core.cache.backends.memcached import BaseMemcachedCache
from django.utils.module_loading import import_string

from ..core.bounds import is_inline
from ..core.observation import Component
from ..core.states import State
from ..reading import type_of
from . import arguments
from .arguments import Limits
from .caches.instance import fresh
from .extras import naming_extras
from .forms import each

AHEAD_S = 60.0  # clocks differ
MOST_S = 1e12  # from the epoch: what is beyond is no time


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    most_s: float
    warns: Limits
    file: Path | None
    key: str = ""
    cache: str = DEFAULT_CACHE_ALIAS
    """Of the key: it is what there is no file for."""


def _read(
    max_age_s: float,
    *,
    file: str | Path | None = None,
    key: str | None = None,
    cache: str = DEFAULT_CACHE_ALIAS,
    label: str | None = None,
    warn_age_s: float | None = None,
) -> _Wanted:
    if (file is None) == (key is None):
        raise ValueError("cron takes either a file or a key")
    most = arguments.needed("max_age_s", max_age_s)
    warn = arguments.number("warn_age_s", warn_age_s)
    if warn is not None and warn > most:
        raise ValueError(f"warn_age_s ({warn:g}) is above max_age_s ({most:g})")
    own = None if label is None else arguments.text("label", label)
    warns = Limits(warn, None)
    if key is not None:
        alias = arguments.known("cache", cache, tuple(caches), "CACHES")
        key = arguments.text("key", key)
        return _Wanted(own or key, most, warns, None, key, alias)
    if cache != DEFAULT_CACHE_ALIAS:
        raise ValueError("cache is of a key, not of a file")
    path = Path(arguments.path("file", file))
    return _Wanted(own or path.name, most, warns, path)


@each(lambda wanted: [wanted.name], read=_read, names_are_details=True)
def cron(name: str, wanted: _Wanted) -> Component:
    """A job has given its sign of life within `max_age_s`: touched the `file`, or set the `key` of a cache to the time.

    Warns from `warn_age_s` on. Under the key are seconds since the epoch, a datetime, or one as ISO 8601. Costs one
    look at the file, or one get on a connection of its own; nothing is written.
    """
    at = _of_key(wanted.cache, wanted.key) if wanted.file is None else _of_file(wanted.file)
    if at is None:
        detail = "no sign of life: " + ("nothing is under the key" if wanted.file is None else "the file is not there")
        return Component(State.FAIL, detail=detail)
    age_s = time() - at
    if age_s < -AHEAD_S:
        return Component(State.WARN, round(age_s, 1), "s", f"its last sign of life is dated {-age_s:,.0f} s ahead")
    age_s = max(age_s, 0.0)
    state = State.FAIL if age_s > wanted.most_s else wanted.warns.judge(age_s)
    return Component(state, round(age_s, 1), "s", f"last sign of life {age_s:,.0f} s ago")


def _of_file(file: Path) -> float | None:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return None


def _of_key(alias: str, key: str) -> float | None:
    if is_inline():
        return _moment(caches[alias].get(key))
    settings = caches.settings[alias]
    with naming_extras():
        backend = import_string(settings["BACKEND"])
        location = settings.get("LOCATION", "")
        if isinstance(location, (list, tuple)) and not issubclass(backend, BaseMemcachedCache):
            location = location[0]  # the leader: a replica may lag behind
        with fresh(backend, settings, location) as cache:
            return _moment(cache.get(key))


def _moment(value: object) -> float | None:
    """Seconds since the epoch; None for none."""
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    if isinstance(value, str):
        value = _read_text(value)
    if isinstance(value, datetime):
        return value.timestamp()
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if not -MOST_S < value < MOST_S:  # NaN isn't either
            raise ValueError("what is under the key is no time")
        return value
    raise ValueError(f"what is under the key is no time, but a {type_of(value)}")


def _read_text(text: str) -> float | datetime:
    with suppress(ValueError):
        return float(text)
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))  # Python 3.10 knows no Z
    except ValueError:
        raise ValueError("what is under the key is no time") from None
