"""Lock files: of uv, Poetry, PDM and Pipenv, and the common one of PEP 751."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .asked import Asked, Listing, Unreadable
from .uv import required_by

MAX_BYTES = 16 * 1024 * 1024

_FILES = tuple(f"{{{space}{key} =" for space in ("", " ") for key in ("url", "file", "name", "path"))


def read(path: Path) -> Listing:
    """What the lock file holds for this environment; Unreadable, saying why, where it does not tell."""
    reader = _READERS["pylock.toml" if path.name.startswith("pylock.") else path.name]
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Unreadable(f"{path.name} is larger than {MAX_BYTES // 1024**2} MiB")
        text = path.read_text(encoding="utf-8")
        lock = json.loads(text) if path.name == "Pipfile.lock" else _toml(text)
        asked = tuple(reader(lock))
    except OSError as error:
        raise Unreadable(f"{path.name} can't be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unreadable(f"{path.name} is malformed: {type(error).__name__}") from error
    return Listing(asked)


def _toml(text: str) -> Any:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads("\n".join(line for line in text.split("\n") if not _is_file(line)))


def _is_file(line: str) -> bool:
    """Whether it is an entry of a file with its hash, as these tools write them, one a line.

    They are nine tenths of a lock file, nobody here asks for them, and TOML's reader in pure Python takes its time.
    """
    entry = line.strip()
    return entry.startswith(_FILES) and (" hash = " in entry or " hashes = " in entry) and entry.endswith(("},", "}"))


def _packages(lock: Mapping[str, Any], table: str = "package") -> Iterator[Mapping[str, Any]]:
    """Those with a version: others are folders, or are built by what is there."""
    return (package for package in lock.get(table, ()) if isinstance(package.get("version"), str))


def _uv(lock: Mapping[str, Any]) -> Iterator[Asked]:
    required = required_by(lock.get("package", ()))
    names = {name for name, _ in required}
    for package in _packages(lock):
        if {"virtual", "editable", "directory"} & set(package.get("source", ())):  # the project itself, or a part of it
            continue
        key = (package["name"], package["version"])
        # Of a package with several versions, one a platform, those that are not this one's say nothing.
        if key in required or package["name"] not in names:
            yield Asked(package["name"], f"=={package['version']}", key in required)


def _poetry(lock: Mapping[str, Any]) -> Iterator[Asked]:
    for package in _packages(lock):
        groups = package.get("groups") or ([package["category"]] if "category" in package else [])
        marker = package.get("markers", "")
        if isinstance(marker, dict):  # by group
            marker = marker.get("main", "")
        if applies(str(marker)):
            required = "main" in groups and not package.get("optional", False)
            yield Asked(package["name"], f"=={package['version']}", required)


def _pdm(lock: Mapping[str, Any]) -> Iterator[Asked]:
    for package in _packages(lock):
        if applies(str(package.get("marker", ""))):
            yield Asked(package["name"], f"=={package['version']}", "default" in package.get("groups", ()))


def _pylock(lock: Mapping[str, Any]) -> Iterator[Asked]:
    groups = frozenset(lock.get("default-groups", ()))
    for package in _packages(lock, "packages"):
        marker = str(package.get("marker", ""))
        wanted = applies(marker, dependency_groups=groups)
        # What is for a group or an extra may be there all the same.
        if wanted or "dependency_groups" in marker or "extras" in marker:
            yield Asked(package["name"], f"=={package['version']}", wanted)


def _pipfile(lock: Mapping[str, Any]) -> Iterator[Asked]:
    for section, required in (("default", True), ("develop", False)):
        for name, entry in lock.get(section, {}).items():
            version = entry.get("version", "")
            if applies(str(entry.get("markers", ""))):
                yield Asked(name, "" if version == "*" else str(version), required)


def applies(marker: str, extra: str = "", dependency_groups: frozenset[str] = frozenset()) -> bool:
    """Whether the marker holds here; False for one that this version of `packaging` can't evaluate."""
    if not marker:
        return True
    from packaging.markers import Marker

    sets = {"extras": frozenset[str](), "dependency_groups": dependency_groups}
    try:
        parsed = Marker(marker)
        if "dependency_groups" in marker or "extras" in marker:
            return bool(parsed.evaluate(sets, context="lock_file"))
        return bool(parsed.evaluate({"extra": extra}))
    except (ValueError, TypeError, KeyError):  # before packaging 25 there are no such sets
        return False


_READERS: dict[str, Callable[[Mapping[str, Any]], Iterator[Asked]]] = {
    "uv.lock": _uv,
    "poetry.lock": _poetry,
    "pdm.lock": _pdm,
    "pylock.toml": _pylock,
    "Pipfile.lock": _pipfile,
}
