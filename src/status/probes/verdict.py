"""What a probe says beyond "ok": the names that failed, or all of them, as far as the caller may see them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial

from .. import access
from ..core.observation import Observation
from ..core.states import State
from .question import Question, Wishes, wishes
from .table import Reference, Selection, Target, provider_of

MAX_BODY = 10_000  # bytes; the kubelet reads 10 KiB
MAX_NAME = 100  # characters of a name that is told back


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that the probe asks, and how it counts."""

    reference: str
    state: State

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"

    @property
    def name(self) -> str:
        """The reference as it may stand in a line of text; a component has what name the project gives it."""
        return _printable(self.reference)


class Verdict:
    """Of one question: what to observe for it, and then what to say of that."""

    def __init__(self, question: Question) -> None:
        caller = question.caller()
        self._shows_names: Callable[[str], bool] = cache(partial(access.shows_names, caller))
        self._probe = question.probe
        self._below = question.below
        self._withheld = frozenset(
            each for each in self._probe.discreet if not access.shows_details(caller, _resource_of(each))
        )
        """The providers whose components this caller knows by the provider's reference alone."""
        self._wishes = wishes(question.query)
        # What may not be seen is not there: it can't be left out either, else leaving out would tell it.
        self._excluded = frozenset(filter(self._sees, self._wishes.excluded))

    def selection(self) -> Selection | None:
        """What to observe; None for a reference that the probe has not."""
        references = self._references_asked()
        if references is None:
            return None
        targets = (target for each in references if not self._leaves_out(each.name) for target in each.targets)
        of_each = bool(self._below) or self._wishes != Wishes()
        return Selection(tuple(target for target in targets if not self._leaves_out(target.name)), of_each)

    def judge(self, selection: Selection, seen: Sequence[Observation]) -> tuple[State, str] | None:
        """The state and the text; None where the one component that was asked for turns out not to be there."""
        observed = dict(zip(selection.checks, seen, strict=True))
        found = [line for target in selection.targets for line in _lines(target, observed[target.check])]
        if self._withheld:
            found = _joined((Line(self._told(line.reference), line.state) for line in found), self._withheld)
        if self._below and selection.targets and not found:
            return None
        counted = [line for line in found if line.reference not in self._excluded]
        failing = [line for line in counted if line.state is State.FAIL]
        state = State.FAIL if failing else State.PASS
        head = "fail" if failing else "ok"
        if self._wishes.verbose:
            said = [head, *(str(line) for line in counted if self._sees(line.reference))]
        else:
            said = [line.name for line in failing if self._sees(line.reference)] or [head]
        return state, _fitting([*said, *self._remarks(found)])

    def _references_asked(self) -> Sequence[Reference] | None:
        references = self._probe.references
        if not self._below:
            return references
        if not self._sees(self._below):
            return None
        if self._below in self._withheld:  # a project may have named some of its components alone
            return [each for each in references if self._told(each.name) == self._below]
        found = self._probe.below(self._below)
        return None if found is None else (found,)

    def _sees(self, reference: str) -> bool:
        """Whether the caller may know of it, if there is such a reference."""
        return self._shows_names(_resource_of(reference)) and self._told(reference) == reference

    def _told(self, reference: str) -> str:
        """What the caller knows it by."""
        provider = provider_of(reference)
        return provider if provider in self._withheld else reference

    def _leaves_out(self, reference: str) -> bool:
        return self._told(reference) in self._excluded

    def _remarks(self, found: Sequence[Line]) -> Iterable[str]:
        """What became of the names to leave out, where that is not as expected."""
        known = {line.reference for line in found}
        for reference in self._probe.references:
            known |= {self._told(name) for name in (reference.name, *(target.name for target in reference.targets))}
        for name in self._wishes.excluded:
            if name not in known or name not in self._excluded:
                yield f"unknown: {_shortened(name)}"
            elif self._wishes.verbose:
                yield f"excluded: {_shortened(name)}"


def _lines(target: Target, observation: Observation) -> list[Line]:
    """A line for each component that counts; of a check that has none, or fails beside them, its own."""
    parts = [Line(part.reference, part.weight) for part in observation.components]
    if target.component is not None:
        mine = [line for line in parts if line.reference == target.component]
        missing = not target.certain and (parts or not observation.failed)
        return mine if mine or missing else [Line(target.component, _absent(observation))]
    if not parts or (observation.weight is State.FAIL and all(line.state is not State.FAIL for line in parts)):
        parts.append(Line(observation.reference, observation.weight))
    return parts


def _joined(lines: Iterable[Line], names: Collection[str]) -> list[Line]:
    """The lines, with one alone of each of these names: as bad as the worst of it, where its first stood."""
    joined: dict[str | int, Line] = {}
    for at, line in enumerate(lines):
        key = line.reference if line.reference in names else at
        joined[key] = max(joined.get(key, line), line, key=lambda each: each.state.severity)
    return list(joined.values())


def _absent(observation: Observation) -> State:
    """What is not among what was observed is not well."""
    return State.FAIL if observation.critical else State.WARN


def _resource_of(reference: str) -> str:
    return reference.partition("/")[0]


def _shortened(name: str) -> str:
    """A name that the caller gave."""
    return _printable(name) if len(name) <= MAX_NAME else f"{_printable(name[:MAX_NAME])}…"


def _printable(name: str) -> str:
    return name if name.isprintable() else "".join(each if each.isprintable() else "?" for each in name)


def _fitting(said: Sequence[str]) -> str:
    """The lines, as many as a body holds, and how many are missing."""
    text = "\n".join(said)
    if len(text.encode()) <= MAX_BODY:
        return text
    room, kept = MAX_BODY - 20, 0  # that it goes on is said, too
    for line in said:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept += 1
    return "\n".join([*said[:kept], f"… and {len(said) - kept} more"])
