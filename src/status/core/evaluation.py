"""From what a provider returned to what was found: plain, redacted, judged component by component."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice

from .check import Check
from .names import MAX_NAMES, UNTOLD, name_components
from .observation import Component, Json
from .redaction import describe, describe_traceback, one_line, redact, redact_text
from .states import State, as_state, worst
from .values import plain

MAX_COMPONENTS = 10_000

Encode = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one run says of a check or of one component, before thresholds; fields as in `Observation`."""

    name: str
    state: State
    value: Json = None
    unit: str | None = None
    detail: str | None = None
    error: str | None = None
    failed: bool = False
    timed_out: bool = False
    by_state: bool = False
    components: tuple[Finding, ...] = ()
    composed: bool = False
    traceback: str | None = None


def evaluate(check: Check, returned: object, encode: Encode | None = None) -> Finding:
    """Judge what the check's function returned; what can't be shown makes a failed finding, never an exception.

    An exception of the returned value's own methods does get out: the runner tells it as any other of the check.
    """
    if check.names is not None:
        return _answers(check, check.names, returned, encode)
    if check.judged and check.whole and isinstance(returned, Mapping):
        return _mapping(check, returned, encode)
    return _one(check, check.name, returned, encode)


def raised(check: Check, error: BaseException) -> Finding:
    """The finding of a run that raised."""
    return _failed(check.name, describe(error), traceback=describe_traceback(error))


def unanswered(check: Check, waited_s: float) -> Finding:
    """The finding of a run that did not answer in time; each component that it was to answer for fails."""
    error = f"no answer in {waited_s:g} s"
    if check.names is None:
        return _failed(check.name, error, timed_out=True)
    parts = tuple(_failed(name, error, timed_out=True) for name in check.names)
    return _composed(check.name, parts, timed_out=True)


def _answers(check: Check, names: tuple[str, ...], returned: object, encode: Encode | None) -> Finding:
    """A batch's answers, with a failure for each name that it left out."""
    if not isinstance(returned, Mapping):
        return _failed(check.name, f"a batch returns a mapping of names, not {type(returned).__name__}")
    found = _mapping(check, returned, encode)
    if found.failed:
        return found
    answered = {part.name for part in found.components}
    missing = tuple(_failed(name, "no answer", timed_out=True) for name in names if name not in answered)
    return _composed(check.name, found.components + missing)


def _mapping(check: Check, returned: Mapping[object, object], encode: Encode | None) -> Finding:
    """A mapping is components: each is a state, a `Component`, or anything by its truth as in 2.x."""
    entries = name_components(islice(returned.items(), MAX_COMPONENTS + 1))
    if len(entries) > MAX_COMPONENTS:
        return _failed(check.name, f"more than {MAX_COMPONENTS:,} components")
    if UNTOLD in entries:
        return _failed(check.name, f"names of components over {MAX_NAMES:,} characters")
    shown = plain({name: _shown(entry) for name, entry in entries.items()}, encode=encode)
    values = redact(shown.tree)
    if shown.cut or not isinstance(values, dict):
        return _failed(check.name, shown.cut or "it can't be shown", value=values)
    parts = tuple(_judged(check, name, entry, values.get(name)) for name, entry in entries.items())
    return _composed(check.name, parts)


def _one(check: Check, name: str, returned: object, encode: Encode | None) -> Finding:
    shown = plain(_shown(returned), encode=encode)
    value = redact(shown.tree)
    if shown.cut:
        return _failed(name, shown.cut, value=value)
    return _judged(check, name, returned, value)


def _judged(check: Check, name: str, entry: object, value: Json) -> Finding:
    if isinstance(entry, Component):
        return _stated(name, entry, value)
    if not check.judged:
        return Finding(name, State.PASS, value)
    state = as_state(entry)
    if state is not None:
        return Finding(name, state, by_state=True)
    if entry:
        return Finding(name, State.PASS, value)
    return Finding(name, State.FAIL, value, error=f"returned {json.dumps(value)}")


def _stated(name: str, component: Component, value: Json) -> Finding:
    unit = None if component.unit is None else one_line(redact_text(str(component.unit)))
    detail = None if component.detail is None else one_line(redact_text(str(component.detail)))
    error = None if component.state is State.PASS else detail
    return Finding(name, component.state, value, unit, detail, error, by_state=True)


def _shown(entry: object) -> object:
    return entry.value if isinstance(entry, Component) else entry


def _composed(name: str, parts: tuple[Finding, ...], *, timed_out: bool = False) -> Finding:
    return Finding(name, worst(part.state for part in parts), components=parts, composed=True, timed_out=timed_out)


def _failed(
    name: str, error: str, *, value: Json = None, timed_out: bool = False, traceback: str | None = None
) -> Finding:
    return Finding(name, State.FAIL, value, error=error, failed=True, timed_out=timed_out, traceback=traceback)
