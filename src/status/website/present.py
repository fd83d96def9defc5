"""From reports to the rows that the templates show. Pure: the time comes in, texts go out."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from django.utils.safestring import mark_safe
from django.utils.translation import pgettext

from ..core.observation import Observation, Report
from ..core.states import State, worst
from ..providers.base import Provider
from ..recent.entry import MINUTE_S
from ..recent.minutes import degree
from ..recent.story import Story
from . import language, sentences, wording
from .about import About, about_of
from .addresses import path_of
from .bars import Bars, bars

_KINDS = {state: mark_safe(str(state)) for state in State}  # noqa: S308 - words of ours

MOST_ROWS = 1000
MANY_ROWS = 20
"""From here on a page of them has a search."""
SHORT_ERROR = 40
"""Characters of an error that stands in the row's own line."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A report, and how much of it the caller may see."""

    report: Report
    details: bool
    providers: Mapping[str, Provider] = field(default_factory=dict)
    past: Story | None = None
    """How it went before; None where nobody asked."""


@dataclass(frozen=True, slots=True)
class Row:
    """One check. What the caller may not see, or what there is nothing to say of, is empty."""

    id: str
    """The row's anchor: of the check itself, whatever stands around it."""
    resource: str
    key: str
    """Its reference as it is."""
    reference: str
    """Fit to be shown."""
    provider: str
    """Its label, else its name."""
    component: str
    state: State
    """What it counts: a failing check that isn't critical warns."""
    word: str
    """The state as it is said."""
    kind: str = ""
    """The state as the style sheet has it."""
    path: str = ""
    """Of its own page; empty where it can have none."""
    observed: str = ""
    took: str = ""
    since: str = ""
    since_at: str = ""
    error: str = ""
    note: str = ""
    passed: str = ""
    """When it last passed, of one that doesn't."""
    passed_at: str = ""
    description: str = ""
    """Of the first one of each provider that doesn't pass."""
    runbook: str = ""
    """A safe URL."""
    advice: str = ""
    """The runbook where it is no URL."""
    observed_at: float = 0.0
    """In seconds since the epoch."""
    bars: Bars | None = None

    def __getitem__(self, name: str) -> object:
        # Templates look here first. Without it each of the forty look-ups of a row costs an exception: 25 ms a page.
        return getattr(self, name)

    @property
    def name(self) -> str:
        return wording.joined(self.provider, self.component)

    @property
    def joint(self) -> str:
        """Between provider and component."""
        return wording.joint(self.component)


@dataclass(frozen=True, slots=True)
class Checks:
    """A judged resource."""

    name: str
    title: str
    summary: str
    rows: tuple[Row, ...]
    about: tuple[About, ...] = ()
    more: str = ""
    details: bool = False

    @property
    def shown(self) -> tuple[Row, ...]:
        """As many rows as a page has room for."""
        return self.rows[:MOST_ROWS]

    @property
    def many(self) -> bool:
        return len(self.rows) > MANY_ROWS


def checks(seen: Seen, now: float) -> Checks:
    """A judged resource's rows: failing first, then warning, then passing by name."""
    pairs = sorted(_rows(seen, now), key=lambda pair: (-pair[0].state.severity, pair[0].name))
    rows = _described(pairs, details=seen.details)
    counts = Counter(row.state for row in rows)
    worst_first = sorted(counts, key=lambda state: -state.severity)
    summary = " · ".join(sentences.count(counts[state], state) for state in worst_first)
    missing = rows[MOST_ROWS:]
    # The worst come first: if the first of the rest passes, all of them do.
    more = sentences.more(len(missing), all_pass=missing[0].state is State.PASS) if missing else ""
    name = seen.report.resource
    about = tuple(about_of(provider, provider.name) for provider in seen.providers.values()) if seen.details else ()
    told = tuple(each for each in about if each.description or each.runbook or each.advice)
    return Checks(name, wording.title(name), summary, rows, told, more, seen.details)


def parts(report: Report, *, details: bool) -> Iterable[tuple[Observation, Observation]]:
    """Each provider with each of its components, or with itself where these don't, or may not, tell all of it."""
    for seen in report.observations:
        if seen.names_are_details and not details:
            yield seen, seen
            continue
        yield from ((seen, part) for part in seen.components if seen.composed)
        # One without components passes, and one may fail while all of these pass again: by its threshold.
        told = worst(part.state for part in seen.components)
        if not seen.composed or not seen.components or seen.state.severity > told.severity:
            yield seen, seen


class _Page:
    """What all rows of a page have in common, each of it asked for once: a thousand rows are drawn in a tenth of a
    second, and to look a text up in the catalogue, or to redact one, takes as long as the rest of a row.
    """

    def __init__(self, seen: Seen, now: float) -> None:
        self.seen = seen
        self.now = now
        self.language = language.code()
        self.words = {state: sentences.word(state) for state in State}
        self.about = cache(lambda name: about_of(seen.providers.get(name), name))
        self.passed = cache(_passed)


def _rows(seen: Seen, now: float) -> Iterator[tuple[Row, About]]:
    page = _Page(seen, now)
    for owner, part in parts(seen.report, details=seen.details):
        about = page.about(owner.name)
        yield _row(page, owner, part, about), about


def _described(rows: Iterable[tuple[Row, About]], *, details: bool) -> tuple[Row, ...]:
    """The first row of each provider that doesn't pass says what it looks at: a thousand need not."""
    told: set[About] = set()
    found = []
    for row, about in rows:
        if details and about.description and row.state is not State.PASS and about not in told:
            told.add(about)
            row = replace(row, description=about.description)
        found.append(row)
    return tuple(found)


def anchor(reference: str) -> str:
    """An id for a check: by its number focus and links would pass to another one when some go or come."""
    digest = hashlib.sha256(reference.encode("utf-8", "surrogatepass"))
    return mark_safe(f"check-{digest.hexdigest()[:12]}")  # noqa: S308 - nothing in it is to be escaped


def _row(page: _Page, owner: Observation, part: Observation, about: About) -> Row:
    row = Row(
        id=anchor(part.reference),
        resource=page.seen.report.resource,
        key=part.reference,
        reference=wording.name(part.reference),
        provider=about.provider,
        component=wording.name(part.name) if part is not owner else "",
        state=part.weight,
        word=page.words[part.weight],
        kind=_KINDS[part.weight],
        path=mark_safe(path_of(part.reference)),  # noqa: S308 - it is quoted
        observed_at=part.observed_at,
    )
    return replace(row, **_details(page, part, about)) if page.seen.details else row


def _details(page: _Page, part: Observation, about: About) -> dict[str, Any]:
    now, past = page.now, page.seen.past
    observed, error = _observed(part), wording.shown(part.error) if part.error else ""
    if not observed and len(error) <= SHORT_ERROR:
        observed, error = error, ""
    since, passed_at = _together(part, past)
    found = {
        "observed": observed,
        "error": error,
        "took": wording.duration(part.duration_s),
        # Of what has never failed it is when this process began: so who may see states alone is not told.
        "since": wording.span(now - since) if since else "",
        "since_at": wording.exact(since) if since else "",
        # Not how often in a row: each process counts for itself, and an error says it while it explains a warning.
        "note": pgettext("status", "not critical") if part.weight is not part.state else "",
        "bars": bars(last_hour(part, past, now), page.language) if past else None,
    }
    if part.weight is State.PASS:
        return found
    return {
        **found,
        "passed": page.passed(None if passed_at is None else _whole(now - passed_at)),
        "passed_at": "" if passed_at is None else wording.exact(passed_at),
        "runbook": about.runbook,
        "advice": about.advice,
    }


def _together(part: Observation, past: Story | None) -> tuple[float, float | None]:
    """Since when, and when it last passed, as all processes of the host would tell it."""
    standing = past and past.standing(part.reference)
    if not standing:
        return part.since or 0.0, part.last_pass_at
    passed = [at for at in (part.last_pass_at, standing.passed_at) if at is not None]
    # Where they differ this process saw it change just now, or has not seen it yet.
    since = standing.since if standing.state is part.weight else part.since
    return since or 0.0, max(passed, default=None)


def last_hour(part: Observation, past: Story, now: float) -> bytes:
    """The degrees of the last hour, with this observation where it is news.

    The hour was read while the checks ran: what became worse just now is not in it yet.
    """
    hour = past.last_hour(part.reference, now)
    ago = int(now // MINUTE_S) - int(part.observed_at // MINUTE_S) if math.isfinite(part.observed_at) else -1
    seen = degree(part.weight)
    # Not what has long been known: another process may not have read it yet, and the bars would come and go.
    if seen <= next((each for each in reversed(hour) if each), 0) or not 0 <= ago < len(hour):
        return hour
    at = len(hour) - 1 - ago
    return hour[:at] + bytes([max(seen, hour[at])]) + hour[at + 1 :]


def _passed(ago_s: int | None) -> str:
    if ago_s is None:
        return pgettext("status", "no pass seen yet")
    return pgettext("status", "last passed %(ago)s") % {"ago": wording.ago(ago_s)}


def _whole(seconds: float) -> int:
    return int(seconds) if math.isfinite(seconds) else 0


def _observed(part: Observation) -> str:
    """What was seen, unless the error says it."""
    if part.composed:
        return "" if part.components else pgettext("status", "no components")
    said = wording.line(part.value, part.unit and wording.name(part.unit))
    if part.detail and part.detail != part.error:
        detail = wording.shown(part.detail, wording.LONGEST_LINE)
        return f"{said} · {detail}" if said else detail
    return "" if part.error and not part.by_state else said
