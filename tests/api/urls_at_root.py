"""Website and API below no folder of their own."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("status.urls"))]
