"""Where a project's own files may lie: its folder, and those above it up to its top."""

# os.path answers False where a Path raises PermissionError, as it does before Python 3.14.
# ruff: noqa: PTH110

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

MARKERS = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "Dockerfile", "Procfile")
"""What stands at a project's top."""
MOST_ABOVE = 2
"""Folders above the project's that are looked at where no repository says where its top is."""


def repository_folders(project: Path) -> Iterator[Path]:
    """The project's folder and those above it, up to the top of its repository; it alone when there is none."""
    from . import repository

    folder = Path(os.path.realpath(project))
    yield folder
    with suppress(repository.RepositoryProblem):
        if place := repository.find(project):
            yield from (above for above in folder.parents if above.is_relative_to(place.folder))


def deployed_folders(project: Path) -> list[Path]:
    """The same, and in an image without a repository up to the first folder that looks like a project's top.

    That is at most two above, and never the file system's root.
    """
    folders = list(repository_folders(project))
    if len(folders) > 1 or _is_top(folders[0]):
        return folders
    for above in islice(folders[0].parents, MOST_ABOVE):
        if above == Path(above.anchor):
            break
        if _is_top(above):
            return [*folders, *(each for each in folders[0].parents if each.is_relative_to(above))]
    return folders


def first_line(path: Path, limit: int) -> str | None:
    """The first line of a small regular file; None where there is none that can be read."""
    with suppress(OSError, ValueError):
        if path.is_file() and path.stat().st_size <= limit:
            return next(iter(path.read_text(encoding="utf-8").strip().splitlines()), "").strip() or None
    return None


def _is_top(folder: Path) -> bool:
    return any(os.path.exists(folder / name) for name in (*MARKERS, ".git"))
