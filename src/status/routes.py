"""The URL patterns: those of the configured resources, so that each has its name and its place."""

from __future__ import annotations

import re

from django.urls import URLPattern, URLResolver

from . import conf
from .doors import Directory, door
from .providers import registry

site: list[URLResolver] = []
"""Website and badges, and the API below `api`."""
api: list[URLResolver] = []
"""The API alone, and badges."""
probes: list[URLPattern] = []
"""The probes, each with what is below it."""


def rebuild() -> None:
    """Make the patterns anew, in place: whoever has included them follows."""
    site[:] = [Directory([*_website(), *_badges(), _metrics(alone=False), *_api("api/?", "api/", alone=False)])]
    api[:] = [Directory([*_badges(), _metrics(alone=True), *_api("", "", alone=True)])]
    probes[:] = _probes()


def _api(root: str, prefix: str, *, alone: bool) -> list[URLPattern]:
    view, aview = "api.views.view", "api.views.aview"
    patterns = [
        door(f"^{root}$", view, aview, "api_root"),
        door(rf"^{prefix}openapi\.json/?$", "api.views.describe", "api.views.adescribe", "api_openapi", alone=alone),
    ]
    for name, resource in registry.current().resources.items():
        path = f"^{prefix}{re.escape(name)}"
        patterns += [
            door(
                f"{path}/{re.escape(provider)}/?$",
                view,
                aview,
                f"api_{name}_{provider}",
                resource=name,
                provider=provider,
            )
            for provider in resource.providers
        ]
        patterns.append(door(f"{path}/?$", view, aview, f"api_{name}_root", resource=name))
    patterns.append(door(rf"^{prefix}(?P<path>(?:.|\n)*)$", "api.views.missing", "api.views.amissing", "api_missing"))
    return patterns


def _badges() -> list[URLPattern]:
    view, aview = "api.badges.badge", "api.badges.abadge"
    return [
        door(rf"^badge/(?P<reference>(?:.|\n)+)\.{kind}/?$", view, aview, f"badge_{kind}", kind=kind)
        for kind in ("svg", "json")
    ]


def _metrics(*, alone: bool) -> URLPattern:
    return door("^metrics/?$", "api.metrics.view", "api.metrics.aview", "metrics", alone=alone)


def _website() -> list[URLPattern]:
    page, apage = "website.views.page", "website.views.apage"
    patterns = [door("^$", page, apage, "overview")]
    for name, resource in registry.current().resources.items():
        patterns.append(door(f"^{re.escape(name)}/?$", page, apage, f"page_{name}", resource=name))
        if resource.judged:
            path = rf"^{re.escape(name)}/(?P<check>(?:.|\n)+?)/?$"
            patterns.append(door(path, page, apage, f"check_{name}", resource=name))
    patterns.append(door("^feed/?$", "website.feed.feed", "website.feed.afeed", "feed"))
    asset = "website.views.asset", "website.views.aasset"
    patterns.append(door("^assets/(?P<digest>[0-9a-f]+)/(?P<name>[a-z.]+)$", *asset, "asset"))
    return patterns


def _probes() -> list[URLPattern]:
    # The longest first: one probe may stand below another, as "health" and "health/live".
    paths = sorted(conf.current().probes, key=len, reverse=True)
    view = "probes.views.view", "probes.views.aview"
    return [door(rf"^(?P<path>{re.escape(path)}(?:/(?:.|\n)*)?)$", *view, path) for path in paths]


rebuild()
