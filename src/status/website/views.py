"""Views of the website: all resources, one resource, and the files these pages need."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import pgettext

from .. import __version__, conf
from ..access import Login, Sight, Visit, way_to_login
from ..core.observation import Observation, Report
from ..doors import METHODS, allowing, answer, unlogged
from ..engine import Choice, aobserve_together, observe_together
from ..headers import ASSET_HEADERS, PAGE_HEADERS
from ..providers import registry
from ..providers.base import Defaults, Provider
from ..query import parameters
from ..recent.story import Story
from . import cards, compression, inspection, language, past, present, site, templates, wording
from . import verdict as verdicts
from . import wall as walls
from .addresses import Address
from .assets import ASSETS
from .site import Link

HTML = "text/html; charset=utf-8"
WALL = "wall"
REFRESH_S = 10
"""Between two refreshes of a page that somebody looks at."""

Context = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is of, and for whom: these resources, and those that the caller may know of but not see."""

    choices: tuple[Choice, ...]
    visit: Visit
    sights: Mapping[str, Sight]
    address: Address
    resource: str = ""
    check: str = ""
    """Path of one check of the resource."""
    on_wall: bool = False
    """Whether it is for a screen across the room."""

    @property
    def reference(self) -> str:
        """Of the one check that the page is of; else empty."""
        return f"{self.resource}/{self.check}" if self.check else ""

    @property
    def with_past(self) -> bool:
        """Whether the caller may see details of any of it: for strangers nothing is read."""
        return any(self.sights[name] is Sight.DETAILS for name, _ in self.choices)


def page(request: HttpRequest, resource: str = "", check: str = "") -> HttpResponse:
    """Observe what the caller may see and show it; always 200."""
    visit = Visit(request, registry.current().resources)
    visit.settle(lambda: _wanted(visit, resource, check, certain=False))
    asked = _understand(request, visit, resource, check)
    if isinstance(asked, HttpResponse):
        shown = asked
    else:
        reading = past.ask(asked.reference) if asked.with_past else None
        reports = observe_together(asked.choices)
        shown = _show(asked, reports, past.told(reading) if reading else None)
    visit.remember(shown, _address(request, resource, check).home)
    return compression.compressed(request, shown)


async def apage(request: HttpRequest, resource: str = "", check: str = "") -> HttpResponse:
    """As `page`, for ASGI."""
    visit = Visit(request, registry.current().resources)
    await visit.asettle(lambda: _wanted(visit, resource, check, certain=False))
    asked = _understand(request, visit, resource, check)
    if isinstance(asked, HttpResponse):
        shown = asked
    else:
        reading = past.ask(asked.reference) if asked.with_past else None
        reports = await aobserve_together(asked.choices)
        shown = _show(asked, reports, await past.atold(reading) if reading else None)
    visit.remember(shown, _address(request, resource, check).home)
    return compression.compressed(request, shown)


def asset(request: HttpRequest, digest: str, name: str) -> HttpResponse:
    """A file of ours, for a year; under any other digest there is none."""
    if request.method not in ("GET", "HEAD"):
        return not_allowed(("GET", "HEAD"))
    found = ASSETS.get(name)
    if found is None or found.digest != digest:
        return answer(b"Not found\n", "text/plain; charset=utf-8", 404)
    compressed = compression.is_taken(request)
    headers = {**ASSET_HEADERS, "Content-Encoding": "gzip"} if compressed else ASSET_HEADERS
    return HttpResponse(found.compressed if compressed else found.content, found.content_type, headers=headers)


async def aasset(request: HttpRequest, digest: str, name: str) -> HttpResponse:
    """As `asset`, for ASGI."""
    return asset(request, digest, name)


def _wanted(visit: Visit, resource: str, check: str, *, certain: bool = True) -> tuple[Choice, ...]:
    wanted = visit.wanted((resource,) if resource else registry.current().resources, certain=certain)
    provider = _provider_of(resource, check) if check else None
    return tuple((name, (provider.name,)) for name, _ in wanted) if provider else wanted


def _provider_of(resource: str, check: str) -> Provider | None:
    """Whose check this is: a provider's own, or that of one of its components, whose names may have slashes."""
    return registry.current().resources[resource].providers.get(check.partition("/")[0])


def _understand(request: HttpRequest, visit: Visit, resource: str, check: str) -> Asked | HttpResponse:
    """What to observe, or the answer where nothing needs to be observed for it."""
    sights = {name: visit.sight(name) for name in registry.current().resources}
    if resource and sights[resource] is Sight.HIDDEN:
        # The project's own 404, as for a name that there is not.
        raise Http404
    if request.method not in METHODS:
        return not_allowed(METHODS)
    if request.method == "OPTIONS":
        return allowing(answer(b"", HTML))
    address = _address(request, resource, check)
    if resource and sights[resource] is Sight.NOTHING:
        return _refuse(request, Asked((), visit, sights, address, resource))
    if check and _provider_of(resource, check) is None:
        raise Http404
    on_wall = ("view", WALL) in parameters(request.META.get("QUERY_STRING", ""))
    return Asked(_wanted(visit, resource, check), visit, sights, address, resource, check, on_wall)


def _show(asked: Asked, reports: Sequence[Report], before: Story | None) -> HttpResponse:
    now = time.time()
    frame = {**_frame(asked), "alone": before.problem if before and asked.visit.is_trusted else ""}
    all_seen = [
        present.Seen(
            report,
            asked.sights[report.resource] is Sight.DETAILS,
            registry.current().resources[report.resource].providers,
            before,
        )
        for report in reports
    ]
    if asked.check:
        return _show_check(asked, all_seen[0], frame, now)
    judged = [present.checks(seen, now) for seen in all_seen if seen.report.judged]
    others = [cards.values(seen, now, outline=not asked.resource) for seen in all_seen if not seen.report.judged]
    if asked.resource and others:
        own: Context = {"state": "none", "title": others[0].title, "section": others[0]}
        return _answer("status/stats.html", {**frame, **own})
    verdict = verdicts.verdict(judged, now) if asked.choices or not asked.sights else verdicts.unseen()
    own = {"state": verdict.state, "title": verdict.title, "verdict": verdict, "wall_url": f"?view={WALL}"}
    if asked.on_wall:
        return _answer("status/wall.html", {**frame, **own, "wall": walls.wall(judged)})
    if asked.resource:
        return _answer("status/health.html", {**frame, **own, "section": judged[0]})
    withheld = [_link(asked, name) for name, sight in asked.sights.items() if sight is Sight.NOTHING]
    own = {**own, "judged": judged, "others": others, "withheld": withheld, "bare": not asked.sights}
    return _answer("status/main.html", {**frame, **own})


def _show_check(asked: Asked, seen: present.Seen, frame: Context, now: float) -> HttpResponse:
    """The page of one check, or of a provider that has some."""
    section = present.checks(seen, now)
    provider = _provider_of(asked.resource, asked.check)
    row = _row_of(asked, section.rows, seen.report.observations)
    frame = {**frame, "crumb": _link(asked, asked.resource)}
    if provider is not None and row is not None:
        settings = conf.current()
        defaults = Defaults(settings.timeout_s, settings.ttl_s)
        found = inspection.inspect(row, seen, provider, defaults, now)
        own: Context = {"state": str(row.state), "title": found.headline, "check": found}
        return _answer("status/check.html", {**frame, **own})
    if provider is None or provider.name != asked.check or not section.rows:
        raise Http404  # a component that there is not, or that this caller may not know of
    verdict = verdicts.verdict([section], now)
    title = section.rows[0].provider
    section = replace(section, title=title, about=tuple(each for each in section.about if each.provider == title))
    return _answer(
        "status/health.html",
        {**frame, "state": verdict.state, "title": verdict.title, "verdict": verdict, "section": section},
    )


def _row_of(asked: Asked, rows: Sequence[present.Row], observations: Sequence[Observation]) -> present.Row | None:
    """The check's own row, else that of its provider when this gave no components at all, which is why it has none."""
    by_key = {row.key: row for row in rows}
    lost = {seen.reference for seen in observations if seen.failed and asked.reference.startswith(f"{seen.reference}/")}
    return by_key.get(asked.reference) or next((by_key[each] for each in lost if each in by_key), None)


def _address(request: HttpRequest, resource: str, check: str) -> Address:
    return Address(request.path, f"{resource}/{check}" if check else resource)


def _frame(asked: Asked) -> dict[str, object]:
    """What every page has, whatever it is of."""
    root = asked.address.root
    visible = [name for name, sight in asked.sights.items() if sight >= Sight.STATES]
    trusted = asked.visit.is_trusted
    settings = conf.current()
    return {
        "language": language.code(),
        "direction": language.direction(),
        "site": site.read(settings.site),
        "root": root,
        "resource": asked.resource,
        "nav": [(name, _link(asked, name)) for name in visible],
        "assets": {name.replace(".", "_"): root + found.path for name, found in ASSETS.items()},
        "every": REFRESH_S,
        "json_url": f"{root}api/{asked.resource}" if asked.resource else f"{root}api/",
        "feed_url": f"{root}feed" if any(registry.current().resources[name].judged for name in visible) else "",
        "answered_by": _answered_by() if trusted else "",
        "release": site.release(settings.site, settings.project_path) if trusted else "",
        "version": __version__ if trusted else "",
        "login_unknown": asked.visit.login is Login.UNKNOWN,
        "trusted": trusted,
    }


def _answered_by() -> str:
    return pgettext("status", "%(host)s, process %(pid)s") % {"host": platform.node(), "pid": os.getpid()}


def _link(asked: Asked, name: str) -> Link:
    return Link(wording.title(name), f"{asked.address.root}{name}/")


def _refuse(request: HttpRequest, asked: Asked) -> HttpResponse:
    """To the login for who has none; a page that says why not for who has one, or whose could not be checked."""
    login = asked.visit.login
    if login is Login.NOBODY and (redirect := way_to_login(request)) is not None:
        return unlogged(redirect)
    own = {
        "state": "none",
        "title": pgettext("status", "Not for everyone"),
        "what": wording.title(asked.resource),
        "json_url": "",
        "feed_url": "",
    }
    context = {**_frame(asked), **own, "every": 0, "login": login.value}
    if login is Login.OTHER:
        return _answer("status/refused.html", context, 403)
    response = _answer("status/refused.html", context, 401)
    response["WWW-Authenticate"] = 'Bearer realm="status"'
    return response


def _answer(template: str, context: Context, status: int = 200) -> HttpResponse:
    response = answer(templates.render(template, context), HTML, status)
    for name, value in PAGE_HEADERS.items():
        response[name] = value
    return response


def not_allowed(methods: Sequence[str]) -> HttpResponse:
    """To a method that is none of these."""
    return allowing(answer(b"Method not allowed\n", "text/plain; charset=utf-8", 405), methods)
