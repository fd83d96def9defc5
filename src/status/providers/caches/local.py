"""Caches without a server: in this process's memory, and in files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.cache.backends.base import BaseCache

from ...core.bounds import remaining_s
from ..shares import ratio
from .instance import fresh

MOST_WEIGHED = 50_000
"""Entries in memory whose bytes are added up: 3 ms."""
MOST_FILES = 20_000
"""Files that are looked at; 0.1 s where their folder is in the system's memory."""
WALK = 0.25
"""Of the time left, for looking at files."""


def memory(backend: type[BaseCache], settings: Mapping[str, Any]) -> dict[str, object]:
    """Nothing is asked: the entries are this process's."""
    with fresh(backend, settings, settings.get("LOCATION", "")) as made:
        cache: Any = made
    store = cache._cache
    # Without the cache's lock, which its users wait for: the keys that come and go meanwhile are no matter.
    entries = len(store)
    told: dict[str, object] = {"kind": "memory", "scope": "this process", **_room(entries, settings)}
    with suppress(RuntimeError):  # it grew while it was looked at
        if entries <= MOST_WEIGHED:
            told["used_bytes"] = sum(map(len, list(store.values())))
    return told


def files(backend: type[BaseCache], settings: Mapping[str, Any]) -> dict[str, object]:
    """Reads the cache's folder: names and sizes, no file; where there are too many, not all of them."""
    # No instance of the backend: it would make the folder.
    folder, suffix = Path(settings.get("LOCATION", "")).absolute(), getattr(backend, "cache_suffix", ".djcache")
    entries, used_bytes, deadline = 0, 0, monotonic() + remaining_s() * WALK
    is_whole = True
    try:
        with os.scandir(folder) as found:
            for file in islice(found, MOST_FILES):
                if file.name.endswith(suffix):
                    entries += 1
                    with suppress(FileNotFoundError):  # it expired just now
                        used_bytes += file.stat(follow_symlinks=False).st_size
                if monotonic() > deadline:
                    is_whole = False
                    break
            is_whole = is_whole and next(found, None) is None
    except FileNotFoundError:  # the first entry makes it
        pass
    except PermissionError as error:
        reason = f"needs the right to read the cache's folder: {error.strerror}"
        return {"kind": "files", "limit": limit(settings), "unavailable": {"entries": reason}}
    return {"kind": "files", **_room(entries, settings), "used_bytes": used_bytes, "counted_all": is_whole}


def limit(settings: Mapping[str, Any]) -> int:
    """How many entries it keeps, as Django reads it."""
    options = settings.get("OPTIONS") or {}
    given = settings.get("max_entries", options.get("MAX_ENTRIES", 300))
    try:
        return int(given)
    except (ValueError, TypeError):
        return 300


def _room(entries: int, settings: Mapping[str, Any]) -> dict[str, object]:
    most = limit(settings)
    return {"entries": entries, "limit": most, "used_ratio": ratio(entries, most)}
