"""Which of a project's files are read, and by which reader."""

# os.path answers False where a Path raises PermissionError, as it does before Python 3.14.
# ruff: noqa: PTH113

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from ..deployed.places import deployed_folders
from . import locks, requirements
from .asked import Listing, Unreadable

LOCKS = ("pylock.toml", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock")
"""The first that is there: what is locked is what was to be installed, whatever else asks for it."""
MOST_FILES = 20


def find(project: Path) -> list[Path]:
    """The project's lock file, else its requirements files, from the nearest folder that has any."""
    for folder in deployed_folders(project):
        if found := next((folder / name for name in LOCKS if os.path.isfile(folder / name)), None):
            return [found]
        if listed := sorted(_requirements(folder), key=lambda path: (not _is_main(path), path)):
            return listed[:MOST_FILES]
    return []


def read(path: Path) -> Listing:
    """What the file asks for; read anew when it has changed. Unreadable, saying why, where it does not tell."""
    try:
        stat = path.stat()
    except OSError as error:
        raise Unreadable(f"{path.name} can't be read: {error.strerror}") from error
    if path.name in LOCKS or path.name.startswith("pylock."):
        return _locked(path, stat.st_mtime_ns, stat.st_size)
    return requirements.read(path, required=_is_main(path))  # not kept: it may include others


def check_names(files: Sequence[str]) -> None:
    """ValueError, saying which, for what no reader is for."""
    for name in files:
        base = Path(name).name
        if not (base in LOCKS or base.startswith("pylock.") or base.endswith((".txt", ".in"))):
            raise ValueError(f"no reader for {name!r}: the files are requirements (*.txt), {', '.join(LOCKS)}")


@lru_cache(maxsize=4)
def _locked(path: Path, changed_ns: int, size: int) -> Listing:
    return locks.read(path)


def _requirements(folder: Path) -> Iterator[Path]:
    for pattern in ("requirements*.txt", "requirements/*.txt"):
        yield from (path for path in folder.glob(pattern) if os.path.isfile(path))


def _is_main(path: Path) -> bool:
    """Whether all of it has to be there: those for tests and development are asked for where they are installed."""
    return path.name == "requirements.txt" or (
        path.parent.name == "requirements" and path.stem in ("base", "common", "main", "production", "prod")
    )
