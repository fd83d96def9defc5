"""The bare view, and beside it ours or the peers', as their own documentation has them included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from django.utils.module_loading import import_string

from . import settings

if TYPE_CHECKING:
    from django.http import HttpRequest


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns: list[URLPattern | URLResolver] = [path("bare/", bare)]

if settings.VARIANT == "peers":
    view = import_string("health_check.views.HealthCheckView")
    checks = ["health_check.checks.Database", "health_check.checks.Cache"]
    urlpatterns += [
        path("ht/", view.as_view(checks=checks)),
        path("watchman/", include("watchman.urls")),
        path("-/", include("django_alive.urls")),
    ]
elif settings.VARIANT != "least":
    urlpatterns += [path("status/", include("status.urls"))]
