"""Take this host's processes of the site out of traffic for a while, and back.

It needs neither the database nor working providers: who drains may have reasons.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from django.conf import ENVIRONMENT_VARIABLE

from .. import conf
from ..runtime import drain as drains
from ..runtime.folder import Unusable, user
from ..runtime.processes import Process, alive
from .problem import CommandProblem


class DrainProblem(CommandProblem):
    """Nothing has been done; its text says why in its first line, and then where to look."""


class Writable(Protocol):
    """A text stream, or what Django wraps one in."""

    def write(self, text: str, /) -> object: ...


def drain(for_s: float, *, undrain: str, out: Writable) -> None:
    """Have readiness probes answer 503 for so long, and say which processes that concerns; `undrain` ends it.

    When it returns they all do: what stops the server next needs to wait for the load balancer alone.
    DrainProblem when no process reads the folder, since then nobody would answer otherwise than before.
    """
    folder = conf.current().runtime_dir
    try:
        processes = alive(folder)
        if not processes:
            raise DrainProblem(f"no process of this site reads {folder}{_hints()}")
        until = drains.begin(folder, for_s)
    except Unusable as problem:
        raise DrainProblem(f"{problem}{_hints()}") from problem
    time.sleep(drains.LOOK_EVERY_S)
    _write(out, _told(folder, processes, until, undrain))


def undrain(*, out: Writable) -> None:
    """End the drain, and say so when every process has seen it. DrainProblem when the folder can't be used."""
    folder = conf.current().runtime_dir
    try:
        ended = drains.end(folder)
    except Unusable as problem:
        raise DrainProblem(f"{problem}{_hints()}") from problem
    if ended:
        time.sleep(drains.LOOK_EVERY_S)
        _write(out, f"No longer draining: readiness probes answer by their checks again.\nFolder: {folder}\n")
    else:
        _write(out, f"It was not draining.\nFolder: {folder}\n")


def _told(folder: Path, processes: Sequence[Process], until: float, undrain: str) -> str:
    rows = [(str(each.pid), each.serves, f"since {_moment(each.since)}") for each in processes]
    pid_width, serves_width = (max(len(row[at]) for row in rows) for at in (0, 1))
    lines = [
        f"Draining until {_moment(until)}: readiness probes answer 503.",
        f"Folder: {folder}",
        "Processes that read it:",
        *(f"  {pid:>{pid_width}}  {serves:<{serves_width}}  {since}" for pid, serves, since in rows),
        f"To end it: {undrain}",
    ]
    return "\n".join(lines) + "\n"


def _hints() -> str:
    settings = os.environ.get(ENVIRONMENT_VARIABLE) or "none named"
    runs_as = f" (here: {user(os.geteuid())})" if hasattr(os, "geteuid") else ""
    return f"""
  - Is the server running, and are probes let in? Only a process that answers them reads the folder: where they are
    among the URLs, from the first one on that it was asked.
  - Does it run with these settings (here: {settings})? Others have another folder, unless STATUS_RUNTIME_DIR names it.
  - Does it run as this user{runs_as}? The folder belongs to the user that the server runs as.
  - Does it see this folder? A container, and systemd's PrivateTmp=, have a temporary directory of their own:
    run this inside, or set STATUS_RUNTIME_DIR to a folder that both see."""


def _moment(epoch_s: float) -> str:
    # Not the local time: Django's is that of TIME_ZONE, the shell's may be another.
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(epoch_s))


def _write(out: Writable, text: str) -> None:
    try:
        out.write(text)
    except UnicodeEncodeError:
        out.write(text.encode("ascii", "backslashreplace").decode("ascii"))
