"""The nouns: what a provider says of a component, what was observed, and a report of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from .states import State, worst

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None


@dataclass(frozen=True, slots=True)
class Component:
    """A provider's word on one component, for when the truth of a value does not say enough.

    `value` is what was measured, in `unit` (as "ms", "%", "messages"); `detail` is a sentence for people. Value and
    detail are shown to callers with the right to details alone.
    """

    state: State
    value: object = None
    unit: str | None = None
    detail: str | None = None

    def __post_init__(self) -> None:
        # "pass" is as good as State.PASS; anything else is an error where it is made, not where it is shown.
        object.__setattr__(self, "state", State(self.state))


@dataclass(frozen=True, slots=True)
class Observation:
    """One run of one provider or component, as it counts: thresholds are applied.

    Times are seconds since the epoch. Value, error and detail are plain JSON values, redacted.
    """

    reference: str
    """Path of what was observed, as "health/databases" or "health/databases/default"."""
    name: str
    state: State
    observed_at: float
    duration_s: float
    value: Json = None
    unit: str | None = None
    detail: str | None = None
    error: str | None = None
    """One line that says why it does not pass; None when nothing is known to be wrong."""
    failed: bool = False
    """It gave no value at all: it raised, hung, or returned what can't be shown."""
    timed_out: bool = False
    by_state: bool = False
    """The provider stated a state instead of returning a value: the 2.x JSON shows a boolean."""
    critical: bool = True
    since: float | None = None
    """When the state became what it is, as this process saw it."""
    last_pass_at: float | None = None
    failures: int = 0
    """Failures in a row, this one included."""
    components: tuple[Observation, ...] = ()
    composed: bool = False
    """The value is a mapping of its components, made of theirs."""
    names_are_details: bool = False
    """Who may see states alone is told the provider's one state in place of its components: their names tell more."""

    @property
    def weight(self) -> State:
        """What it counts in a report: a failing check that isn't critical makes the report warn, not fail."""
        return State.WARN if self.state is State.FAIL and not self.critical else self.state


@dataclass(frozen=True, slots=True)
class Report:
    """The observations of one resource (or probe) at one moment, and their worst state."""

    resource: str
    observations: tuple[Observation, ...]
    judged: bool = True
    state: State = field(init=False)

    def __post_init__(self) -> None:
        state = worst(observation.weight for observation in self.observations) if self.judged else State.PASS
        object.__setattr__(self, "state", state)
