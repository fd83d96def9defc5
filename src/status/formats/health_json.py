"""`application/health+json`, as draft-inadarei-api-health-check-06 has it.

https://datatracker.ietf.org/doc/html/draft-inadarei-api-health-check-06
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from urllib.parse import quote

from django.utils.encoding import iri_to_uri

from ..core.observation import Json
from ..core.states import State
from ..providers import registry
from ..providers.base import Provider
from . import freshness, service
from .format import Format, Showing
from .json import write
from .leaves import Leaf, leaves

_MEASUREMENTS = {"%": "utilization", "connections": "connections"}
"""By unit, those that the draft has a name for (4); of another, or of none, it is the `value`."""
_MOST_OUTPUT = 20
"""Checks whose reasons are told together at the top; each is told at its own place."""


def render(showing: Showing) -> bytes:
    """One object: the verdict, who says so, and under `checks` each thing that was looked at."""
    told = list(leaves(showing))
    return write({**_verdict(showing, told), **_service(showing), **_checks(showing, told)}, showing)


def headers(showing: Showing) -> Mapping[str, str]:
    """How long the answer is fresh (draft, 9): for as long as this site itself would give it again, and no longer."""
    left_s = freshness.left_s(showing.reports, time.time())
    if left_s is None:
        return {}
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
    """By component and measurement. What is not of the measurement is the same at each of a component's keys."""
    checks: dict[str, Json] = {}
    for leaf in told:
        for measurement, observed in _measured(leaf):
            checks[f"{_component(leaf.reference)}:{measurement}"] = [dict(_check(showing, leaf, observed))]
    return {"checks": checks}


def _component(reference: str) -> str:
    """The reference as the first half of a key, in which no colon may be (4)."""
    return reference.replace("%", "%25").replace(":", "%3A")


def _measured(leaf: Leaf) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """Each measurement by its name: the value where it says more than the state, and how long it took.

    The latter of everything and to everybody, so that there is a key that doesn't come and go with a value.
    """
    if leaf.value is not None and not _is_its_state(leaf):
        unit: dict[str, Json] = {"observedUnit": leaf.unit} if leaf.unit else {}
        yield _MEASUREMENTS.get(leaf.unit or "", "value"), {"observedValue": leaf.value, **unit}
    took_ms = round(leaf.duration_s * 1000, 3)
    yield "responseTime", {"observedValue": took_ms, "observedUnit": "ms"} if leaf.with_details else {}


def _is_its_state(leaf: Leaf) -> bool:
    """Whether the value is a truth that was judged as it is."""
    return bool(leaf.state) and isinstance(leaf.value, bool) and not leaf.unit


def _check(showing: Showing, leaf: Leaf, observed: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    yield "componentId", leaf.reference
    yield "componentType", _type(leaf)
    yield from observed.items()
    if leaf.state:
        yield "status", leaf.state.value  # of the component, whatever is measured of it (4.5)
    yield "time", _moment(leaf.observed_at)
    does_not_pass = leaf.failed if leaf.state is None else leaf.state is not State.PASS
    if leaf.said and does_not_pass:
        yield "output", leaf.said
    links = dict(_links(showing, leaf))
    if links:
        yield "links", links


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
    """By relation: its own place in the API, and the runbook for who may see it. Each is a URI (4.9, 3.7)."""
    provider = _provider(leaf)
    if showing.root and provider:
        yield "self", f"{showing.root}{leaf.resource}/{quote(provider.name)}"
    runbook = _uri(provider.runbook) if leaf.with_details and provider else ""
    if runbook:
        yield "help", runbook  # registered as HTML has it: https://www.iana.org/assignments/link-relations


_PART = r"(?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})"
_URI = re.compile(rf"https?://{_PART}+(?:#{_PART}*)?")
"""Those of the web (RFC 3986), but for hosts that are addresses of IPv6."""


def _uri(given: object) -> str:
    """What the project says as a URI without secrets; empty where it is none."""
    uri = iri_to_uri(service.fit(given)) or ""
    return uri if _URI.fullmatch(uri) else ""


def _provider(leaf: Leaf) -> Provider | None:
    resource = registry.current().resources.get(leaf.resource)
    return resource.providers.get(leaf.reference.split("/")[1]) if resource else None


FORMAT = Format(
    "health+json",
    "application/health+json",
    render,
    accepted_as=("application/health+json",),
    headers=headers,
    has_links=True,
    schema="health+json",
)
