"""The Django app."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.core import checks
from django.core.signals import setting_changed


class StatusConfig(AppConfig):
    """Resolves everything at start, so that nothing is found wrong at the first request."""

    name = "status"
    verbose_name = "Status"
    default_auto_field = "django.db.models.BigAutoField"

    def import_models(self) -> None:
        """Of the one that there is, for the permission's sake: none without users (50 ms of a command's start)."""
        if apps.is_installed("django.contrib.auth"):
            super().import_models()
        else:
            self.models = apps.all_models[self.label]

    def ready(self) -> None:
        from . import start  # apps are loaded before their modules may be
        from .checks import check_settings

        checks.register(check_settings)
        setting_changed.connect(start.follow_settings, dispatch_uid="status")
        start.resolve()
