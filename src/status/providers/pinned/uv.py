"""Which packages of a uv.lock the project itself needs, and not its groups for development alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Key = tuple[str, str]
"""Name and version."""


def required_by(packages: Iterable[Mapping[str, Any]]) -> set[Key]:
    """Name and version of all that the project depends on here, by whatever way."""
    from .locks import applies

    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for package in packages:
        by_name.setdefault(str(package.get("name")), []).append(package)
    waiting = [
        (package, "")
        for listed in by_name.values()
        for package in listed
        if {"virtual", "editable"} & set(package.get("source", ()))
    ]
    reached: set[tuple[Key, str]] = set()
    while waiting:
        package, extra = waiting.pop()
        key = (str(package.get("name")), str(package.get("version", "")))
        if (key, extra) in reached:
            continue
        reached.add((key, extra))
        dependencies = (
            package.get("optional-dependencies", {}).get(extra, ()) if extra else package.get("dependencies", ())
        )
        for needed in dependencies:
            if not applies(str(needed.get("marker", ""))):
                continue
            for found in by_name.get(str(needed.get("name")), ()):
                if needed.get("version") in (None, found.get("version")):
                    waiting += [(found, each) for each in ("", *needed.get("extra", ()))]
    return {key for key, _ in reached}
