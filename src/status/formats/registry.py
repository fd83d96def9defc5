"""The formats that there are: those shipped, and the project's own from STATUS_FORMATS."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from django.http import HttpResponse

from .. import conf
from ..reading import NotImportable, Problem, imported
from . import health_json, json, openmetrics, table, text, yaml
from .entry import wrong_with
from .format import Format, Showing

logger = logging.getLogger("status")

T = TypeVar("T")

SHIPPED = (json.FORMAT, health_json.FORMAT, openmetrics.FORMAT, text.FORMAT, yaml.FORMAT, table.FORMAT)
DEFAULT = json.FORMAT

_HINT = "Name a status.Format, as shop.formats.CSV"


@dataclass(frozen=True, slots=True, eq=False)
class Formats:
    """By name, the default first; and what was wrong with the setting."""

    by_name: Mapping[str, Format]
    problems: tuple[Problem, ...] = ()

    @property
    def default(self) -> Format:
        """The project's own of that name, where it has one."""
        return self.by_name[DEFAULT.name]

    @property
    def by_media_type(self) -> Mapping[str, Format]:
        """By what `Accept` may ask for, in the order in which wildcards choose; of two for the same the last.

        The default's own media type is the first: a project's own in its place may not say what it is accepted as.
        """
        own = {media_type: each for each in self.by_name.values() for media_type in each.accepted_as}
        return {**dict.fromkeys(DEFAULT.accepted_as, self.default), **own}


@lru_cache(maxsize=1)
def current() -> Formats:
    """The formats of the project; built once, and again after `override_settings`."""
    by_name = {each.name: each for each in SHIPPED}
    problems = []
    for at, given in enumerate(conf.current().formats):
        found = _read(given)
        if isinstance(found, Format):
            by_name[found.name] = found
        else:
            problems.append(Problem("E016", "STATUS_FORMATS", found, _HINT, f"[{at}]"))
    return Formats(by_name, tuple(problems))


def forget() -> None:
    """Build them anew at the next `current()`."""
    current.cache_clear()


def lacking(format: Format) -> str:
    """What it needs that is not installed, in a sentence; empty where it can be written."""
    check = format.check
    return "" if check is None else _asked_of(format, "could not check itself", lambda: _import_error_of(check)) or ""


def render(format: Format, showing: Showing) -> tuple[bytes, Format]:
    """The body, and the format that it is written in: JSON as it is shipped where another could not."""
    if format is DEFAULT:
        return DEFAULT.render(showing), DEFAULT
    body = _asked_of(
        format, f"could not write: {DEFAULT.name} was sent instead", lambda: _bytes(format.render(showing))
    )
    return (DEFAULT.render(showing), DEFAULT) if body is None else (body, format)


def headers(format: Format, showing: Showing) -> Mapping[str, str]:
    """What the format adds to those of every answer; nothing where that can't be sent."""
    tell = format.headers
    if tell is None:
        return {}
    # A response checks what can be sent, so that no name or value brings a header of its own.
    told = _asked_of(format, "could not tell its headers", lambda: HttpResponse(headers=dict(tell(showing))).headers)
    return {name: value for name, value in told.items() if name != "Content-Type"} if told else {}


def _asked_of(format: Format, failing: str, ask: Callable[[], T]) -> T | None:
    """What this gives; None, and an error in the log, where it raises: who asks how the site is gets no 500."""
    try:
        return ask()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the project's own code, which may even call sys.exit
        from ..core.redaction import log_exception  # its patterns take 10 ms to compile, and this is rare

        log_exception(logger, f"the format {format.name} {failing}", error)
        return None


def _import_error_of(check: Callable[[], object]) -> str:
    try:
        check()
    except ImportError as error:
        return str(error)
    return ""


def _bytes(body: object) -> bytes:
    return body if isinstance(body, bytes) else str(body).encode()


def _read(given: object) -> Format | str:
    """The format, or what is wrong with the entry."""
    if isinstance(given, str):
        try:
            given = imported(given)
        except NotImportable as error:
            return str(error)
    wrong = wrong_with(given)
    return given if isinstance(given, Format) and not wrong else wrong
