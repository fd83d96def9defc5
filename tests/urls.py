"""The URLs of the test site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.urls import include, path

if TYPE_CHECKING:
    from django.http import HttpRequest


def bare(request: HttpRequest) -> HttpResponse:
    """The view that all others are measured against."""
    return HttpResponse("ok")


urlpatterns = [
    path("status/", include("status.urls")),
    path("bare/", bare),
]
