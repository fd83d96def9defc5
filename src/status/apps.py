"""The Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks
from django.core.signals import setting_changed


class StatusConfig(AppConfig):
    """Resolves everything at start, so that nothing is found wrong at the first request."""

    name = "status"
    verbose_name = "Status"

    def ready(self) -> None:
        from . import start  # apps are loaded before their modules may be
        from .checks import check_settings

        checks.register(check_settings)
        setting_changed.connect(start.follow_settings, dispatch_uid="status")
        start.resolve()
