"""The site with its secrets, and all that leaves it besides its answers."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from tests import sites
from tests.leaks import providers
from tests.leaks.asking import name

_IN_MEMORY = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}


@dataclass
class Told:
    """All that has left the site so far, but for its answers."""

    log: io.StringIO
    signals: list[str]
    runtime: Path

    def all(self) -> str:
        return "\n".join([self.log.getvalue(), *self.signals, self.shared()])

    def shared(self) -> str:
        """Names and bytes of the files that the site's processes share."""
        files = [path for path in sorted(self.runtime.rglob("*")) if path.is_file()]
        return "\n".join(f"{path.name}\n{path.read_bytes().decode('latin-1')}" for path in files)


@pytest.fixture
def told(transactional_db: None, databases_allowed: None, tmp_path: Path) -> Iterator[Told]:
    """The site, asked by nobody yet. Its drivers run, also those of databases that the tests' runner knows not of."""
    with telling(tmp_path / "runtime") as told:
        yield told


@contextmanager
def telling(runtime: Path) -> Iterator[Told]:
    """Within it there is the site, which shares that folder with other processes."""
    from status.signals import state_changed  # conftest is loaded before Django is set up

    told = Told(io.StringIO(), [], runtime)

    def note(observation: Any, **kwargs: Any) -> None:
        told.signals.append(json.dumps(asdict(observation), default=str))

    with ExitStack() as stack:
        stack.enter_context(_logging_to(told.log))
        stack.enter_context(sites.databases(**providers.DATABASES, default=_default_database()))
        stack.enter_context(sites.site_caches(**providers.CACHES, default=_IN_MEMORY))
        stack.enter_context(site(STATUS_RUNTIME_DIR=str(runtime)))
        state_changed.connect(note)
        stack.callback(state_changed.disconnect, note)
        yield told


def site(**settings: Any) -> Any:
    """The site's settings, but for its databases and caches."""
    names = [name(entry) for entry in providers.HEALTH]
    usual = {
        "STATUS_PROVIDERS": {"health": providers.HEALTH, "stats": providers.STATS},
        "STATUS_PROBES": {"livez": [], "readyz": [f"health/{name}" for name in names], "all": ["stats"]},
        "STATUS_TTL": 0.5,
        "ROOT_URLCONF": "tests.leaks.urls",
        "DEBUG": False,
    }
    return override_settings(**{**usual, **providers.SETTINGS, **settings})


def _default_database() -> Any:
    from django.db import connections

    return connections.settings["default"]


@contextmanager
def _logging_to(stream: io.StringIO) -> Iterator[None]:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    loggers = [logging.getLogger(), logging.getLogger("status"), logging.getLogger("status.probes")]
    levels = [logger.level for logger in loggers]
    loggers[0].addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        loggers[0].removeHandler(handler)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
