"""How much of a resource a caller sees, and how projects say it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum


class Sight(IntEnum):
    """How much of a resource a caller sees."""

    HIDDEN = 0
    """Not even that it exists."""
    NOTHING = 1
    """That it exists, and that more can be had by who may."""
    STATES = 2
    DETAILS = 3


_STRANGER = {"public": Sight.DETAILS, "states": Sight.STATES, "private": Sight.NOTHING, "hidden": Sight.HIDDEN}
"""What each level of `STATUS_ACCESS` lets everyone see."""

_WORDS = {**_STRANGER, **{each.name.lower(): each for each in Sight}}
"""What a project's own callable may say. The two agree on the words that they share."""


def of_strangers(levels: Mapping[str, str], resource: str) -> Sight:
    """What these levels let everyone see of the resource."""
    return _STRANGER[levels.get(resource) or levels["*"]]


def understood(said: object) -> Sight:
    """What a project's own callable said: a `Sight`, its name, a level, or a boolean; anything else shows nothing."""
    if isinstance(said, Sight):
        return said
    if said is True:
        return Sight.DETAILS
    return _WORDS.get(str(said).lower(), Sight.NOTHING)
