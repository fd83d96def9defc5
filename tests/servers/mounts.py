"""Programs that see files and disks of their own: in a mount namespace, gone with its last process."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.process import find_program

if TYPE_CHECKING:
    import psutil


def own(*mounts: str) -> list[str]:
    """The beginning of a command line: the rest of it runs with these mounts, each given as `mount` takes it."""
    script = " && ".join([*(f"mount {each}" for each in mounts), 'exec "$@"'])
    return [*_unshare(), "sh", "-c", script, "sh"]


def seen_by(process: psutil.Process, path: Path) -> Path:
    """What `path` is to that process, for us to read and write."""
    return Path(f"/proc/{process.pid}/root") / path.relative_to("/")


@cache
def missing() -> str | None:
    """Why this machine lets us make no mounts, in a line; None when it does."""
    if not find_program("unshare"):
        return "unshare is not installed (apt-get install util-linux)"
    tried = subprocess.run([*own("-t tmpfs tmpfs /mnt"), "true"], capture_output=True, text=True, check=False)
    return f"no mount namespace to be had here: {tried.stderr.strip()}" if tried.returncode else None


def _unshare() -> list[str]:
    return ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
