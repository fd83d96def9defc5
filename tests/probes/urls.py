"""A site that has its probes by URLs."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("status.probes.urls"))]
