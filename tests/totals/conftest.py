"""A clock that the test sets, and a folder for a site that counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from status.totals import keeper as keeper_module

NOW = 1_700_000_000.0


class Clock:
    """Seconds since the epoch, as the test says."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What the keepers go by."""
    clock = Clock()
    monkeypatch.setattr(keeper_module, "time", clock)
    return clock


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """What the site's processes share."""
    folder = tmp_path / "site"
    with override_settings(STATUS_RUNTIME_DIR=folder):
        yield folder
