"""What a format is, and what it is given to tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..core.observation import Report
from ..core.states import State, worst


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is written where people read it. A format heeds what it can."""

    indented: bool = False
    colour: bool = False
    ascii_only: bool = False


PLAIN = Style()


@dataclass(frozen=True, slots=True)
class Showing:
    """What a reader is shown: reports, and of which of their resources it may see details."""

    reports: Sequence[Report]
    details: frozenset[str] = frozenset()
    """Names of resources: of all others states alone are told."""
    resource: str = ""
    """What was asked for: this resource, of which `reports` holds the one report; empty for all."""
    provider: str = ""
    """Of the resource this provider alone; empty for all of them."""
    root: str = ""
    """URL of the API, with a slash at its end; empty where nobody can follow a link, as in a terminal."""
    style: Style = PLAIN

    @property
    def state(self) -> State:
        """The worst that is judged."""
        return worst(report.state for report in self.reports)


@dataclass(frozen=True, slots=True, eq=False)
class Format:
    """A way to write reports down.

    `render` returns the whole body. It must tell no more than the showing allows: `status.formats.leaves` gives what
    may be seen and nothing else.
    """

    name: str
    """What `?format=` and `-f` call it."""
    media_type: str
    """The answer's Content-Type, with its parameters."""
    render: Callable[[Showing], bytes]
    accepted_as: tuple[str, ...] = ()
    """Media types without parameters in `Accept` that it is chosen for, the first by wildcards too."""
    is_lasting: bool = True
    """Whether the same reports make the same bytes, so that what was written once may be sent again within their ttl.

    Not so where it tells of the moment of writing, as an age.
    """
    is_always_ok: bool = False
    """Whether the code is 200 whatever the state, as for who takes nothing else for an answer."""
    grows: bool = False
    """Whether of fewer observations it tells less, and nothing else: no verdict, no sum, no end.

    A terminal shows it then while the rest is awaited.
    """
    check: Callable[[], object] | None = None
    """Raises ImportError where what writes it is not installed, so that nothing is observed for it in vain."""
    headers: Callable[[Showing], Mapping[str, str]] | None = None
    """More headers of an answer, over those of every answer."""
    has_links: bool = False
    """Whether it tells URLs, for which it needs to know where the API is."""
    schema: str = ""
    """Of JSON and YAML: what of `status.formats.schemas` it is like."""
