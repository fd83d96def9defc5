"""URLs of the standalone site."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("status/", include("status.urls")),
    path("", include("status.probes.urls")),  # and not before the look at the Host: no foreign page may read a name
    path("", RedirectView.as_view(url="/status/")),
]
