"""No tables: a name for the permission `status.view_status`, which Django makes for models alone."""

from __future__ import annotations

from django.db import models


class _Nothing(models.Manager["Status"]):
    """Of a model without a table; `dumpdata` asks every model for what it has."""

    def get_queryset(self) -> models.QuerySet[Status]:
        return super().get_queryset().none()


class Status(models.Model):
    """What the permission is for: to view the status of the site in all details, without being staff."""

    objects = _Nothing()

    class Meta:
        managed = False
        default_permissions = ("view",)
        base_manager_name = "objects"
        verbose_name = "status of the site"
        verbose_name_plural = "status of the site"

    def __str__(self) -> str:
        return "status of the site"
