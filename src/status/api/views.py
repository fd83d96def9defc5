"""Views of the API: all resources, one resource, one provider.

GET, HEAD, and as in 2.x POST, PUT and DELETE, which change nothing; OPTIONS says what there is below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from .. import conf
from ..access import Sight, Visit
from ..core.observation import Json, Report
from ..doors import METHODS, allowing, answer
from ..engine import Choice, aobserve_together, observe_together
from ..formats import negotiation, service
from ..formats import registry as formats
from ..formats.format import Format, Showing
from ..formats.json import dump
from ..formats.negotiation import UnknownFormat
from ..providers import registry
from . import openapi
from .known import METRICS

MAX_NAME = 100  # characters of a name that is told back


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request is for: these resources, of the one that is named perhaps one provider alone; and how told."""

    choices: tuple[Choice, ...]
    format: Format
    root: str = field(compare=False)
    """Of the host that was asked, which may be anybody's choice: what is kept must not grow with that."""
    resource: str = ""
    provider: str = ""


def view(request: HttpRequest, resource: str = "", provider: str = "") -> HttpResponse:
    """Observe what is asked for and answer."""
    visit = Visit(request, registry.current().resources)
    visit.settle(lambda: _wanted(visit, resource, provider, certain=False))
    asked = _understand(request, visit, resource, provider)
    return asked if isinstance(asked, HttpResponse) else _tell(visit, asked, observe_together(asked.choices))


async def aview(request: HttpRequest, resource: str = "", provider: str = "") -> HttpResponse:
    """As `view`, for ASGI."""
    visit = Visit(request, registry.current().resources)
    await visit.asettle(lambda: _wanted(visit, resource, provider, certain=False))
    asked = _understand(request, visit, resource, provider)
    return asked if isinstance(asked, HttpResponse) else _tell(visit, asked, await aobserve_together(asked.choices))


def missing(request: HttpRequest, path: str = "") -> HttpResponse:
    """There is nothing of that name; says what there is for this caller."""
    visit = Visit(request, registry.current().resources)
    visit.settle()
    return not_found(visit, path)


async def amissing(request: HttpRequest, path: str = "") -> HttpResponse:
    """As `missing`, for ASGI."""
    visit = Visit(request, registry.current().resources)
    await visit.asettle()
    return not_found(visit, path)


def describe(request: HttpRequest, *, alone: bool) -> HttpResponse:
    """What there is, for programs: always 200, as it says nothing of how that is.

    `alone` where only the API is here, without the website.
    """
    visit = Visit(request, (*registry.current().resources, METRICS))
    visit.settle()
    return _describe(request, visit, alone=alone)


async def adescribe(request: HttpRequest, *, alone: bool) -> HttpResponse:
    """As `describe`, for ASGI."""
    visit = Visit(request, (*registry.current().resources, METRICS))
    await visit.asettle()
    return _describe(request, visit, alone=alone)


def _describe(request: HttpRequest, visit: Visit, *, alone: bool) -> HttpResponse:
    if request.method not in METHODS:
        return not_allowed(request)
    if request.method == "OPTIONS":
        return _options({"name": openapi.NAME})
    sights = {name: visit.sight(name) for name in registry.current().resources}
    root = quote(_root(request.path, openapi.NAME))
    written = openapi.document(sights, root, metrics=visit.sight(METRICS), alone=alone)
    return answer(written, "application/json")


def _wanted(visit: Visit, resource: str, provider: str, *, certain: bool = True) -> tuple[Choice, ...]:
    return visit.wanted(_resources(resource), (provider,) if provider else None, certain=certain)


def _resources(resource: str) -> Iterable[str]:
    """The one that is asked for, else all."""
    return (resource,) if resource else registry.current().resources


def not_found(visit: Visit, path: str) -> HttpResponse:
    """As `missing`, to a caller who is known already."""
    if visit.is_undecided:  # of no name: which of them are hidden is not known
        return _refuse()
    resource, _, provider = path.strip("/").partition("/")
    visible = _visible(visit, Sight.NOTHING)
    if resource not in visible:
        return _answer({"error": f"Resource not found: {_shortened(resource)}", "resources": [*visible]}, 404)
    if visit.sight(resource) is Sight.NOTHING:
        return _refuse()
    providers = registry.resource(resource).providers
    return _answer({"error": f"Provider not found: {resource}/{_shortened(provider)}", "providers": [*providers]}, 404)


def _understand(request: HttpRequest, visit: Visit, resource: str, provider: str) -> Asked | HttpResponse:
    """What to observe, or the answer where nothing needs to be observed for it."""
    seen = visit.sight(resource) if resource else Sight.DETAILS
    if seen is Sight.HIDDEN:  # before all else: it is told from what there is not by nothing
        return not_found(visit, resource)
    if request.method not in METHODS:
        return not_allowed(request)
    if seen is Sight.NOTHING:
        return _refuse()
    if request.method == "OPTIONS":
        return _list(request, visit, resource, provider)
    try:
        format = negotiation.chosen(request.META.get("QUERY_STRING", ""), request.META.get("HTTP_ACCEPT", ""))
    except UnknownFormat as error:
        told: Json = {"error": f"Unknown format: {_shortened(str(error))}", "formats": [*formats.current().by_name]}
        return _answer(told, 400)
    lacks = formats.lacking(format)
    if lacks:  # whoever asks for this format has no use for another
        return _answer({"error": lacks}, 501)
    root = _url_of_root(request, resource, provider) if format.has_links else ""
    return Asked(_wanted(visit, resource, provider), format, root, resource, provider)


def _root(path: str, *below: str) -> str:
    """Where the API is, by the path of what was asked for below it; with a slash at its end."""
    return f"{path.rstrip('/').removesuffix('/'.join(filter(None, below))).rstrip('/')}/"


def _url_of_root(request: HttpRequest, resource: str, provider: str) -> str:
    """Empty where the host that was asked is none of the project's: that is no reason to look unwell."""
    try:
        return request.build_absolute_uri(quote(_root(request.path, resource, provider)))
    except DisallowedHost:
        return ""


@dataclass(frozen=True, slots=True)
class _Told:
    """An answer, and what it was made of."""

    reports: Sequence[Report]
    showing: Showing
    body: bytes
    format: Format
    code: int


_told: dict[tuple[Asked, tuple[Sight, ...]], _Told] = {}
"""The last one, by what was asked for and how much of it is seen."""


def _tell(visit: Visit, asked: Asked, reports: Sequence[Report]) -> HttpResponse:
    """Within their ttl the reports are the same, and so is what a lasting format tells of them."""
    key = asked, tuple([visit.sight(report.resource) for report in reports])
    told = _told.get(key)
    if told is None or told.reports is not reports or told.showing.root != asked.root:
        told = _write(asked, reports, key[1])
        if told.format.is_lasting:
            _told[key] = told
    response = answer(told.body, told.format.media_type, told.code)
    if told.format.headers:
        for name, value in formats.headers(told.format, told.showing).items():
            response[name] = value
    return response


def _write(asked: Asked, reports: Sequence[Report], sights: Sequence[Sight]) -> _Told:
    detailed = (each.resource for each, sight in zip(reports, sights, strict=True) if sight is Sight.DETAILS)
    showing = Showing(reports, frozenset(detailed), asked.resource, asked.provider, asked.root)
    body, format = formats.render(asked.format, showing)
    code = 200 if format.is_always_ok else conf.current().http_codes[showing.state]
    return _Told(reports, showing, body, format, code)


def _list(request: HttpRequest, visit: Visit, resource: str, provider: str) -> HttpResponse:
    """Absolute URLs of what is below, as 2.x gave them; of a provider what it is."""
    base = request.build_absolute_uri(request.path).rstrip("/")
    if provider:
        found = registry.resource(resource).providers[provider]
        about = {"description": service.fit(found.description), "runbook": service.fit(found.runbook)}
        return _options({"name": found.name, **(about if visit.sight(resource) is Sight.DETAILS else {})})
    if resource:
        return _options({name: f"{base}/{name}" for name in registry.resource(resource).providers})
    resources = registry.current().resources
    return _options(
        {
            name: {provider: f"{base}/{name}/{provider}" for provider in resources[name].providers}
            for name in _visible(visit, Sight.STATES)
        }
    )


def _visible(visit: Visit, least: Sight) -> tuple[str, ...]:
    return tuple(name for name in registry.current().resources if visit.sight(name) >= least)


def _options(tree: Mapping[str, Json]) -> HttpResponse:
    return allowing(_answer(tree))


def not_allowed(request: HttpRequest) -> HttpResponse:
    """To a method that the API has none of."""
    return allowing(_answer({"error": f"Method not allowed: {_shortened(request.method or '')}"}, 405))


def _refuse() -> HttpResponse:
    response = _answer({"error": "This needs a token: Authorization: Bearer …"}, 401)
    response["WWW-Authenticate"] = 'Bearer realm="status"'
    return response


def _shortened(name: str) -> str:
    """A name that the caller gave."""
    return name if len(name) <= MAX_NAME else f"{name[:MAX_NAME]}…"


def _answer(tree: Json | Mapping[str, Json], status: int = 200) -> HttpResponse:
    # No charset: JSON is UTF-8 and has no such parameter (RFC 8259, 11). Nor is "<" escaped: no browser renders this
    # type as a page, and none may guess another (nosniff).
    return answer(dump(tree), "application/json", status)
