"""What the runner runs: one function with its deadline, its ttl and its thresholds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """One thing to look at; compared by identity, as each has a history of its own.

    A provider is one check, or one a component where it declares its components (`each`). `call` takes nothing and
    returns the provider's value, or an awaitable of it.
    """

    reference: str
    call: Callable[[], object]
    judged: bool = True
    critical: bool = True
    names: tuple[str, ...] | None = None
    """The components that one run must answer for (batch form): those missing in its answer fail alone."""
    whole: bool = True
    """False for one component of a provider: a mapping it returns is its value, not components of its own."""
    names_are_details: bool = False
    """What its components are called is for those alone who may see details, as a worker's hostname is."""
    timeout_s: float = 2.0
    ttl_s: float = 1.0
    fail_after: int = 1
    pass_after: int = 1

    @property
    def name(self) -> str:
        """Its own name: the last part of its reference, which may hold slashes where it is a component's."""
        return self.reference.split("/", 1 if self.whole else 2)[-1]

    @property
    def hang_step_s(self) -> float:
        """While it hangs, each such time is one more failure. A ttl of 0 would count without end."""
        return self.ttl_s or self.timeout_s
