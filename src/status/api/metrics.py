"""What Prometheus scrapes: the checks, their host and who answers, as metrics."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse

from ..access import Sight, Visit
from ..doors import METHODS, allowing, answer
from ..engine import Asked, Choice, aobserve_together, engine, observe_together
from ..formats.format import Showing
from ..formats.metrics import counters, exposition, made
from ..providers import registry
from ..providers.extras import MissingExtra
from ..totals.keeper import Told
from .known import METRICS
from .views import not_found

TEXT = "text/plain; charset=utf-8"

SCRAPE_S = 10.0
"""For so long Prometheus waits for a scrape, unless it is configured otherwise."""
OBSERVED_BY, COUNTED_BY = 0.8, 0.9
"""Shares of that time: what is not known by then is not waited for. The rest is for the way."""
PATIENCE_S = OBSERVED_BY * SCRAPE_S
"""Checks are waited for no longer, whatever Prometheus says."""
COUNTED_WITHIN_S = 0.5
"""For what the host has counted; later it is left out."""


def view(request: HttpRequest, *, alone: bool) -> HttpResponse:
    """Observe what the caller may see and tell it; `alone` where only the API is here, without the website."""
    patience = _patience(request)
    visit = Visit(request, (*registry.current().resources, METRICS))
    visit.settle(lambda: _wanted(visit, certain=False))
    refusal = _refusal(request, visit, alone=alone)
    if refusal:
        return refusal
    reports = observe_together(_wanted(visit), timeout_s=patience.for_checks_s())
    showing = Showing(reports, _details(visit))
    asked = _ask(showing) if showing.details else None
    return _tell(request, showing, _host(asked, patience.for_host_s()) if asked else None)


async def aview(request: HttpRequest, *, alone: bool) -> HttpResponse:
    """As `view`, for ASGI."""
    patience = _patience(request)
    visit = Visit(request, (*registry.current().resources, METRICS))
    await visit.asettle(lambda: _wanted(visit, certain=False))
    refusal = _refusal(request, visit, alone=alone)
    if refusal:
        return refusal
    reports = await aobserve_together(_wanted(visit), timeout_s=patience.for_checks_s())
    showing = Showing(reports, _details(visit))
    asked = _ask(showing) if showing.details else None
    return _tell(request, showing, await _ahost(asked, patience.for_host_s()) if asked else None)


def _wanted(visit: Visit, *, certain: bool = True) -> tuple[Choice, ...]:
    return visit.wanted(registry.current().resources, certain=certain)


def _details(visit: Visit) -> frozenset[str]:
    """The resources whose details are told: of a caller who sees those of the metrics, and those of the resource."""
    if visit.sight(METRICS) is not Sight.DETAILS:
        return frozenset()
    return frozenset(name for name in registry.current().resources if visit.sight(name) is Sight.DETAILS)


def _refusal(request: HttpRequest, visit: Visit, *, alone: bool) -> HttpResponse | None:
    """The answer where nothing needs to be observed for it."""
    sight = visit.sight(METRICS)
    if sight is Sight.HIDDEN:  # before all else: it is told from what there is not by nothing
        if alone:
            return not_found(visit, METRICS)
        raise Http404
    if request.method not in METHODS:
        return allowing(_said("This method is not answered", 405))
    if sight is Sight.NOTHING:
        refused = _said("This needs a token: Authorization: Bearer …", 401)
        refused["WWW-Authenticate"] = 'Bearer realm="status"'
        return refused
    if request.method == "OPTIONS":
        return allowing(answer(b"", TEXT))
    try:
        exposition.check()
    except MissingExtra as error:
        return _said(str(error), 501)
    return None


@dataclass(frozen=True, slots=True)
class _Patience:
    """How long to wait, by the monotonic clock."""

    began_at: float
    scrape_s: float

    def for_checks_s(self) -> float:
        return min(self._left_s(OBSERVED_BY), PATIENCE_S)

    def for_host_s(self) -> float:
        return min(self._left_s(COUNTED_BY), COUNTED_WITHIN_S)

    def _left_s(self, share: float) -> float:
        return max(self.began_at + self.scrape_s * share - time.monotonic(), 0.0)


def _patience(request: HttpRequest) -> _Patience:
    """From now on: less where Prometheus says that it waits less."""
    said = request.META.get("HTTP_X_PROMETHEUS_SCRAPE_TIMEOUT_SECONDS", "")
    try:
        given_s = float(said[:20])
    except ValueError:
        given_s = SCRAPE_S
    return _Patience(time.monotonic(), given_s if given_s > 0 else SCRAPE_S)


def _tell(request: HttpRequest, showing: Showing, host: Told | None) -> HttpResponse:
    families = made.of_reports(showing, time.time(), host)
    if showing.details:
        families += made.of_who_answers()
    body, content_type = exposition.write(families, request.META.get("HTTP_ACCEPT", ""))
    return answer(body, content_type)


def _ask(showing: Showing) -> Asked[Told | None]:
    """Begin to hand over what this process has counted and read, and to ask what the host knows: after all looks."""
    readings = counters.readings(showing)
    return engine().reading.put(lambda: engine().totals.totals(readings), COUNTED_WITHIN_S)


def _host(asked: Asked[Told | None], within_s: float) -> Told | None:
    try:
        return asked.wait() if asked.is_answered(within_s) else None
    except Exception:  # noqa: BLE001 - a disk that hangs costs the counters and no more
        return None


async def _ahost(asked: Asked[Told | None], within_s: float) -> Told | None:
    try:
        return await asked.await_() if await asked.ais_answered(within_s) else None
    except Exception:  # noqa: BLE001 - as above
        return None


def _said(text: str, code: int) -> HttpResponse:
    return answer(f"{text}\n".encode(), TEXT, code)
