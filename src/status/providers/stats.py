"""What code a process runs: the project's repository and version, and the versions under it."""

from __future__ import annotations

import os
import platform
import re
from contextlib import suppress
from pathlib import Path

from .deployed.places import repository_folders

MAX_BYTES = 2 * 1024 * 1024
"""Of a pyproject.toml."""
_LONG_TEXT = re.compile(r'"""(?:\\.|[^\\])*?(?:(""")|\\?\Z)|\'\'\'.*?(?:(\'\'\')|\Z)', re.DOTALL)


def code(path: str | os.PathLike[str] | None = None) -> dict[str, object]:
    """The repository that holds `path` (the project's path if not given), and the versions of project and platform.

    Without a repository the keys that tell of one are absent. One that can't be read has `problem` instead of them, and
    `hint` when the extra that reads it isn't installed. Where the platform's environment, files as `REVISION` or the
    installed distribution tell what was deployed, that is in `deploy`. Sends nothing; reads the repository's files.
    """
    import django
    from django.conf import settings

    from .deployed import deploy

    project = _project_path(path)
    deployed = deploy.facts(project)
    return {
        "debug": settings.DEBUG,
        **_repository(project),
        "version": _version(project),
        "python": platform.python_version(),
        "django": django.get_version(),
        **({"deploy": deployed} if deployed else {}),
    }


def _project_path(path: str | os.PathLike[str] | None) -> Path | None:
    if path is not None:
        return Path(path)
    from .. import conf

    return conf.current().project_path


def _repository(project: Path | None) -> dict[str, object]:
    from .deployed import repository

    if project is None:
        return {}
    try:
        return {**(repository.read(project) or {})}
    except repository.DulwichMissing as missing:
        return {"scm": None, "hint": str(missing)}
    except repository.RepositoryProblem as problem:
        return {"scm": "git", "problem": str(problem)}


def _version(project: Path | None) -> str | None:
    """The project's own version: what its pyproject.toml says, else what was installed from its folder."""
    if project is None:
        return None
    return declared_version(project) or _installed_version(list(repository_folders(project)))


def declared_version(project: Path) -> str | None:
    """What the nearest pyproject.toml says that has a version, from the project's folder up to its repository's top."""
    return next(filter(None, map(_version_beside, repository_folders(project))), None)


def _version_beside(folder: Path) -> str | None:
    # Unreadable or malformed: whoever builds the project is told by the builder, not by a status page.
    with suppress(OSError, ValueError):
        file = folder / "pyproject.toml"
        if file.is_file() and file.stat().st_size <= MAX_BYTES:
            return _version_in(file.read_text(encoding="utf-8"))
    return None


def _version_in(text: str) -> str | None:
    try:
        import tomllib
    except ModuleNotFoundError:
        return _version_in_lines(text)
    project = tomllib.loads(text).get("project")
    version = project.get("version") if isinstance(project, dict) else None
    return version if isinstance(version, str) else None


def _version_in_lines(text: str) -> str | None:
    """The version as it is nearly always written, for Python 3.10, which has no reader of TOML."""
    # What stands in a text of several lines could look like a table or a version. What has no end is none.
    text = _LONG_TEXT.sub(lambda found: '""' if found.lastindex else found[0], text)
    table = ""
    for line in map(str.strip, text.splitlines()):
        if header := re.match(r"\[([^\[\]\"',]+)\]\s*(?:#.*)?$", line):
            table = header[1].strip()
        elif table == "project" and (
            version := re.match(r"""version\s*=\s*(?:"([^"\\]*)"|'([^']*)')\s*(?:#.*)?$""", line)
        ):
            return version[1] or version[2]
    return None


def _installed_version(folders: list[Path]) -> str | None:
    """The version of the distribution that was installed from the nearest of these folders."""
    from importlib import metadata

    sources: dict[Path, str] = {}
    for distribution in metadata.distributions():
        with suppress(OSError, ValueError, KeyError, TypeError):
            sources.setdefault(_source(distribution.read_text("direct_url.json") or ""), distribution.version)
    return next((sources[folder] for folder in folders if folder in sources), None)


def _source(direct_url: str) -> Path:
    """The folder that a distribution was installed from, as PEP 610 has it; ValueError when it wasn't from one."""
    import json
    from urllib.parse import unquote, urlsplit

    url = urlsplit(str(json.loads(direct_url)["url"]))
    if url.scheme != "file":
        raise ValueError(direct_url)
    return Path(os.path.realpath(unquote(url.path)))
