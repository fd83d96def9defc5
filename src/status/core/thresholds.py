"""From what one run found to what counts: so many failures in a row to fail, so many passes to pass again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .check import Check
from .evaluation import Finding
from .observation import Observation
from .states import State, worst


@dataclass(frozen=True, slots=True)
class Change:
    """A reference's state became another; `previous` is None when it was observed for the first time."""

    reference: str
    previous: State | None
    state: State
    observation: Observation
    traceback: str | None = None


@dataclass(slots=True)
class Streak:
    """How one reference has fared in a row, in this process."""

    state: State | None = None
    failures: int = 0
    passes: int = 0
    since: float = 0.0
    last_pass_at: float | None = None

    def count(self, found: State, times: int, check: Check) -> State:
        """Count `times` runs that found this state; returns the state that now counts.

        The first observation counts in full. Fewer failures in a row than `fail_after` are a warning; from fail it
        stays fail until `pass_after` runs in a row have not failed.
        """
        if found is State.FAIL:
            self.failures += times
            self.passes = 0
            held = self.state not in (None, State.FAIL) and self.failures < check.fail_after
            return State.WARN if held else State.FAIL
        self.failures = 0
        self.passes += times
        held = self.state is State.FAIL and self.passes < check.pass_after
        return State.FAIL if held else found

    def enter(self, state: State, at: float) -> State | None:
        """Take the state on, at this many seconds since the epoch; returns the one before."""
        previous = self.state
        if state is not previous:
            self.state, self.since = state, at
        if state is State.PASS:
            self.last_pass_at = at
        return previous

    def explain(self, error: str | None, found: State, counted: State, check: Check) -> str | None:
        """The error with what the thresholds made of it; None when nothing is wrong."""
        if found is State.FAIL and counted is State.WARN:
            return f"{error or 'failed'} (failure {self.failures} of {check.fail_after})"
        if found is not State.FAIL and counted is State.FAIL:
            return f"failed before, pass {self.passes} of {check.pass_after}"
        return error


@dataclass(slots=True)
class History:
    """The streaks of one check."""

    check: Check
    answering: Streak = field(default_factory=Streak)
    """Whether its runs answer at all; of a bare value, the value's own state too."""
    overall: Streak = field(default_factory=Streak)
    components: dict[str, Streak] = field(default_factory=dict)

    def copy(self) -> History:
        """One to try out what another finding would make of it."""
        components = {name: replace(streak) for name, streak in self.components.items()}
        return History(self.check, replace(self.answering), replace(self.overall), components)

    def record(
        self, found: Finding, *, at: float, duration_s: float, times: int = 1
    ) -> tuple[Observation, list[Change]]:
        """Count the finding; returns the observation it makes and the changes of state it brings."""
        changes: list[Change] = []
        parts = tuple(self._component(part, at, duration_s, times, changes) for part in found.components)
        if found.composed:  # components that are gone are forgotten: names that change all the time must not pile up
            names = {part.name for part in found.components}
            self.components = {name: streak for name, streak in self.components.items() if name in names}

        answer = State.PASS if found.composed else found.state
        answering = self.answering.count(answer, times, self.check)
        state = worst([answering, *(part.state for part in parts)])
        previous = self.answering.enter(answering, at)
        self.overall.enter(state, at)
        failures = max([self.answering.failures, *(part.failures for part in parts)])
        error = self.answering.explain(found.error, answer, answering, self.check)
        seen = self._observe(self.check.reference, found, state, self.overall, failures, error, at, duration_s, parts)
        # A provider with components is told by these, unless it stops to answer, or answers again.
        expected = previous is None and found.composed and answering is State.PASS
        if previous is not answering and not expected:
            changes.append(Change(seen.reference, previous, answering, seen, found.traceback))
        return seen, changes

    def _component(
        self, found: Finding, at: float, duration_s: float, times: int, changes: list[Change]
    ) -> Observation:
        streak = self.components.setdefault(found.name, Streak())
        state = streak.count(found.state, times, self.check)
        previous = streak.enter(state, at)
        error = streak.explain(found.error, found.state, state, self.check)
        reference = f"{self.check.reference}/{found.name}"
        seen = self._observe(reference, found, state, streak, streak.failures, error, at, duration_s)
        if previous is not state:
            changes.append(Change(reference, previous, state, seen))
        return seen

    def _observe(
        self,
        reference: str,
        found: Finding,
        state: State,
        streak: Streak,
        failures: int,
        error: str | None,
        at: float,
        duration_s: float,
        components: tuple[Observation, ...] = (),
    ) -> Observation:
        return Observation(
            reference=reference,
            name=found.name,
            state=state,
            observed_at=at,
            duration_s=duration_s,
            value=found.value,
            unit=found.unit,
            detail=found.detail,
            error=error,
            failed=found.failed,
            timed_out=found.timed_out,
            by_state=found.by_state,
            critical=self.check.critical,
            since=streak.since,
            last_pass_at=streak.last_pass_at,
            failures=failures,
            components=components,
            composed=found.composed,
            names_are_details=self.check.names_are_details,
        )
