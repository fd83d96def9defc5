from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runtime.serving import StartServing, start_serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def serving() -> Iterator[StartServing]:
    """A function that starts a process of the site: `serving(folder, "uvicorn")`."""
    with start_serving() as start:
        yield start


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A runtime directory as the site makes it."""
    path = tmp_path / "run"
    path.mkdir(0o700)
    return path
