"""What a probe may tell: without session, and without asking the project's code, which may hang."""

from __future__ import annotations

from collections.abc import Mapping

from .. import conf
from .caller import Caller, is_trusted
from .sight import Sight, of_strangers


def shows_names(caller: Caller, resource: str) -> bool:
    """Whether a probe may tell this caller the references of the resource."""
    return _shows(caller, resource, Sight.STATES)


def shows_details(caller: Caller, resource: str) -> bool:
    """Whether it may also tell those names of components that are details."""
    return _shows(caller, resource, Sight.DETAILS)


def _shows(caller: Caller, resource: str, wanted: Sight) -> bool:
    """Whether everyone may see as much, or this caller may see all. A project's own callable is not asked."""
    settings = conf.current()
    if settings.debug:
        return True
    if not isinstance(settings.access, Mapping):
        return False
    return of_strangers(settings.access, resource) >= wanted or is_trusted(caller)
