"""Running the commands: in this process where that is possible, else in one of their own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from django.core.management import execute_from_command_line

from tests.settings import SQLITE_FILE

ROOT = Path(__file__).parents[2]
PATHS = f"{ROOT / 'src'}{os.pathsep}{ROOT}"
PATIENCE_S = 120.0
"""A process that starts Django on a busy machine."""

MANAGE = (
    "import sys; from django.core.management import execute_from_command_line as run; run(['manage.py', *sys.argv[1:]])"
)
"""What a project's manage.py does."""

Done = subprocess.CompletedProcess[str]


def manage(*arguments: str) -> int:
    """`python manage.py status …` in this process; returns its exit code."""
    try:
        execute_from_command_line(["manage.py", "status", *arguments])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def environment(**variables: str) -> dict[str, str]:
    """Little enough that nothing of the tests' own leaks in."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": PATHS, "STATUS_TESTS_SQLITE_FILE": SQLITE_FILE, **variables}


def run(folder: Path, *command: str, **variables: str) -> Done:
    """Python with these arguments, in this folder."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


def django_status(folder: Path, *arguments: str, **variables: str) -> Done:
    """`django_status …`, in this folder."""
    return run(folder, "-m", "status", *arguments, **variables)


def manage_apart(folder: Path, *arguments: str, **variables: str) -> Done:
    """`python manage.py status …` in a process of its own."""
    return run(folder, "-c", MANAGE, "status", *arguments, **{"DJANGO_SETTINGS_MODULE": "tests.settings", **variables})


def on_a_terminal(folder: Path, *command: str, **variables: str) -> str:
    """What Python with these arguments writes to a terminal."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=folder,
            env=environment(TERM="xterm", **variables),
            stdin=theirs,
            stdout=theirs,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        told = b""
        with suppress(OSError):  # EIO: it has ended
            while more := os.read(ours, 4096):
                told += more
        process.wait(PATIENCE_S)
    finally:
        os.close(ours)
    return told.decode().replace("\r\n", "\n")
