"""`STATUS_ACCESS`: what everyone sees of each resource."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from functools import partial
from typing import TypeAlias

from asgiref.sync import iscoroutinefunction
from django.conf import settings

from .imported import NotImportable, imported
from .problem import Problems, place, shown, type_of

Access: TypeAlias = "Mapping[str, str] | Callable[..., object]"

ACCESS = {"health": "states", "*": "private"}
_NOBODY = {"*": "private"}  # what can't be read must not be open
ACCESS_LEVELS = ("public", "states", "private", "hidden")

_DEFAULTS = ("health", "stats")
_OURS = (*_DEFAULTS, "metrics")
"""No slips, also where a site has none of that name: settings may be shared by several."""

_HINT = f"Map resources, or * for the rest, to one of {', '.join(ACCESS_LEVELS)}; or name a function"


def read_access(problems: Problems, judged: Collection[str]) -> Access:
    given = getattr(settings, "STATUS_ACCESS", ACCESS)
    if isinstance(given, str):
        try:
            given = imported(given)
        except NotImportable as error:
            problems.tell("E011", "STATUS_ACCESS", str(error), _HINT)
            return _NOBODY
    if callable(given):
        if not _is_async(given):
            return given  # type: ignore[no-any-return]
        text, hint = "it is async, and nobody would await it", "Write it with def: it is called in a thread of its own"
        problems.tell("E011", "STATUS_ACCESS", text, hint)
        return _NOBODY
    if not isinstance(given, Mapping):
        problems.tell("E011", "STATUS_ACCESS", f"it is a {type_of(given)}, not a mapping", _HINT)
        return _NOBODY
    levels = {}
    for resource, level in given.items():
        if not isinstance(resource, str):
            text = f"a resource's name is a text, not a {type_of(resource)}"
            problems.tell("E011", "STATUS_ACCESS", text, _HINT, place(resource))
            continue
        if level not in ACCESS_LEVELS:
            problems.tell("E011", "STATUS_ACCESS", f"{shown(level)} is no level", _HINT, place(resource))
            level = "private"  # what is misspelt must not be open
        levels[str(resource)] = ACCESS_LEVELS[ACCESS_LEVELS.index(level)]  # an enum's text may be another
    _check_open(problems, levels, judged)
    _check_names(problems, levels)
    # A "*" that is given is for all that is not named: health too, whose own default would stand over it.
    return levels if "*" in levels else {**ACCESS, **levels}


def _check_open(problems: Problems, levels: Mapping[str, str], judged: Collection[str]) -> None:
    """A judged resource may well be public; one that is only shown is all values, and they map the house."""
    for resource, level in levels.items():
        # A verdict on stats takes none of their values away.
        if level == "public" and (resource not in judged or resource in ("*", "stats")):
            of = "every resource that isn't named" if resource == "*" else "it"
            hint = "Write private, and trust those who need it by a token or a network"
            problems.warn("W004", "STATUS_ACCESS", f"everyone sees all values of {of}", hint, place(resource))


def _check_names(problems: Problems, levels: Mapping[str, str]) -> None:
    """Whether each is a resource's. A warning alone, and not in `health`: the resource may come later."""
    providers = getattr(settings, "STATUS_PROVIDERS", None)
    if providers is not None and not isinstance(providers, Mapping):
        return  # E001, and it can't be known which resources were meant
    resources = _DEFAULTS if providers is None else tuple(name for name in providers if isinstance(name, str))
    known = dict.fromkeys((*resources, *_OURS))
    for resource in levels:
        if resource not in known and resource != "*":
            near = get_close_matches(resource, known)
            hint = f"Write {' or '.join(near)}" if near else f"The resources are: {', '.join(resources) or 'none'}"
            problems.warn("W009", "STATUS_ACCESS", f"there is no resource {shown(resource)}", hint, place(resource))


def _is_async(given: Callable[..., object]) -> bool:
    """Whether what it returns is to be awaited or iterated: its answer would be taken for none."""
    while isinstance(given, partial):
        given = given.func
    return any(iscoroutinefunction(each) or inspect.isasyncgenfunction(each) for each in (given, type(given).__call__))
