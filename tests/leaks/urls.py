"""The test site with the probes, too."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("status/", include("status.urls")), path("", include("status.probes.urls"))]
