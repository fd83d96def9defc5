"""The API alone."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("status/", include("status.api.urls"))]
