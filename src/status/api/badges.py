"""Badges: the state of a resource, a provider or a component, for a page that somebody else writes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus

from django.http import HttpRequest, HttpResponse

from ..access import Sight, Visit
from ..core.observation import Observation, Report
from ..core.states import State
from ..doors import METHODS, allowing, answer
from ..engine import Choice, aobserve_together, observe_together
from ..formats import freshness
from ..formats.badge import KINDS, MOST_TEXT, Badge, Kind
from ..formats.plain_text import short_line
from ..headers import EMBEDDED_HEADERS
from ..providers import registry
from ..query import parameters
from .views import not_allowed

LABEL = "status"
"""Of a badge that says of nothing how it is: the same whatever was asked for."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a badge is of: a resource, one provider of it, or one component of that."""

    resource: str
    provider: str | None = None
    component: str | None = None

    @classmethod
    def of(cls, path: str) -> Reference:
        """All after the second slash is the component, which may have slashes of its own."""
        return cls(*path.split("/", 2))

    def __str__(self) -> str:
        return "/".join(part for part in (self.resource, self.provider, self.component) if part is not None)

    @property
    def providers(self) -> tuple[str, ...] | None:
        return None if self.provider is None else (self.provider,)

    @property
    def is_known(self) -> bool:
        """Whether there are such a resource and such a provider; of a component it shows when it is observed."""
        resource = registry.current().resources.get(self.resource)
        return resource is not None and (self.provider is None or self.provider in resource.providers)

    @property
    def needs(self) -> Sight:
        """How much of its resource who asks for it must see: of a component whose name is a detail, details."""
        observed = registry.current().observed[self.resource]
        withheld = any(each.names_are_details for each in observed if each.provider.name == self.provider)
        return Sight.DETAILS if withheld and self.component is not None else Sight.STATES


@dataclass(frozen=True, slots=True)
class Asked:
    """A badge that the caller may see."""

    reference: Reference
    kind: Kind
    label: str
    is_everyones: bool
    """Whether every caller gets the same."""

    @property
    def choices(self) -> tuple[Choice, ...]:
        return ((self.reference.resource, self.reference.providers),)


def badge(request: HttpRequest, reference: str, kind: str) -> HttpResponse:
    """The badge of a reference; 200 whatever its state, since many who show images show none of another code.

    401 for what the caller may not see, 404 for what there is not: badges, too, and the same for every reference.
    """
    visit = Visit(request, registry.current().resources)
    wanted = Reference.of(reference)
    visit.settle(lambda: _hoped_for(visit, wanted))
    asked = _understand(request, visit, wanted, KINDS[kind])
    return asked if isinstance(asked, HttpResponse) else _tell(asked, observe_together(asked.choices))


async def abadge(request: HttpRequest, reference: str, kind: str) -> HttpResponse:
    """As `badge`, for ASGI."""
    visit = Visit(request, registry.current().resources)
    wanted = Reference.of(reference)
    await visit.asettle(lambda: _hoped_for(visit, wanted))
    asked = _understand(request, visit, wanted, KINDS[kind])
    return asked if isinstance(asked, HttpResponse) else _tell(asked, await aobserve_together(asked.choices))


def _hoped_for(visit: Visit, wanted: Reference) -> tuple[Choice, ...]:
    """What to observe while it is not known yet who asks."""
    return visit.wanted((wanted.resource,), wanted.providers, certain=False) if wanted.is_known else ()


def _understand(request: HttpRequest, visit: Visit, wanted: Reference, kind: Kind) -> Asked | HttpResponse:
    """What to observe, or the answer where nothing needs to be observed for it."""
    if request.method not in METHODS:
        return not_allowed(request)
    if request.method == "OPTIONS":
        return allowing(answer(b"", kind.media_type))
    if visit.is_undecided:  # of no name: which of them are hidden is not known
        return _refuse(kind)
    if wanted.resource not in registry.current().resources:
        return _missing(kind)
    seen = visit.sight(wanted.resource)
    if seen is Sight.NOTHING:
        return _refuse(kind)
    if not wanted.is_known or seen < wanted.needs:
        return _missing(kind)
    return Asked(wanted, kind, _label(request), visit.everyones(wanted.resource) >= wanted.needs)


def _label(request: HttpRequest) -> str:
    """What the caller wants the badge to be called; empty where nothing is said."""
    given = [value for name, value in parameters(request.META.get("QUERY_STRING", "")) if name == "label"]
    return short_line(unquote_plus(given[-1]), MOST_TEXT) if given else ""


def _tell(asked: Asked, reports: Sequence[Report]) -> HttpResponse:
    (report,) = reports
    part = None
    if asked.reference.component is not None:
        part = _part(report.observations[0], str(asked.reference))
        if part is None:
            return _missing(asked.kind)
    fresh_s = _fresh_s(reports)
    state = (part.weight if part else report.state) if report.judged else None
    label = asked.label or str(asked.reference).partition("/")[2] or asked.reference.resource
    told = Badge(label, _word(state), state, fresh_s)
    response = answer(asked.kind.write(told), asked.kind.media_type)
    response["Cache-Control"] = f"{'public' if asked.is_everyones else 'private'}, max-age={fresh_s}"
    if asked.is_everyones:
        for name, value in EMBEDDED_HEADERS.items():
            response[name] = value
    return response


def _part(whole: Observation, reference: str) -> Observation | None:
    """The component; where its provider failed before it named any, this stands for all that it could have named."""
    found = next((part for part in whole.components if part.reference == reference), None)
    return whole if found is None and whole.failed else found


def _fresh_s(reports: Sequence[Report]) -> int:
    """Whole seconds for which the site itself would say the same; at least one, as a ttl of a second has none left."""
    left_s = freshness.left_s(reports, time.time())
    return max(int(left_s or 0), 1)


def _word(state: State | None) -> str:
    return state.value if state else "not judged"


def _missing(kind: Kind) -> HttpResponse:
    return answer(kind.write(Badge(LABEL, "not found")), kind.media_type, 404)


def _refuse(kind: Kind) -> HttpResponse:
    response = answer(kind.write(Badge(LABEL, "private")), kind.media_type, 401)
    response["WWW-Authenticate"] = 'Bearer realm="status"'
    return response
