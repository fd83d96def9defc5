"""The project's Celery application, found from any thread."""

from __future__ import annotations

from typing import Any

from ..extras import missing


def project_app() -> Any:
    """The thread's current app, else the default, else the one that the project has made.

    Celery keeps the current app per thread, and its fix-up for Django makes the project's the default only if nothing
    asked for one before. In a check's thread `current_app` alone could be a stand-in with a broker on localhost.
    """
    try:
        from celery import _state, current_app  # imported when used
    except ImportError as error:
        raise missing("celery", error) from error
    state: Any = _state  # the stubs leave out what is needed of it
    here = state._tls.current_app or state.default_app
    if here is not None and not _is_fallback(here):
        return here
    apps = [app for app in state._get_active_apps() if app.set_as_current]
    if len({str(app.conf.broker_write_url) for app in apps}) > 1:
        names = ", ".join(sorted(str(app.main) for app in apps))
        raise LookupError(f"there are several Celery apps ({names}): call set_default() of the one to be checked")
    return apps[0] if apps else current_app


def _is_fallback(app: Any) -> bool:
    """Whether Celery made it itself, as there was no other where it was first asked for."""
    return app.main == "default" and not app.set_as_current
