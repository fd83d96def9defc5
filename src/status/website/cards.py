"""The values of a resource that isn't judged, a card each."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.observation import Observation
from . import wording
from .present import Seen, about_of, parts
from .tree import Node, tree

MOST_CARDS = 200
OUTLINE = 6
"""Entries of a value on the overview."""


@dataclass(frozen=True, slots=True)
class Card:
    """What one provider, or one component of it, shows; `problem` says why it shows nothing."""

    provider: str
    component: str
    description: str
    nodes: tuple[Node, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Values:
    """A resource that isn't judged."""

    name: str
    title: str
    cards: tuple[Card, ...]
    more: str = ""
    details: bool = False


def values(seen: Seen, *, outline: bool = False) -> Values:
    """The cards of a resource that isn't judged; with `outline` the first entries of each alone."""
    name = seen.report.resource
    found = list(parts(seen.report))
    shown = tuple(_card(seen, owner, part, outline=outline) for owner, part in found[:MOST_CARDS])
    more = f"… {len(found) - MOST_CARDS:,} more" if len(found) > MOST_CARDS else ""
    return Values(name, wording.title(name), shown, more, seen.details)


def _card(seen: Seen, owner: Observation, part: Observation, *, outline: bool) -> Card:
    about = about_of(seen.providers.get(owner.name), owner.name)
    label, description = about.provider, about.description
    component = wording.name(part.name) if part is not owner else ""
    if not seen.details:
        return Card(label, component, "")
    problem = wording.shown(part.error or "it gave no value") if part.failed else ""
    if part.composed:
        return Card(label, component, description, problem=problem or "no components")
    if problem and part.value is None:
        return Card(label, component, description, problem=problem)
    nodes = tree(part.value, widest=OUTLINE, flat=True) if outline else tree(part.value)
    return Card(label, component, description, nodes, problem)
