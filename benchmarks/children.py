"""Python processes started for one measurement."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import status

HERE = Path(__file__).resolve().parent
PYTHON = sys.executable


def environment(*folders: Path, **variables: str) -> dict[str, str]:
    """This process's environment, with this very django-status and these folders to import from."""
    paths = [str(Path(status.__file__).resolve().parents[1]), *map(str, folders)]
    # Settings of ours that happen to be set must not be measured.
    kept = {name: text for name, text in os.environ.items() if not name.startswith("DJANGO_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), **variables}
