"""How the host's processes saw it before: read from their common file, and never waited for long."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path
from time import time

from django.utils.translation import pgettext

from .. import conf
from ..core.lane import Unanswered
from ..core.redaction import describe
from ..engine import Asked, engine
from ..recent.story import Reader, Story

PATIENCE_S = 0.5
"""It is read while the checks run; a page may be this late for it. On a disk that hangs it tells of this process alone,
once that is known at once."""


def ask(reference: str = "") -> Asked[Story]:
    """Begin to read, one reference more closely; returns at once."""
    return engine().reading.put(partial(_read, conf.current().runtime_dir, reference), PATIENCE_S)


def told(asked: Asked[Story]) -> Story:
    """What was read, else what this process knows by itself."""
    try:
        return _whole(asked.wait())
    except Exception as error:  # noqa: BLE001 - no file is worth a page
        return _alone(error)


async def atold(asked: Asked[Story]) -> Story:
    """As `told`, without blocking the event loop."""
    try:
        return _whole(await asked.await_())
    except Exception as error:  # noqa: BLE001 - as above
        return _alone(error)


def _read(folder: Path, reference: str) -> Story:
    return _reader(folder).story(time(), reference)


@lru_cache(maxsize=2)
def _reader(folder: Path) -> Reader:
    return Reader(folder)


def _whole(story: Story) -> Story:
    # What can be read and not written to is a story that has come to an end.
    problem = engine().recorder.problem
    return Story(engine().recorder.minutes, problem=problem) if problem else story


def _alone(error: Exception) -> Story:
    problem = pgettext("status", "it could not be read in time") if isinstance(error, Unanswered) else describe(error)
    return Story(engine().recorder.minutes, problem=problem)
