"""What the resources that aren't judged show: a group of cards each provider, made by the provider's own template."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import pgettext

from ..core.observation import Json, Observation
from ..core.states import State
from ..providers.base import Provider
from . import sentences, wording
from .about import about_of
from .addresses import path_of
from .present import Seen, parts
from .tree import Node, tree

MOST_CARDS = 200
OUTLINE = 6
"""Entries of a value on the overview."""

_PLAIN = re.compile(r"[\w-]+(\.[\w-]+)*/[\w-]+(\.[\w-]+)*")
_ANY = "status/_values.html"
_MADE = {
    "status.providers.celery.stats.celery": "status/made/celery.html",
    "status.providers.django.stats.caches": "status/made/caches.html",
    "status.providers.django.stats.databases": "status/made/databases.html",
    "status.providers.packages.packages": "status/made/packages.html",
    "status.providers.stats.code": "status/made/code.html",
    "status.providers.system.system": "status/made/system.html",
}
"""Templates of ours by the function whose values they are made for: under its name stands what a project likes."""


@dataclass(frozen=True, slots=True)
class Part:
    """The value of a provider, or of one component of it; `problem` says why there is none, or what is wrong."""

    name: str
    """Of the component, fit to be shown; empty for the provider's own value."""
    value: Json = None
    nodes: tuple[Node, ...] = ()
    problem: str = ""
    state: State = State.PASS

    @property
    def joint(self) -> str:
        """Between the provider's name and this one."""
        return wording.joint(self.name)


@dataclass(frozen=True, slots=True)
class Shown:
    """One provider, as its template needs it."""

    name: str
    label: str
    description: str
    parts: tuple[Part, ...]
    templates: tuple[str, ...]
    """The first of these that there is."""
    json: str = ""
    """Its values in the API, below the website's root; empty where the caller may not see them."""
    composed: bool = False

    @property
    def good(self) -> int:
        """How many of the parts have a value."""
        return len(self.parts) - len(self.lost)

    @property
    def lost(self) -> tuple[Part, ...]:
        """Those that have none, or with which something is wrong."""
        return tuple(part for part in self.parts if part.problem)


@dataclass(frozen=True, slots=True)
class Group:
    """Providers that stand together: one with several components by itself, and all others side by side below."""

    title: str
    shown: tuple[Shown, ...]
    single: bool


@dataclass(frozen=True, slots=True)
class Values:
    """A resource that isn't judged."""

    name: str
    title: str
    groups: tuple[Group, ...]
    more: str = ""
    details: bool = False
    outline: bool = False


def values(seen: Seen, now: float, *, outline: bool = False) -> Values:
    """The cards of a resource that isn't judged; with `outline` the first entries of each alone."""
    name = seen.report.resource
    found = list(parts(seen.report, details=seen.details))
    by_owner = [list(pairs) for _, pairs in groupby(found[:MOST_CARDS], key=lambda pair: id(pair[0]))]
    shown = [_shown(seen, its[0][0], [part for _, part in its], now, outline=outline) for its in by_owner]
    more = sentences.more(len(found) - MOST_CARDS) if len(found) > MOST_CARDS else ""
    return Values(name, wording.title(name), tuple(_groups(shown)), more, seen.details, outline)


def template_of(resource: str, name: str, provider: Provider | None) -> tuple[str, ...]:
    """The templates that may show this provider: the project's, then ours for its function."""
    # A name is any text: what could lead out of the folder has no template.
    own = (f"status/providers/{resource}/{name}.html",) if _PLAIN.fullmatch(f"{resource}/{name}") else ()
    made = _MADE.get(provider.path) if provider else None
    return (*own, made) if made else own


def one(seen: Seen, provider: Provider, part: Observation, now: float) -> Shown:
    """A check as its provider's template needs it, on a page of its own."""
    about = about_of(provider, provider.name)
    templates = (*template_of(seen.report.resource, provider.name, provider), _ANY)
    its = (_part(part, part, now, outline=False),)
    return Shown(provider.name, about.provider, about.description, its, templates, path_of(part.reference))


def _part(owner: Observation, part: Observation, now: float, *, outline: bool) -> Part:
    """What is shown of a part to who may see details."""
    name = wording.name(part.name) if part is not owner else ""
    problem = wording.shown(part.error or pgettext("status", "it gave no value")) if part.failed else ""
    if part.composed:
        return Part(name, problem=problem or pgettext("status", "no components"), state=part.state)
    if problem and part.value is None:
        return Part(name, problem=problem, state=part.state)
    nodes = tree(part.value, now, widest=OUTLINE, flat=True) if outline else tree(part.value, now)
    return Part(name, part.value, nodes, problem, part.state)


def _shown(seen: Seen, owner: Observation, its: Sequence[Observation], now: float, *, outline: bool) -> Shown:
    provider = seen.providers.get(owner.name)
    about = about_of(provider, owner.name)
    resource, composed = seen.report.resource, its[0] is not owner
    if not seen.details:
        hidden = tuple(Part(wording.name(part.name) if part is not owner else "") for part in its)
        return Shown(owner.name, about.provider, "", hidden, (_ANY,), composed=composed)
    return Shown(
        owner.name,
        about.provider,
        about.description,
        tuple(_part(owner, part, now, outline=outline) for part in its),
        (*template_of(resource, owner.name, provider), _ANY),
        path_of(owner.reference),
        composed,
    )


def _groups(shown: Sequence[Shown]) -> Iterator[Group]:
    yield from (Group(each.label, (each,), False) for each in shown if len(each.parts) > 1)
    if singles := tuple(each for each in shown if len(each.parts) == 1):
        yield Group(", ".join(each.label for each in singles), singles, True)
