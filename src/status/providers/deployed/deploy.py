"""What was deployed, where no repository tells: by the platform's environment, by files of the build, as installed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from .places import deployed_folders, first_line
from .platforms import PLATFORMS, VARIABLES

if TYPE_CHECKING:
    from importlib.metadata import Distribution

FILES = (
    *("REVISION", "REVISION.txt", ".revision", "COMMIT", ".commit", "GIT_COMMIT", ".git-commit", ".git-revision"),
    *("VERSION", "VERSION.txt", ".version", "RELEASE", ".release", "BUILD"),
)
"""Capistrano and its like write the first, Dockerfiles the others."""
MAX_BYTES = 4096
MAX_TEXT = 200


def facts(project: Path | None) -> dict[str, object]:
    """What is there of `platform`, commit and other facts, `told_by` which variable, `files` and `distribution`."""
    distribution = _distribution(_module(), tuple(sys.path))
    told = {
        **_environment(os.environ),
        "files": _files(project) if project else {},
        "distribution": distribution,
    }
    return {name: value for name, value in told.items() if value}


def _environment(environment: Mapping[str, str]) -> dict[str, object]:
    """Each fact by the first variable that has it: those of platforms stand before those of builds."""
    told: dict[str, str] = {}
    by: dict[str, str] = {}
    for fact, variables in VARIABLES.items():
        for variable in variables:
            if text := _line(environment.get(variable, "")):
                told[fact], by[fact] = text, variable
                break
    platform = next((name for name, marks in PLATFORMS if any(environment.get(mark) for mark in marks)), None)
    return {**({"platform": platform} if platform else {}), **told, **({"told_by": by} if by else {})}


def _line(text: str) -> str:
    return next(iter(text.strip().splitlines()), "")[:MAX_TEXT]


def _files(project: Path) -> dict[str, str]:
    """Name → first line, each from the nearest folder that has it."""
    found: dict[str, str] = {}
    for folder in deployed_folders(project):
        for name in FILES:
            if name not in found and (text := first_line(folder / name, MAX_BYTES)):
                found[name] = text[:MAX_TEXT]
    return found


def _module() -> str:
    """The project's own package, by its settings."""
    from django.conf import settings

    return str(getattr(settings, "SETTINGS_MODULE", "") or "").partition(".")[0]


@lru_cache(maxsize=4)
def _distribution(module: str, path: Sequence[str]) -> dict[str, object]:
    """The distribution that brought this package, and where from. Once a process: it runs what it was started with."""
    from importlib import metadata

    folder = _folder_of(module)
    if folder is None:
        return {}
    beside = list(metadata.distributions(path=[str(folder)]))
    brought = next((each for each in beside if _brings(each, module)), None)
    if brought is None:
        brought = next((each for each in metadata.distributions() if _is_edited_in(each, folder)), None)
    if brought is None:
        return {}
    return {"name": brought.metadata["Name"], "version": brought.version, **_origin(_direct_url(brought))}


def _folder_of(module: str) -> Path | None:
    """The folder that the package was imported from."""
    loaded = sys.modules.get(module)
    places: Iterable[str] = getattr(loaded, "__path__", None) or ()
    file = getattr(loaded, "__file__", None)
    place = next(iter(places), None) or (str(file) if file else None)
    return Path(os.path.realpath(place)).parent if place else None


def _brings(distribution: Distribution, module: str) -> bool:
    with suppress(OSError, ValueError):
        record = distribution.read_text("RECORD") or ""
        return record.startswith((f"{module}/", f"{module}.py,")) or any(
            f"\n{name}" in record for name in (f"{module}/", f"{module}.py,")
        )
    return False


def _is_edited_in(distribution: Distribution, folder: Path) -> bool:
    """Whether it is an editable installation of this folder, or of one above with its packages in `src`."""
    direct = _direct_url(distribution)
    url = urlsplit(str(direct.get("url", "")))
    if url.scheme != "file":
        return False
    from urllib.parse import unquote

    source = Path(os.path.realpath(unquote(url.path)))
    return folder in (source, source / "src")


def _direct_url(distribution: Distribution) -> Mapping[str, Any]:
    """PEP 610: where it was installed from, if not from an index."""
    with suppress(OSError, ValueError):
        read = json.loads(distribution.read_text("direct_url.json") or "{}")
        return read if isinstance(read, dict) else {}
    return {}


def _origin(direct: Mapping[str, Any]) -> dict[str, object]:
    vcs, folder = direct.get("vcs_info"), direct.get("dir_info")
    vcs, folder = (each if isinstance(each, dict) else {} for each in (vcs, folder))
    told = {
        "url": _without_login(str(direct.get("url", ""))),
        "commit": vcs.get("commit_id"),
        "revision": vcs.get("requested_revision"),
        "editable": folder.get("editable"),
    }
    return {name: value for name, value in told.items() if value}


def _without_login(url: str) -> str:
    """A token may stand where a user does, or in the query."""
    with suppress(ValueError):
        parts = urlsplit(url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return ""
