"""Views of the API: all resources, one resource, one provider.

GET, HEAD, and as in 2.x POST, PUT and DELETE, which change nothing; OPTIONS says what there is below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from .. import access, conf
from ..access import Sight
from ..core.observation import Json, Report
from ..core.states import worst
from ..doors import answer
from ..engine import Choice, aobserve_together, observe_together
from ..formats import json, legacy
from ..providers import registry

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request is for: these resources, of the one that is named perhaps one provider alone."""

    choices: tuple[Choice, ...]
    resource: str = ""
    provider: str = ""


def view(request: HttpRequest, resource: str = "", provider: str = "") -> HttpResponse:
    """Observe what is asked for and answer."""
    asked = _understand(request, resource, provider)
    return asked if isinstance(asked, HttpResponse) else _tell(request, asked, observe_together(asked.choices))


async def aview(request: HttpRequest, resource: str = "", provider: str = "") -> HttpResponse:
    """As `view`, for ASGI."""
    asked = _understand(request, resource, provider)
    return asked if isinstance(asked, HttpResponse) else _tell(request, asked, await aobserve_together(asked.choices))


def missing(request: HttpRequest, path: str = "") -> HttpResponse:
    """There is nothing of that name; says what there is for this caller."""
    resource, _, provider = path.strip("/").partition("/")
    visible = _visible(request, Sight.NOTHING)
    if resource not in visible:
        return _answer({"error": f"Resource not found: {resource}", "resources": [*visible]}, 404)
    if access.sight(request, resource) is Sight.NOTHING:
        return _refuse()
    providers = registry.resource(resource).providers
    return _answer({"error": f"Provider not found: {resource}/{provider}", "providers": [*providers]}, 404)


async def amissing(request: HttpRequest, path: str = "") -> HttpResponse:
    """As `missing`, for ASGI."""
    return missing(request, path)


def _understand(request: HttpRequest, resource: str, provider: str) -> Asked | HttpResponse:
    """What to observe, or the answer where nothing needs to be observed for it."""
    if request.method not in METHODS:
        response = _answer({"error": f"Method not allowed: {request.method}"}, 405)
        response["Allow"] = ", ".join(METHODS)
        return response
    if resource:
        seen = access.sight(request, resource)
        if seen is Sight.HIDDEN:
            return missing(request, resource)
        if seen is Sight.NOTHING:
            return _refuse()
    if request.method == "OPTIONS":
        return _list(request, resource, provider)
    if not resource:
        return Asked(tuple((name, None) for name in _visible(request, Sight.STATES)))
    return Asked(((resource, (provider,) if provider else None),), resource, provider)


def _tell(request: HttpRequest, asked: Asked, reports: Sequence[Report]) -> HttpResponse:
    trees: dict[str, dict[str, Json]] = {
        report.resource: legacy.resource(report, details=access.sight(request, report.resource) is Sight.DETAILS)
        for report in reports
    }
    state = worst(report.state for report in reports)
    code = conf.current().http_codes[state]
    if asked.provider:
        return _answer(trees[asked.resource][asked.provider], code)
    if asked.resource:
        return _answer(trees[asked.resource], code)
    return _answer(trees, code)


def _list(request: HttpRequest, resource: str, provider: str) -> HttpResponse:
    """Absolute URLs of what is below, as 2.x gave them; of a provider what it is."""
    base = request.build_absolute_uri(request.path).rstrip("/")
    if provider:
        found = registry.resource(resource).providers[provider]
        return _options({"name": found.name, "description": found.description, "runbook": found.runbook})
    if resource:
        return _options({name: f"{base}/{name}" for name in registry.resource(resource).providers})
    resources = registry.current().resources
    return _options(
        {
            name: {provider: f"{base}/{name}/{provider}" for provider in resources[name].providers}
            for name in _visible(request, Sight.STATES)
        }
    )


def _visible(request: HttpRequest, least: Sight) -> tuple[str, ...]:
    return tuple(name for name in registry.current().resources if access.sight(request, name) >= least)


def _options(tree: Mapping[str, Json]) -> HttpResponse:
    response = _answer(tree)
    response["Allow"] = ", ".join(METHODS)
    return response


def _refuse() -> HttpResponse:
    response = _answer({"error": "This needs a token: Authorization: Bearer …"}, 401)
    response["WWW-Authenticate"] = 'Bearer realm="status"'
    return response


def _answer(tree: Json | Mapping[str, Json], status: int = 200) -> HttpResponse:
    return answer(json.render(tree), "application/json", status)
