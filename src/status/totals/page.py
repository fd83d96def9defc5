"""What the file holds, and how two that have gone separate ways become one. Plain data, and no clock.

Each process has a row of its own, under a name that no other ever has, and writes there all that it has counted since
it began: so whatever is written twice counts once. The rows of processes that have ended are added to `base` and their
names kept in `gone`, so that a row which turns up once more, from the memory of another process, is not added again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from types import MappingProxyType

from ..core.tally import MOST, Counts
from . import newest
from .newest import Readings

DEAD_AFTER_S = 300.0
"""Without a word a process counts as ended. Should it come back it goes on under another name, and nothing is lost."""
MOST_ROWS = 500
"""Of more the oldest are added to the base, whether they have ended or not."""
GONE_FOR_S = 86_400.0
MOST_GONE = 2_000

Totals = Mapping[str, Counts]
"""By reference."""

_NOTHING: Mapping[str, float] = MappingProxyType({})
_UNREAD: Readings = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Row:
    """What one process has counted, as JSON: most is never looked into. Times are seconds since the epoch."""

    written_at: float
    counts: str = "{}"


@dataclass(frozen=True, slots=True)
class Page:
    """All that the file holds."""

    generation: str
    """Another one in each file that was made anew."""
    made_at: float
    base: str = "{}"
    rows: Mapping[str, Row] = field(default_factory=lambda: MappingProxyType({}))
    """By the name of the process."""
    gone: Mapping[str, float] = _NOTHING
    """When the row of each process that has ended was added to the base."""
    newest: Readings = _UNREAD
    """What servers count themselves."""


def dump(counts: Totals) -> str:
    """As JSON. Where names change all the time the last ones have no room: of these, counts end with their process."""
    return json.dumps(dict(islice(counts.items(), MOST)), separators=(",", ":"))


def load(text: str) -> dict[str, Counts]:
    """What `dump` wrote. ValueError or TypeError for anything else."""
    return {reference: Counts(*map(int, counts)) for reference, counts in json.loads(text).items()}


def total(page: Page) -> dict[str, Counts]:
    """What all processes together have counted."""
    return added(load(page.base), *(load(row.counts) for row in page.rows.values()))


def added(*all_counts: Totals) -> dict[str, Counts]:
    """The sum, reference by reference."""
    found: dict[str, Counts] = {}
    for counts in all_counts:
        for reference, each in counts.items():
            before = found.get(reference, Counts())
            found[reference] = Counts(*map(sum, zip(before, each, strict=True)))
    return found


def less(counts: Totals, told: Totals) -> dict[str, Counts]:
    """What was counted since so much was told."""
    return {
        reference: Counts(*(now - then for now, then in zip(each, told.get(reference, Counts()), strict=True)))
        for reference, each in counts.items()
    }


def merged(page: Page, kept: Page, now: float) -> Page:
    """The page of a file that was made anew, and what this process had kept of the one before.

    Nothing in either ever goes back, so of a process that both know the larger counts are the later ones; the same
    holds for the bases, once both have the same processes in them.
    """
    for name in kept.gone.keys() - page.gone.keys():
        page = ended(page, name, kept.gone[name])
    for name in page.gone.keys() - kept.gone.keys():
        kept = ended(kept, name, page.gone[name])
    rows = dict(page.rows)
    for name, row in kept.rows.items():
        there = rows.get(name, row)
        rows[name] = Row(max(there.written_at, row.written_at), _larger(there.counts, row.counts))
    read = newest.newest(page.newest, kept.newest, now)
    return replace(page, base=_larger(page.base, kept.base), rows=rows, newest=read)


def swept(page: Page, now: float) -> Page:
    """The page with the rows of those that have ended in its base, and without what nobody asks for any more."""
    for name in _ended(page, now):
        page = ended(page, name, now)
    page = replace(page, newest=newest.swept(page.newest, now))
    if len(page.gone) <= MOST_GONE and all(now - at < GONE_FOR_S for at in page.gone.values()):
        return page
    latest = sorted(page.gone.items(), key=lambda each: -each[1])[:MOST_GONE]
    return replace(page, gone={name: at for name, at in latest if now - at < GONE_FOR_S})


def ended(page: Page, name: str, at: float) -> Page:
    """The page with that process's row, if it has one, in its base."""
    rows = dict(page.rows)
    row = rows.pop(name, None)
    base = page.base if row is None else dump(added(load(page.base), load(row.counts)))
    return replace(page, base=base, rows=rows, gone={**page.gone, name: at})


def _ended(page: Page, now: float) -> Iterable[str]:
    oldest = sorted(page.rows, key=lambda name: page.rows[name].written_at)
    crowd = len(oldest) - MOST_ROWS
    return [name for at, name in enumerate(oldest) if at < crowd or now - page.rows[name].written_at >= DEAD_AFTER_S]


def _larger(one: str, other: str) -> str:
    if one == other:
        return one
    here, there = load(one), load(other)
    return dump(
        {
            reference: Counts(
                *map(max, zip(here.get(reference, Counts()), there.get(reference, Counts()), strict=True))
            )
            for reference in {**here, **there}
        }
    )
