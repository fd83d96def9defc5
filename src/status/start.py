"""What happens once at start, and again when a test overrides a setting."""

from __future__ import annotations

import logging

from django.urls import clear_url_caches

from . import conf, routes
from .formats import registry as formats
from .providers import registry

logger = logging.getLogger("status")


def resolve() -> None:
    """Build the registry and log its problems: gunicorn and uvicorn run no system checks. Never raises."""
    try:
        for problem in (*registry.current().problems, *formats.current().problems, *conf.current().weaknesses):
            logger.log(logging.WARNING if problem.is_warning else logging.ERROR, "%s", problem)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a site must start, whatever a project's module does
        from .core.redaction import describe_traceback

        logger.error("the settings of django-status could not be read\n%s", describe_traceback(error))


def follow_settings(*, setting: str, **kwargs: object) -> None:
    """Begin afresh when a setting has changed that what is observed depends on."""
    if not conf.concerns(setting):
        return
    from .engine import engine  # a start needs neither engine nor probes: they come with the server
    from .probes import table

    conf.forget()
    registry.forget()
    formats.forget()
    table.forget()
    engine().restart()
    routes.rebuild()
    clear_url_caches()
