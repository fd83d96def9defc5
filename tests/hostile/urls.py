"""The URLs of the site: with a login, so that refusals redirect."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def login(request: HttpRequest) -> HttpResponse:
    """The project's own page."""
    return HttpResponse("who are you?")


urlpatterns = [
    path("status/", include("status.urls")),
    path("accounts/login/", login),
    path("", include("status.probes.urls")),
]
