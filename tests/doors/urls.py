"""A site that has every door of ours, a login, and pages of its own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def page(request: HttpRequest) -> HttpResponse:
    """A page of the project's, which has a nonce where the project's middleware makes one."""
    return HttpResponse(f"nonce: {getattr(request, '_csp_nonce', '')}")


urlpatterns = [
    path("status/", include("status.urls")),
    path("accounts/login/", page),
    path("page/", page),
    path("", include("status.probes.urls")),
]
