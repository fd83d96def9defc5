"""Installed distributions, and which of them are behind what the project's own files ask for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import installed

if TYPE_CHECKING:
    from .pinned import Asked

MOST_LISTED = 2000
MOST = 50
"""Of those that are behind, ahead or missing."""


def packages(path: str | os.PathLike[str] | None = None, files: Sequence[str] | None = None) -> dict[str, object]:
    """Each installed distribution with its version, and those behind, ahead of or missing against what is asked for.

    What is asked for is what the lock file says, else the requirements files, of the project's folder (or `path`) or of
    the nearest above it up to its repository's top; or what `files` say, by paths from that folder. Sends nothing;
    reads the distributions' metadata and these files, anew when they have changed. To compare it needs packaging (the
    extra `packages`), and tomli on Python 3.10.
    """
    versions = installed.versions()
    told: dict[str, object] = {"count": len(versions)}
    try:
        told |= _compared(_project(path), _checked(files), versions)
    except ImportError as error:
        from .extras import missing

        line = missing("packages", error)
        told["unavailable"] = {"comparison": f"needs {line.name}: {line}"}
    # In records: under its name a version of "tokens" would be taken for a secret.
    told["installed"] = [{"name": name, "version": version} for name, version in [*versions.items()][:MOST_LISTED]]
    return told


def _project(path: str | os.PathLike[str] | None) -> Path | None:
    if path is not None:
        return Path(path)
    from .. import conf

    return conf.current().project_path


def _checked(files: Sequence[str] | None) -> Sequence[str] | None:
    if files is None:
        return None
    from .pinned.found import check_names

    if isinstance(files, str) or not all(isinstance(file, (str, os.PathLike)) for file in files):
        raise ValueError(f"files is a list of paths, not {files!r}")
    check_names([os.fspath(file) for file in files])
    return files


def _compared(project: Path | None, files: Sequence[str] | None, versions: Mapping[str, str]) -> dict[str, object]:
    import packaging.version  # noqa: F401 - what is missing is told once, and before any file is read

    from . import pinned

    if project is None:
        return {"files": []}
    paths = pinned.find(project) if files is None else [project / file for file in files]
    told: list[dict[str, object]] = []
    judged: dict[str, dict[str, dict[str, object]]] = {"behind": {}, "ahead": {}, "missing": {}}
    unavailable: dict[str, str] = {}
    known = {installed.normal(name): version for name, version in versions.items()}
    for path in paths:
        name = os.path.relpath(path, project)
        try:
            listing = pinned.read(path)
        except pinned.Unreadable as problem:
            unavailable[name] = f"needs a file that can be read: {problem}"
            continue
        told.append({"file": name, "asks_for": len(listing.asked), "skipped": listing.skipped})
        for asked in listing.asked:
            key = installed.normal(asked.name)
            if verdict := _verdict(asked, known.get(key)):
                entry: dict[str, object] = {
                    "name": asked.name,
                    "installed": known.get(key),
                    "asked": asked.specifier,
                    "file": name,
                }
                judged[verdict].setdefault(key, entry)
    counts = {verdict: len(entries) for verdict, entries in judged.items()}
    lists = {verdict: list(entries.values())[:MOST] for verdict, entries in judged.items()}
    return {"files": told, "counts": counts, **lists, **({"unavailable": unavailable} if unavailable else {})}


def _verdict(asked: Asked, version: str | None) -> str | None:
    """None where it is as asked, or can't be compared."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    if version is None:
        return "missing" if asked.required else None
    if asked.specifier == f"=={version}":  # nearly all of a lock file: reading versions takes its time
        return None
    try:
        specifier, found = SpecifierSet(asked.specifier), Version(version)
        if specifier.contains(found, prereleases=True):
            return None
        return "behind" if any(_is_below(found, each) for each in specifier) else "ahead"
    except (InvalidSpecifier, InvalidVersion):
        return None


def _is_below(found: Any, specifier: Any) -> bool:
    """Whether it is less than this part of what is asked for allows at least."""
    from packaging.version import Version

    if specifier.operator not in ("==", "===", ">=", ">", "~=") or specifier.contains(found, prereleases=True):
        return False
    least = Version(specifier.version.removesuffix(".*"))
    return bool(found < least or (specifier.operator == ">" and found == least))
