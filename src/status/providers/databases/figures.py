"""All that is told of one database, by its vendor."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from django.db.backends.base.base import BaseDatabaseWrapper

from ...core.observation import Json
from . import pool, project
from .asking import Asking

_VENDORS = {
    "postgresql": "postgresql.vendor",
    "mysql": "mysql.vendor",
    "sqlite": "sqlite",
}
"""Where each vendor's `asking` and `figures` are; imported when the first of its databases is looked at."""


def of(connection: BaseDatabaseWrapper) -> dict[str, Json]:
    """The figures of an open connection's database. What can't be told is under `unavailable`, with the reason."""
    ask, figures = _vendor(connection)
    told: dict[str, Json] = {}
    with ask.reading():
        told |= figures(ask)
        told |= project.figures(ask)
    told |= pool.figures(ask)
    if ask.unavailable:
        told["unavailable"] = ask.unavailable
    return told


def _vendor(connection: BaseDatabaseWrapper) -> tuple[Asking, Callable[[Asking], dict[str, Json]]]:
    name = _VENDORS.get(connection.vendor)
    if name is None:
        return Asking(connection), lambda ask: {}
    module = import_module(f".{name}", __package__)
    return module.asking(connection), module.figures
