"""Checks that were written for others: so a project moves to this app without rewriting its own.

They bound themselves, or they don't: what an adapter adds is the deadline of its check, the check's own connections
where they ask `django.db.connections` and `django.core.cache.caches` for one, and that they are cut off there.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import chain, count
from typing import Any

from ..core.bounds import remaining_s
from ..core.observation import Component
from ..core.states import State
from ..reading import type_of
from .base import load
from .forms import batch, each


def _names(check: str | type, **options: object) -> tuple[str, ...]:
    kind = _class(check)
    try:
        inspect.signature(kind).bind(**options)
    except TypeError as error:
        raise ValueError(f"{kind.__name__}: {error}") from None
    return (kind.__name__,)


def _class(check: object) -> type:
    found = load(check) if isinstance(check, str) else check
    if not isinstance(found, type) or not callable(getattr(found, "run", None)):
        raise ValueError(f"{check!r} is no HealthCheck: it has no method `run`")
    if inspect.isabstract(found):
        raise ValueError(f"{found.__name__} is abstract: name one of its subclasses")
    return found


@each(_names)
def health_check(name: str, check: str | type, **options: object) -> object:
    """A `HealthCheck` class of django-health-check 4, or its path, made with these options.

    Sends, needs and costs what the class does. Its `ServiceWarning` warns, its other exceptions fail, and so does any
    error; one that says `critical_service = False` warns at most. Its `timeout` is the deadline, where that is sooner.
    """
    made = _class(check)(**options)
    own = getattr(made, "timeout", None)
    if isinstance(own, timedelta):
        with suppress(AttributeError):  # it may be frozen
            made.timeout = min(own, timedelta(seconds=remaining_s()))
    try:
        done = made.run()
    except Exception as error:  # noqa: BLE001 - raised again unless it is theirs
        return _failure(made, error)
    return _awaited(made, done) if inspect.isawaitable(done) else True


async def _awaited(made: object, done: Awaitable[object]) -> object:
    try:
        await done
    except Exception as error:  # noqa: BLE001
        return _failure(made, error)
    return True


def _failure(made: object, error: Exception) -> Component:
    """Their exceptions are known by name: older releases of the package have others of the same."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "HealthCheckException" not in kinds:
        raise error
    warns = "ServiceWarning" in kinds or not getattr(made, "critical_service", True)
    return Component(State.WARN if warns else State.FAIL, detail=str(getattr(error, "message", error)))


def _unnamed(check: str | Callable[[], object], **arguments: object) -> None:
    function = load(check) if isinstance(check, str) else check
    if not callable(function):
        raise ValueError(f"check is a function or its dotted path, not a {type_of(check)}")
    try:
        inspect.signature(function).bind(**arguments)
    except TypeError as error:
        raise ValueError(f"{check}: {error}") from None


@batch(_unnamed)
def watchman(check: str | Callable[..., object], **arguments: object) -> dict[str, object]:
    """A check function of django-watchman, or its path, with these arguments.

    Sends, needs and costs what the function does: `watchman.checks.email` sends a mail. Each status that it returns is
    a component, by the alias or the name that it has there (where two have the same one, by all that they lie under);
    a stack trace in it is left out.
    """
    function: Any = load(check) if isinstance(check, str) else check
    returned = function(**arguments)
    if _is_status(returned):
        # watchman's decorator hides the function's own name.
        name = check.rpartition(".")[2] if isinstance(check, str) else getattr(function, "__name__", "check")
        returned = {name: returned}
    if not isinstance(returned, Mapping):
        raise ValueError(f"it returned a {type_of(returned)}, not a mapping of statuses")
    found = [each_ for key, entry in returned.items() for each_ in _statuses((str(key),), entry)]
    names = _told_apart([path for path, _ in found])
    return {name: _judge(status) for name, (_, status) in zip(names, found, strict=True)}


Place = tuple[str, ...]
"""Of a status: the names that it lies under, its own at the end."""


def _statuses(place: Place, entry: object) -> Iterator[tuple[Place, Mapping[str, object] | None]]:
    """One of the form {"ok": True}; several by their names, or a list of such. None where there is none."""
    if _is_status(entry):
        yield place, entry  # type: ignore[misc] # a mapping, then
    elif isinstance(entry, (Mapping, list, tuple)) and not entry:
        yield place, None
    elif isinstance(entry, Mapping):
        for name, status in entry.items():
            yield from _statuses((*place, str(name)), status)
    elif isinstance(entry, (list, tuple)):
        for part in entry:
            yield from _statuses(place, part)
    else:
        raise ValueError(f"it returned a {type_of(entry)} for {place[-1]!r}, not a status")


def _told_apart(places: Sequence[Place]) -> list[str]:
    """A name for each: its own; all that it lies under, where it is not alone with that; a number, where they agree."""
    alike: dict[str, set[Place]] = {}
    for place in places:
        alike.setdefault(place[-1], set()).add(place)
    names: dict[str, None] = {}
    for place in places:
        name = place[-1] if len(alike[place[-1]]) == 1 else "/".join(place)
        names[next(free for free in chain([name], (f"{name}-{n}" for n in count(2))) if free not in names)] = None
    return list(names)


def _is_status(entry: object) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("ok"), bool)


def _judge(status: Mapping[str, object] | None) -> object:
    if status is None:
        return Component(State.PASS, detail="there is none to look at")
    return True if status["ok"] else Component(State.FAIL, detail=str(status.get("error") or "it is not ok"))
