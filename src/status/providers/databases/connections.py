"""Database connections of a check's own: never the request's, never from the site's pool, closed when it is over."""

from __future__ import annotations

import math
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from ...core import bounds
from ...core.bounds import remaining_s
from ...core.threads import start_daemon

DUMMY = "django.db.backends.dummy"
CANCEL_S = 1.0
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
        bound(wrapper, remaining_s())
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
            cut = partial(_cut, wrapper)
            put.append((wrapper, cut))
            if running is not None:
                running.add(cut)
        yield
    finally:
        for wrapper, cut in put:
            if running is not None:  # first: a descriptor that is closed may be the site's the next moment
                running.remove(cut)
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
        if wrapper.connection is not None:  # Django leaves a database in memory open: it would be lost, as this one is
            wrapper.connection.close()


def _cut(wrapper: BaseDatabaseWrapper) -> bool:
    """Make the call that blocks on this connection return, and the server give up what it does for it.

    False when there was nothing to cut, and may be later.
    """
    connection: Any = wrapper.connection
    if connection is None:  # not connected yet
        return False
    if wrapper.vendor == "sqlite":
        connection.interrupt()  # the statement that runs now, if any: it does not say
        return False
    # A duplicate: closing it leaves the driver's own descriptor alone, shutting it down ends both.
    connected = socket.socket(fileno=os.dup(connection.fileno()))
    if wrapper.vendor == "postgresql" and _can_cancel():
        with suppress(RuntimeError):  # no more threads to be had
            start_daemon(partial(_cancel, connection.cancel_safe, connected), "status-cancel")  # it waits: done aside
            return True
    _shut_down(connected)
    return True


def _can_cancel() -> bool:
    """Whether psycopg can ask PostgreSQL to stop without holding the GIL meanwhile: from libpq 17 on.

    Where it can't, a slow query is left to the server, which notices that its client has gone only when it is done,
    unless its `client_connection_check_interval` is set. That is for its administrator to set: as an option of the
    connection a transaction pooler refuses it, and as a setting of the session it would be the pooler's next client's.
    """
    try:
        from psycopg import capabilities
    except ImportError:  # before psycopg 3.2, or psycopg2
        return False
    return capabilities.has_cancel_safe()


def _cancel(cancel: Callable[..., object], connected: socket.socket) -> None:
    """PostgreSQL does not notice a client that has gone before its query is done: slow ones would pile up there."""
    try:
        cancel(timeout=CANCEL_S)
    except Exception:  # noqa: BLE001, S110 - it may be the server that hangs
        pass
    finally:
        _shut_down(connected)


def _shut_down(connected: socket.socket) -> None:
    with connected, suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _bound_postgresql(wrapper: BaseDatabaseWrapper, left_s: float) -> None:
    wrapper.settings_dict["OPTIONS"].update(
        connect_timeout=max(math.ceil(left_s), PSYCOPG_LEAST_S),
        tcp_user_timeout=math.ceil(left_s * 1000),  # ms
        keepalives=1,
        keepalives_idle=max(math.ceil(left_s), 1),
        keepalives_interval=1,
        keepalives_count=2,
    )


def _bound_mysql(wrapper: BaseDatabaseWrapper, left_s: float) -> None:
    whole_s = max(math.ceil(left_s), 1)
    wrapper.settings_dict["OPTIONS"].update(connect_timeout=whole_s, read_timeout=whole_s, write_timeout=whole_s)
    initialise = wrapper.init_connection_state

    def initialise_bounded() -> None:
        initialise()
        with wrapper.cursor() as cursor:
            # Each server reads its own part (mariadb.com/kb/en/comment-syntax): seconds here, milliseconds there.
            cursor.execute(
                f"SET /*M!100101 SESSION max_statement_time = {left_s:.3f} */"
                f" /*!50708 SESSION max_execution_time = {math.ceil(left_s * 1000)} */"
            )

    wrapper.init_connection_state = initialise_bounded  # type: ignore[method-assign]


def _bound_sqlite(wrapper: BaseDatabaseWrapper, left_s: float) -> None:
    wrapper.settings_dict["OPTIONS"]["timeout"] = left_s
    wrapper.settings_dict["NAME"] = _only_existing(str(wrapper.settings_dict["NAME"]))


def _only_existing(name: str) -> str:
    """The name as a URI that opens a file and does not create it (sqlite.org/uri.html, `mode`)."""
    if name in ("", ":memory:"):
        return name
    if not name.startswith("file:"):
        authority = "//" if name.startswith("/") else ""  # else a name with two slashes would have its folder for one
        return f"file:{authority}{quote(os.fsencode(name))}?mode=rw"
    path, _, query = name.partition("#")[0].partition("?")
    options = query.split("&") if query else []
    modes = [option for option in options if unquote(option.partition("=")[0]) == "mode"]
    # What else they may be does not create, or is refused by SQLite to the site, too.
    creating = [mode for mode in modes if unquote(mode.partition("=")[2]) == "rwc"]
    kept = ["mode=rw" if option in creating else option for option in options]
    return f"{path}?{'&'.join(kept if modes else [*kept, 'mode=rw'])}"


_BOUNDS = {"postgresql": _bound_postgresql, "mysql": _bound_mysql, "sqlite": _bound_sqlite}
