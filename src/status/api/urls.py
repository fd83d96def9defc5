"""URLs of the API alone: `path("status/", include("status.api.urls"))`."""

from __future__ import annotations

from .. import routes

app_name = "status"
urlpatterns = routes.api
