"""The virtual environment of the comparison with the peers: its own, kept from run to run, never the project's."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import venv
from importlib.metadata import version
from pathlib import Path

from children import HERE

REQUIREMENTS = HERE / "peer_site" / "requirements.txt"
SHOWN = ("Django", "django-health-check", "django-watchman", "django-alive", "gunicorn", "uvicorn", "uvloop", "psycopg")


def folder() -> Path:
    """Below the user's cache folder, one a version of Python."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "django-status-benchmarks" / platform.python_version()


def python(fresh: bool = False) -> Path:
    """Its interpreter. Made at the first call and when what is to be in it has changed; `fresh` makes it anew.

    With the very Django of the calling environment. CalledProcessError when something can't be installed.
    """
    home = folder()
    if fresh:
        shutil.rmtree(home, ignore_errors=True)
    wanted = f"{REQUIREMENTS.read_text()}Django=={version('Django')}\n"
    stamp, interpreter = home / "installed.txt", home / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing the peers into {home}", flush=True)
        venv.create(home, with_pip=True, clear=True)
        packages = wanted.splitlines()
        subprocess.run([interpreter, "-m", "pip", "install", "--quiet", *packages], check=True)
        stamp.write_text(wanted)
    return interpreter


def versions(interpreter: Path) -> str:
    """What is compared, in a line."""
    script = f"from importlib.metadata import version; print(*(n + ' ' + version(n) for n in {SHOWN!r}), sep=', ')"
    done = subprocess.run([interpreter, "-c", script], check=True, stdout=subprocess.PIPE, text=True)
    return f"Python {platform.python_version()}, {done.stdout.strip()}"
