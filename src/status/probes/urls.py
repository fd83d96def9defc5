"""URLs of the probes, where the middleware can't be had: `path("", include("status.probes.urls"))`."""

from __future__ import annotations

from .. import routes

app_name = "status_probes"
urlpatterns = routes.probes
