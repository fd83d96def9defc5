"""The API described in OpenAPI 3.1, as far as the caller may know of it.

https://spec.openapis.org/oas/v3.1.1.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from django.utils.translation import get_language

from ..access import Sight
from ..core.observation import Json
from ..core.states import State
from ..formats import registry as formats
from ..formats import service
from ..formats.json import dump
from ..providers import registry
from . import answers, beside, components
from .answers import Answer
from .known import Known, security_schemes, seen_by_strangers
from .paths import Parameter, Path, item, parameters, responses

NAME = "openapi.json"
VERSION = "3"
"""Of the API, which strangers may know: its shapes are those of django-status 3."""
MOST_KEPT = 32
"""Documents: one a kind of caller, and a place where the API is included."""


def document(sights: Mapping[str, Sight], root: str, *, metrics: Sight, alone: bool) -> bytes:
    """The document for a caller who sees this much of each resource, and of the metrics.

    `root` is the quoted path of the API, which is `alone` where the website is not there.
    """
    known = tuple((name, sight) for name, sight in sights.items() if sight is not Sight.HIDDEN)
    return _written(Known(formats.current(), known, metrics, root.rstrip("/"), alone, get_language()))


@lru_cache(maxsize=MOST_KEPT)
def _written(known: Known) -> bytes:
    paths = (*_paths(known), *(path for described in BESIDE for path in described(known)))
    told: dict[str, Json] = {
        "openapi": "3.1.0",
        "info": _info(known),
        "servers": [{"url": known.root or "/"}],
        "tags": [{"name": name} for name, _ in known.sights],
        "paths": {path.path: item(path) for path in paths},
        "components": {
            "schemas": components.all_schemas(),
            "responses": responses(paths),
            "parameters": parameters(paths),
            "securitySchemes": security_schemes(),
        },
    }
    return dump(told)


def _info(known: Known) -> dict[str, Json]:
    """As health+json: which version of the service it is, only to whom details are told."""
    told: dict[str, Json] = {"title": service.named("title") or "Status"}
    description = service.named("description")
    if description:
        told["description"] = description
    has_details = any(sight is Sight.DETAILS for _, sight in known.sights)
    return {**told, "version": (service.named("version") if has_details else "") or VERSION}


def _paths(known: Known) -> Iterator[Path]:
    yield _root(known)
    for name, sight in known.sights:
        if sight is Sight.NOTHING:
            yield _withheld(name)
            continue
        yield _resource(known, name)
        for provider in registry.resource(name).providers:
            yield _provider(known, name, provider, with_details=sight is Sight.DETAILS)


def _root(known: Known) -> Path:
    resources = [registry.resource(name) for name, sight in known.sights if sight >= Sight.STATES]
    states = {State.PASS}
    for each in resources:
        states |= {*answers.states_of(each.providers.values(), judged=each.judged)}
    in_order = sorted(states, key=lambda state: state.severity)
    return Path(
        "/",
        "All that the caller may see.",
        tuple(answers.reports(known.formats, "all", in_order)),
        (answers.listing("all"),),
        tuple(security_schemes()),
        parameters=(_format(known),),
    )


def _resource(known: Known, name: str) -> Path:
    resource = registry.resource(name)
    states = answers.states_of(resource.providers.values(), judged=resource.judged)
    return _of_reports(known, name, f"/{name}", "resource", states)


def _provider(known: Known, name: str, provider: str, *, with_details: bool) -> Path:
    resource = registry.resource(name)
    found = resource.providers[provider]
    states = answers.states_of([found], judged=resource.judged)
    description = service.fit(found.description) if with_details else ""
    return _of_reports(known, name, f"/{name}/{provider}", "provider", states, description)


def _of_reports(known: Known, name: str, path: str, shape: str, states: Sequence[State], description: str = "") -> Path:
    strangers = seen_by_strangers(name)
    refusals = tuple(answers.of_strangers(strangers))
    return Path(
        path,
        path[1:],
        (*answers.reports(known.formats, shape, states), *refusals),
        (answers.listing("one" if shape == "provider" else shape), *refusals),
        () if strangers is Sight.DETAILS else tuple(security_schemes()),
        is_open=strangers not in (Sight.NOTHING, Sight.HIDDEN),
        tag=name,
        description=description,
        parameters=(_format(known),),
    )


def _withheld(name: str) -> Path:
    """Of a resource that is there, and that this caller may not see."""
    refusal = (answers.NEEDS_TOKEN,)
    schemes = tuple(security_schemes())
    return Path(f"/{name}", f"{name}, for who may see it.", refusal, refusal, schemes, is_open=False, tag=name)


def _itself(known: Known) -> Iterator[Path]:
    answer = Answer(answers.OK, "openapi", "In OpenAPI 3.1.", {answers.JSON: {"type": "object"}})
    schemes = tuple(security_schemes())
    yield Path(f"/{NAME}", "This description.", (answer,), (answers.listing("one"),), schemes)


BESIDE: Sequence[Callable[[Known], Iterable[Path]]] = (_itself, beside.metrics, beside.badges, beside.feed)
"""Doors beside those of the resources, each by a function that says what it is for this caller, if anything. What is
not below the API's root has a `server`."""


def _format(known: Known) -> Parameter:
    return Parameter("format", "query", "Counts before the header Accept.", {"enum": [*known.formats.by_name]})
