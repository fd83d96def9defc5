"""URLs of website and API: `path("status/", include("status.urls"))`."""

from __future__ import annotations

from . import routes

app_name = "status"
urlpatterns = routes.site
