"""System checks: what `manage.py check` says of the settings."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning

from . import conf
from .formats import registry as formats
from .providers import registry
from .reading import Problem


def check_settings(app_configs: Sequence[AppConfig] | None = None, **kwargs: object) -> list[CheckMessage]:
    """Each problem of the settings as Django's error or warning, `status.E…` or `status.W…`."""
    problems = (*registry.current().problems, *formats.current().problems, *conf.current().weaknesses)
    return [_message(problem) for problem in problems]


def _message(problem: Problem) -> CheckMessage:
    kind = Warning if problem.is_warning else Error
    where = f"{problem.setting}{problem.entry}"
    return kind(f"{where}: {problem.text}.", hint=f"{problem.hint}.", id=f"status.{problem.id}")
