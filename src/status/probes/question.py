"""What a request asks of a probe, read by hand: a probe must not pay for what it doesn't need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote_plus

from ..access import Caller
from ..query import parameters
from .table import Probe

MAX_EXCLUDED = 100  # names
_NO = ("0", "false", "no", "off")


@dataclass(frozen=True, slots=True)
class Question:
    """A request for a probe, whichever door it came through."""

    method: str
    probe: Probe
    below: str
    """The reference that stands in the path below the probe; empty for the whole probe."""
    query: str
    """As the server gave it, still encoded."""
    caller: Callable[[], Caller]
    """Who asks; needed where names are to be shown alone."""

    @classmethod
    def of(cls, found: tuple[Probe, str], method: str, meta: Mapping[str, Any]) -> Question:
        """From what `Table.find` found, and a request's `META` or a WSGI environment."""
        return cls(method, *found, meta.get("QUERY_STRING", ""), partial(Caller.of, meta))


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the query string asks for."""

    verbose: bool = False
    excluded: tuple[str, ...] = ()


def wishes(query: str) -> Wishes:
    """Read `verbose` and each `exclude`; of a query string its first 4 KiB, of names the first hundred."""
    verbose = False
    excluded: dict[str, None] = {}
    for name, value in parameters(query):
        if name == "verbose":
            verbose = value.lower() not in _NO
        elif name == "exclude" and value and len(excluded) < MAX_EXCLUDED:
            excluded[unquote_plus(value).strip("/")] = None
    return Wishes(verbose, tuple(excluded))
