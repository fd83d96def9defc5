"""The distributions that this process can import, with their versions."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import Distribution

_NAME, _VERSION = (re.compile(rf"^{field}:[ \t]*(\S+)", re.MULTILINE | re.IGNORECASE) for field in ("Name", "Version"))


def versions() -> dict[str, str]:
    """Name → version, as each distribution writes them, sorted; of two of one name the one that is imported."""
    return _versions(tuple((path, _changed(path)) for path in sys.path))


def normal(name: str) -> str:
    """The name as names are compared (packaging.python.org, "Name normalization")."""
    return re.sub(r"[-_.]+", "-", name).lower()


@lru_cache(maxsize=2)
def _versions(folders: Sequence[tuple[str, int]]) -> dict[str, str]:
    """Kept while no folder has changed, as an installation changes it."""
    from importlib import metadata

    found: dict[str, tuple[str, str]] = {}
    for distribution in metadata.distributions():
        name, version = _identity(distribution)
        if name and version:
            found.setdefault(normal(name), (name, version))
    return dict(found[key] for key in sorted(found))


def _identity(distribution: Distribution) -> tuple[str, str]:
    """Its name and version; the e-mail parser, which reads the whole of its description, takes ten times as long."""
    with suppress(OSError, ValueError):
        text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
        headers = re.split(r"\r?\n\r?\n", text, maxsplit=1)[0]
        name, version = _NAME.search(headers), _VERSION.search(headers)
        if name and version:
            return name[1], version[1]
    return "", ""


def _changed(path: str) -> int:
    with suppress(OSError):
        return os.stat(path or ".").st_mtime_ns  # noqa: PTH116 - paths of zip files and of nothing, too
    return 0
