"""Requirements files, as pip reads them (pip.pypa.io, "Requirements File Format"). No option's value is ever told."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from .asked import Asked, Listing, Unreadable

MAX_BYTES = 2 * 1024 * 1024
MOST_FILES = 50

_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$")  # without the blanks before it: to search for these takes their square
_OPTION = re.compile(r"\s--?[a-zA-Z][\w-]*(?:[= ].*)?$")
_INCLUDED = re.compile(r"(-r|--requirement|-c|--constraint)(?:\s*=\s*|\s+|(?<=-[rc]))(.+)")
_VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")


def read(path: Path, *, required: bool) -> Listing:
    """All that the file and those it includes ask for; constraints are asked for where they are installed."""
    asked: list[Asked] = []
    skipped = 0
    for line, is_required in _lines(path, required, set()):
        found = _requirement(line)
        if isinstance(found, bool):
            skipped += not found
        else:
            asked.append(Asked(*found, required=is_required))
    return Listing(tuple(asked), skipped)


def _lines(path: Path, required: bool, seen: set[Path]) -> Iterator[tuple[str, bool]]:
    real = Path(os.path.realpath(path))
    if real in seen or len(seen) >= MOST_FILES:
        return
    seen.add(real)
    for line in _logical(_text(real)):
        if included := _INCLUDED.fullmatch(line):
            name = included[2].strip().strip("\"'")
            if "://" not in name:  # nothing is fetched
                yield from _lines(real.parent / name, required and included[1] in ("-r", "--requirement"), seen)
        elif not line.startswith("-"):
            yield line, required
        elif line.startswith(("-e", "--editable")):
            yield line.partition(" ")[2].strip(), required


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Unreadable(f"{path.name} is larger than {MAX_BYTES // 1024**2} MiB")
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise Unreadable(f"{path.name} can't be read: {error.strerror}") from error


def _logical(text: str) -> Iterator[str]:
    """Lines without comments; one that ends with a backslash goes on, and a comment ends it."""
    parts: list[str] = []
    for line in text.splitlines():
        goes_on = line.endswith("\\") and not line.lstrip().startswith("#")
        parts.append(line[:-1] if goes_on else line)
        if goes_on:
            continue
        whole = _COMMENT.sub("", "".join(parts)).strip()
        parts = []
        if whole:
            yield whole
    if whole := _COMMENT.sub("", "".join(parts)).strip():
        yield whole


def _requirement(line: str) -> tuple[str, str] | bool:
    """Name and specifier; True where the marker excludes it here, False where it is no name with versions."""
    from packaging.markers import UndefinedEnvironmentName
    from packaging.requirements import InvalidRequirement, Requirement

    text = _OPTION.sub("", _VARIABLE.sub("variable", line)) if " --" in line or " -" in line else line
    try:
        requirement = Requirement(_VARIABLE.sub("variable", text).strip())
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    except (InvalidRequirement, UndefinedEnvironmentName):
        named = re.search(r"[#&]egg=([A-Za-z0-9][\w.-]*)", line)  # of a URL, before there were names in front of them
        return (named[1], "") if named else False
    return (requirement.name, str(requirement.specifier)) if applies else True
