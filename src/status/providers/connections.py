"""Database connections of a check's own: never the request's, never from the site's pool, closed when it is over."""

from __future__ import annotations

import math
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any
from urllib.parse import quote

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from ..core import bounds
from ..core.bounds import remaining_s

DUMMY = "django.db.backends.dummy"
PSYCOPG_LEAST_S = 2  # libpq's own least: less is taken for 2


def aliases() -> tuple[str, ...]:
    """The project's database aliases; none for a project without a database."""
    return tuple(alias for alias in connections if connections.settings[alias]["ENGINE"] != DUMMY)


def own_connection(alias: str = DEFAULT_DB_ALIAS) -> BaseDatabaseWrapper:
    """A closed wrapper for the alias with its settings, less the pool, bounded by what the check has left."""
    settings = connections.settings[alias]
    backend = load_backend(settings["ENGINE"])
    options = {name: value for name, value in settings["OPTIONS"].items() if name != "pool"}
    own = {**settings, "CONN_MAX_AGE": 0, "OPTIONS": options}
    wrapper: BaseDatabaseWrapper = backend.DatabaseWrapper(own, alias)
    bound = _BOUNDS.get(wrapper.vendor)
    if bound is not None:
        bound(own, remaining_s())
    return wrapper


@contextmanager
def own_connections() -> Iterator[None]:
    """Around a check's thread: what it asks `django.db.connections` for is its own.

    These are cut off when the check is overdue, and closed at the end.
    """
    put = []
    running = bounds.current.get()
    try:
        for alias in aliases():
            try:
                connections[alias] = wrapper = own_connection(alias)
            except Exception:  # noqa: BLE001, S112 - told by the check that asks for this alias, and by no other
                continue
            put.append(wrapper)
            if running is not None:
                running.add(partial(_cut, wrapper))
        yield
    finally:
        for wrapper in put:
            _close(wrapper)


@contextmanager
def bounded(alias: str) -> Iterator[BaseDatabaseWrapper]:
    """The alias's connection for a check: its thread's own, its test's when inline, else one for this block alone."""
    if bounds.current.get() is not None:
        yield connections[alias]
        return
    wrapper = own_connection(alias)
    try:
        yield wrapper
    finally:
        _close(wrapper)


def _close(wrapper: BaseDatabaseWrapper) -> None:
    with suppress(Exception):  # a connection that is lost already harms nobody
        wrapper.close()


def _cut(wrapper: BaseDatabaseWrapper) -> None:
    """Make the call that blocks on this connection return."""
    connection: Any = wrapper.connection
    if connection is None:
        return
    if wrapper.vendor == "sqlite":
        connection.interrupt()
        return
    # A duplicate: closing it leaves the driver's own descriptor alone, shutting it down ends both.
    with socket.socket(fileno=os.dup(connection.fileno())) as connected:
        connected.shutdown(socket.SHUT_RDWR)


def _bound_postgresql(settings: dict[str, Any], left_s: float) -> None:
    settings["OPTIONS"].update(
        connect_timeout=max(math.ceil(left_s), PSYCOPG_LEAST_S),
        tcp_user_timeout=math.ceil(left_s * 1000),  # ms
        keepalives=1,
        keepalives_idle=max(math.ceil(left_s), 1),
        keepalives_interval=1,
        keepalives_count=2,
    )


def _bound_mysql(settings: dict[str, Any], left_s: float) -> None:
    whole_s = max(math.ceil(left_s), 1)
    settings["OPTIONS"].update(connect_timeout=whole_s, read_timeout=whole_s, write_timeout=whole_s)


def _bound_sqlite(settings: dict[str, Any], left_s: float) -> None:
    settings["OPTIONS"]["timeout"] = left_s
    settings["NAME"] = _only_existing(str(settings["NAME"]))


def _only_existing(name: str) -> str:
    """The name as a URI that opens a file and does not create it (sqlite.org/uri.html, `mode`)."""
    if name in ("", ":memory:") or "mode=" in name.partition("?")[2]:
        return name
    if name.startswith("file:"):
        return f"{name}{'&' if '?' in name else '?'}mode=rw"
    return f"file:{quote(name)}?mode=rw"


_BOUNDS = {"postgresql": _bound_postgresql, "mysql": _bound_mysql, "sqlite": _bound_sqlite}
