"""Other databases and caches for a test's site, without touching those of the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.cache import caches
from django.db import connections

from status import start

DEADLINE_S = 0.5
"""Of every check in a test that is `hurried`."""


@contextmanager
def databases(**entries: Mapping[str, Any]) -> Iterator[None]:
    """Within it the site has these databases alone; `default` is one of SQLite in memory where it is not given.

    `override_settings` can't do that: Django's own handler reads DATABASES once.
    """
    memory = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    settings: Any = {"default": memory, **{alias: dict(entry) for alias, entry in entries.items()}}
    settings = connections.configure_settings(settings)
    if "default" not in entries:
        del settings["default"]
    with _instead(connections, settings, "DATABASES"):
        yield


@contextmanager
def site_caches(**entries: Mapping[str, Any]) -> Iterator[None]:
    """Within it the site has these caches alone."""
    with _instead(caches, {alias: dict(entry) for alias, entry in entries.items()}, "CACHES"):
        yield


@contextmanager
def _instead(handler: Any, settings: Mapping[str, Any], named: str) -> Iterator[None]:
    before = handler.settings
    opened = {alias: handler[alias] for alias in before if hasattr(handler._connections, alias)}
    for alias in opened:
        del handler[alias]
    handler.settings = settings
    try:
        start.follow_settings(setting=named)
        yield
    finally:
        for alias in settings:
            if hasattr(handler._connections, alias):
                _close(handler[alias])
                del handler[alias]
        handler.settings = before
        for alias, connection in opened.items():
            handler[alias] = connection
        start.follow_settings(setting=named)


def _close(connection: Any) -> None:
    connection.close()
    raw = getattr(connection, "connection", None)
    if raw is not None:  # Django leaves a database in memory open
        raw.close()
        connection.connection = None


@contextmanager
def celery_project(url: str) -> Iterator[Any]:
    """A project's Celery app: current in the thread that loaded it, and in no other."""
    import celery._state  # its import takes its time
    import kombu.pools
    from celery import Celery

    # Celery's fix-up for Django would make the first of them the default of all threads, for good.
    app = Celery("site", broker=url, fixups=[])
    try:
        yield app
    finally:
        kombu.pools.reset()  # a test's inspect may have filled them, and close() does not empty them
        app.close()
        celery._state._tls.current_app = None  # type: ignore[attr-defined]
