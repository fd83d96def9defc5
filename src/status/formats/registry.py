"""The formats that there are: those shipped, and the project's own from STATUS_FORMATS."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.module_loading import import_string

from .. import conf
from ..reading import Problem, shown, type_of
from . import health_json, json, openmetrics, table, text, yaml
from .format import Format, Showing

logger = logging.getLogger("status")

SHIPPED = (json.FORMAT, health_json.FORMAT, openmetrics.FORMAT, text.FORMAT, yaml.FORMAT, table.FORMAT)
DEFAULT = json.FORMAT

_HINT = "Name a status.Format, as shop.formats.CSV"


@dataclass(frozen=True, slots=True, eq=False)
class Formats:
    """By name, the default first; and what was wrong with the setting."""

    by_name: Mapping[str, Format]
    problems: tuple[Problem, ...] = ()

    @property
    def by_media_type(self) -> Mapping[str, Format]:
        """By what `Accept` may ask for, in the order in which wildcards choose; of two for the same the last."""
        return {media_type: each for each in self.by_name.values() for media_type in each.accepted_as}


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


def render(format: Format, showing: Showing) -> tuple[bytes, Format]:
    """The body, and the format that it is written in: the default where the project's own could not."""
    try:
        body = format.render(showing)
        return body if isinstance(body, bytes) else str(body).encode(), format
    except Exception as error:
        if format in SHIPPED:
            raise
        from ..core.redaction import log_exception  # its patterns take 10 ms to compile, and this is rare

        log_exception(logger, f"the format {format.name} could not write: {DEFAULT.name} was sent instead", error)
        return DEFAULT.render(showing), DEFAULT


def _read(given: object) -> Format | str:
    """The format, or what is wrong with the entry."""
    if isinstance(given, str):
        try:
            given = import_string(given)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - the project's own module, which may even call sys.exit
            from ..core.redaction import describe

            return describe(error)
    if not isinstance(given, Format):
        return f"it is a {type_of(given)}, not a Format"
    if not given.name or not given.name.isprintable():
        return f"{shown(given.name)} is no name"
    return given
