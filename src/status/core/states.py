"""The three states and their order; the names are those of application/health+json."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class State(str, Enum):
    """How one thing is. "Not observed yet" is no state: nothing passes unseen."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    FAIL = "fail"

    @property
    def severity(self) -> int:
        """0 for pass, 1 for warn, 2 for fail."""
        return _SEVERITY[self]

    def __str__(self) -> str:
        return self.value


_SEVERITY = {State.PASS: 0, State.WARN: 1, State.FAIL: 2}
_STATES = {state.value: state for state in State}


def worst(states: Iterable[State]) -> State:
    """The worst of the states; pass when there are none."""
    return max(states, key=_SEVERITY.__getitem__, default=State.PASS)


def as_state(value: object) -> State | None:
    """The state that a provider's word stands for; None for any other value."""
    if isinstance(value, State):
        return value
    return _STATES.get(value) if type(value) is str else None
