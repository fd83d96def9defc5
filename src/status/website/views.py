"""Views of the website: all resources, one resource, and the files these pages need."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse

from .. import __version__, access, conf
from ..access import Sight
from ..core.observation import Report
from ..doors import answer
from ..engine import Choice, aobserve_together, observe_together
from ..providers import registry
from . import cards, present, site, templates, wording
from . import verdict as verdicts
from .assets import ASSETS, HEADERS
from .site import Link

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE")
HTML = "text/html; charset=utf-8"
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "Referrer-Policy": "same-origin",
}

Context = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is of: these resources, and those that the caller may know of but not see."""

    choices: tuple[Choice, ...]
    sights: Mapping[str, Sight]
    resource: str = ""


def page(request: HttpRequest, resource: str = "") -> HttpResponse:
    """Observe what the caller may see and show it; always 200."""
    asked = _understand(request, resource)
    return asked if isinstance(asked, HttpResponse) else _show(request, asked, observe_together(asked.choices))


async def apage(request: HttpRequest, resource: str = "") -> HttpResponse:
    """As `page`, for ASGI."""
    asked = _understand(request, resource)
    return asked if isinstance(asked, HttpResponse) else _show(request, asked, await aobserve_together(asked.choices))


def asset(request: HttpRequest, digest: str, name: str) -> HttpResponse:
    """A file of ours, for a year; under any other digest there is none."""
    if request.method not in ("GET", "HEAD"):
        return _not_allowed(("GET", "HEAD"))
    found = ASSETS.get(name)
    if found is None or found.digest != digest:
        return answer(b"Not found\n", "text/plain; charset=utf-8", 404)
    compressed = _takes_gzip(request.headers.get("Accept-Encoding", ""))
    headers = {**HEADERS, "Content-Encoding": "gzip"} if compressed else HEADERS
    return HttpResponse(found.compressed if compressed else found.content, found.content_type, headers=headers)


async def aasset(request: HttpRequest, digest: str, name: str) -> HttpResponse:
    """As `asset`, for ASGI."""
    return asset(request, digest, name)


def _understand(request: HttpRequest, resource: str) -> Asked | HttpResponse:
    """What to observe, or the answer where nothing needs to be observed for it."""
    if request.method not in METHODS:
        return _not_allowed(METHODS)
    sights = {name: access.sight(request, name) for name in registry.current().resources}
    if resource and sights[resource] is Sight.HIDDEN:
        # The project's own 404, as for a name that there is not.
        raise Http404
    if request.method == "OPTIONS":
        response = answer(b"", HTML)
        response["Allow"] = ", ".join(METHODS)
        return response
    if resource and sights[resource] is Sight.NOTHING:
        return _refuse(request, Asked((), sights, resource))
    wanted = (resource,) if resource else tuple(name for name, sight in sights.items() if sight >= Sight.STATES)
    return Asked(tuple((name, None) for name in wanted), sights, resource)


def _show(request: HttpRequest, asked: Asked, reports: Sequence[Report]) -> HttpResponse:
    now = time.time()
    all_seen = [
        present.Seen(
            report,
            asked.sights[report.resource] is Sight.DETAILS,
            registry.current().resources[report.resource].providers,
        )
        for report in reports
    ]
    judged = [present.checks(seen, now) for seen in all_seen if seen.report.judged]
    others = [cards.values(seen, outline=not asked.resource) for seen in all_seen if not seen.report.judged]
    if asked.resource and others:
        own: Context = {"state": "none", "title": others[0].title, "section": others[0]}
        return _answer("status/stats.html", {**_frame(request, asked), **own})
    verdict = verdicts.verdict(judged, now) if asked.choices or not asked.sights else verdicts.UNSEEN
    own = {"state": verdict.state, "title": verdict.title, "verdict": verdict}
    if asked.resource:
        return _answer("status/health.html", {**_frame(request, asked), **own, "section": judged[0]})
    withheld = [_link(request, asked, name) for name, sight in asked.sights.items() if sight is Sight.NOTHING]
    own = {**own, "judged": judged, "others": others, "withheld": withheld, "bare": not asked.sights}
    return _answer("status/main.html", {**_frame(request, asked), **own})


def _frame(request: HttpRequest, asked: Asked) -> dict[str, object]:
    """What every page has, whatever it is of. URLs are relative: right wherever, and however often, we are included."""
    root = _root(request, asked)
    visible = [name for name, sight in asked.sights.items() if sight >= Sight.STATES]
    trusted = conf.current().debug or access.is_trusted(request)
    return {
        "site": site.read(conf.current().site),
        "root": root,
        "resource": asked.resource,
        "nav": [(name, _link(request, asked, name)) for name in visible],
        "assets": {name.replace(".", "_"): root + found.path for name, found in ASSETS.items()},
        "json_url": f"{root}api/{asked.resource}" if asked.resource else f"{root}api/",
        "answered_by": f"{platform.node()}, process {os.getpid()}" if trusted else "",
        "version": __version__ if trusted else "",
    }


def _root(request: HttpRequest, asked: Asked) -> str:
    """What stands before every URL of ours as seen from this page: "./", or "../" below a trailing slash."""
    below = bool(asked.resource) and request.path.endswith("/")
    head = request.path.rstrip("/").removesuffix(asked.resource) if asked.resource else request.path
    # We may be included without a slash: then our names go on where that text ends.
    return ("../" if below else "./") + quote(head.rpartition("/")[2])


def _link(request: HttpRequest, asked: Asked, name: str) -> Link:
    return Link(wording.title(name), f"{_root(request, asked)}{name}/")


def _refuse(request: HttpRequest, asked: Asked) -> HttpResponse:
    own = {"state": "none", "title": "Not for everyone", "what": wording.title(asked.resource), "json_url": ""}
    response = _answer("status/refused.html", {**_frame(request, asked), **own}, 401)
    response["WWW-Authenticate"] = 'Bearer realm="status"'
    return response


def _answer(template: str, context: Context, status: int = 200) -> HttpResponse:
    response = answer(templates.render(template, context), HTML, status)
    for name, value in PAGE_HEADERS.items():
        response[name] = value
    return response


def _not_allowed(methods: Sequence[str]) -> HttpResponse:
    response = answer(b"Method not allowed\n", "text/plain; charset=utf-8", 405)
    response["Allow"] = ", ".join(methods)
    return response


def _takes_gzip(accepted: str) -> bool:
    """By RFC 9110, 12.5.3: named, or covered by a star, and not with a weight of zero."""
    weights = {}
    for part in accepted.lower().split(","):
        coding, _, parameter = part.partition(";")
        weights[coding.strip()] = _weight(parameter)
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weight(parameter: str) -> float:
    try:
        return float(parameter.strip().removeprefix("q=")) if parameter else 1.0
    except ValueError:
        return 0.0
