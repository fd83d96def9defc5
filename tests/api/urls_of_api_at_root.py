"""The API alone, below no folder of its own."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("status.api.urls"))]
