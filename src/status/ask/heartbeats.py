"""Asking Celery's workers and beat by their heartbeats."""

from __future__ import annotations

import os
from time import time

from .outcome import Misuse, NotWell, one_line, write

FOLDERS = "django-status-"
"""How the names of the default folders begin."""


def ask_heartbeats(kind: str, given: str | None, name: str | None) -> None:
    from ..runtime.folder import Unusable
    from ..runtime.heartbeat import file_of, read

    try:
        folder = _with_heartbeats(kind) if given is None else given
        beats = read(folder, kind)
    except Unusable as problem:
        raise NotWell(str(problem)) from None
    if name is not None and name not in beats:
        others = f"; there is {', '.join(beats)}" if beats else ""
        raise NotWell(f"{name}: has no heartbeat in {folder}{others}")
    if not beats:
        raise NotWell(f"{kind}: has no heartbeat in {folder}")
    now = time()
    asked = beats if name is None else {name: beats[name]}
    dead = [
        f"{each}: its heartbeat ran out {now - until:.0f} s ago: it is blocked, or was killed; "
        f"if it is gone for good, remove {file_of(folder, kind, each)}"
        for each, until in asked.items()
        if until <= now
    ]
    write(1, "".join(f"{one_line(each)}: alive\n" for each, until in asked.items() if until > now))
    if dead:
        raise NotWell("; ".join(dead))


def _with_heartbeats(kind: str) -> str:
    """The one default folder that has any of this kind."""
    from ..runtime.folder import Unusable
    from ..runtime.heartbeat import read

    temporary = _temporary_directory()
    found, problems = [], []
    try:
        names = sorted(os.listdir(temporary))  # noqa: PTH208 - pathlib takes its time
    except OSError as error:
        raise NotWell(f"{temporary}: can't be read: {error.strerror}; name the folder with --dir") from None
    for name in names:
        if name.startswith(FOLDERS):
            try:
                if read(folder := f"{temporary}/{name}", kind):
                    found.append(folder)
            except Unusable as problem:
                problems.append(f"; {problem}")
    if len(found) > 1:
        raise Misuse(f"there are several sites with heartbeats, say which by --dir: {', '.join(found)}")
    if not found:
        raise NotWell(
            f"{kind}: has no heartbeat in {temporary}/{FOLDERS}*; another STATUS_RUNTIME_DIR is named with --dir"
            + "".join(problems)
        )
    return found[0]


def _temporary_directory() -> str:
    """As `tempfile.gettempdir` finds it, whose import takes longer than all the rest."""
    given = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")]
    for folder in (*given, "/tmp", "/var/tmp", "/usr/tmp"):  # noqa: S108 - where others look, too
        if folder and os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK):  # noqa: PTH112
            return os.path.abspath(folder)  # noqa: PTH100
    return os.getcwd()  # noqa: PTH109
