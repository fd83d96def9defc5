"""`application/health+json`, as draft-inadarei-api-health-check-06 has it.

https://datatracker.ietf.org/doc/html/draft-inadarei-api-health-check-06
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from urllib.parse import quote

from ..core.observation import Json
from ..core.redaction import redact_text
from ..core.states import State
from ..providers import registry
from ..providers.base import Provider
from . import service
from .format import Format, Showing
from .json import write
from .leaves import Leaf, leaves

_MEASUREMENTS = {"%": "utilization", "connections": "connections"}
"""By unit, those that the draft has a name for (4.1); of another unit it is the `value`."""
_MOST_OUTPUT = 20
"""Checks whose reasons are told together at the top; each is told at its own place."""


def render(showing: Showing) -> bytes:
    """One object: the verdict, who says so, and under `checks` each thing that was looked at."""
    told = list(leaves(showing))
    return write({**_verdict(showing, told), **_service(showing), **_checks(showing, told)}, showing)


def headers(showing: Showing) -> Mapping[str, str]:
    """How long the answer is fresh (draft, 6): for as long as this site itself would give it again, and no longer."""
    seen = [
        each for report in showing.reports for whole in report.observations for each in whole.components or (whole,)
    ]
    if not seen:
        return {}
    ttls = _ttls()
    left_s = min(each.observed_at + ttls.get(each.reference, 0.0) for each in seen) - time.time()
    # To the reader alone: another might be shown more or less.
    return {"Cache-Control": f"private, max-age={max(int(left_s), 0)}"}


def _verdict(showing: Showing, told: Sequence[Leaf]) -> dict[str, Json]:
    state = showing.state
    judged = [leaf for leaf in told if leaf.state]
    if not judged or state is State.PASS:
        return {"status": state.value}
    wrong = [leaf for leaf in judged if leaf.state is not State.PASS]
    reasons = [f"{leaf.reference}: {leaf.error}" for leaf in wrong if leaf.error]
    more = len(reasons) - _MOST_OUTPUT
    output = "; ".join([*reasons[:_MOST_OUTPUT], *([f"and {more} more"] if more > 0 else [])])
    note = f"{len(wrong)} of {len(judged)} checks do not pass"
    return {"status": state.value, "notes": [note], **({"output": output} if output else {})}


def _service(showing: Showing) -> dict[str, Json]:
    """Who says so: what the project has set of it. Which release it is, only to whom details are told."""
    told = {"serviceId": service.named("id"), "description": service.named("description") or service.named("title")}
    if showing.details:
        told |= {"version": service.named("version"), "releaseId": service.current_release()}
    return {name: text for name, text in told.items() if text}


def _checks(showing: Showing, told: Sequence[Leaf]) -> dict[str, Json]:
    checks: dict[str, Json] = {}
    for leaf in told:
        checks[f"{_component(leaf.reference)}:{_measurement(leaf)}"] = [dict(_check(showing, leaf))]
    return {"checks": checks}


def _component(reference: str) -> str:
    """The reference as the first half of a key, in which no colon may be (4)."""
    return reference.replace("%", "%25").replace(":", "%3A")


def _measurement(leaf: Leaf) -> str:
    if leaf.value is not None and (leaf.unit or not leaf.state):
        return _MEASUREMENTS.get(leaf.unit or "", "value")
    return "responseTime"


def _check(showing: Showing, leaf: Leaf) -> Iterator[tuple[str, Json]]:
    yield "componentId", leaf.reference
    yield "componentType", _type(leaf)
    if leaf.with_details:
        yield from _observed(leaf)
    if leaf.state:
        yield "status", leaf.state.value
    yield "time", _moment(leaf.observed_at)
    if leaf.said and (leaf.failed or leaf.state not in (None, State.PASS)):
        yield "output", leaf.said
    links = dict(_links(showing, leaf))
    if links:
        yield "links", links


def _observed(leaf: Leaf) -> Iterator[tuple[str, Json]]:
    if _measurement(leaf) == "responseTime":
        yield "observedValue", round(leaf.duration_s * 1000, 3)
        yield "observedUnit", "ms"
        return
    yield "observedValue", leaf.value
    if leaf.unit:
        yield "observedUnit", leaf.unit


_DATASTORES = ("databases", "caches", "query", "migrations", "storages")
_SYSTEM = ("disk", "memory", "system")


def _type(leaf: Leaf) -> str:
    """One of the draft's three (4.2), by the name of the provider."""
    name = leaf.reference.split("/")[1]
    return "datastore" if name in _DATASTORES else "system" if name in _SYSTEM else "component"


def _moment(at: float) -> str:
    """RFC 3339, in UTC."""
    return datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _links(showing: Showing, leaf: Leaf) -> Iterator[tuple[str, Json]]:
    """By relation: its own place in the API, and the runbook for who may see it."""
    provider = _provider(leaf)
    if showing.root and provider:
        yield "self", f"{showing.root}{leaf.resource}/{quote(provider.name)}"
    if leaf.with_details and provider and provider.runbook:
        yield "help", redact_text(str(provider.runbook))  # RFC 8288 has "help" among the registered relations


def _provider(leaf: Leaf) -> Provider | None:
    resource = registry.current().resources.get(leaf.resource)
    return resource.providers.get(leaf.reference.split("/")[1]) if resource else None


def _ttls() -> dict[str, float]:
    return {
        check.reference: check.ttl_s
        for all_observed in registry.current().observed.values()
        for observed in all_observed
        for check in observed.checks
    }


FORMAT = Format(
    "health+json",
    "application/health+json",
    render,
    accepted_as=("application/health+json",),
    headers=headers,
)
