"""From reports to the rows that the templates show. Pure: the time comes in, texts go out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.utils.translation import pgettext

from ..core.observation import Observation, Report
from ..core.redaction import redact_text
from ..core.states import State, worst
from ..providers.base import Provider
from ..recent.story import Story
from . import sentences, wording
from .addresses import path_of
from .bars import Bars, bars

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
    runbook: str = ""
    """A safe URL."""
    advice: str = ""
    """The runbook where it is no URL."""
    observed_at: float = 0.0
    """In seconds since the epoch."""
    bars: Bars | None = None

    @property
    def path(self) -> str:
        """Of its own page; empty where it can have none."""
        return path_of(self.key)

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.component}" if self.component else self.provider


@dataclass(frozen=True, slots=True)
class About:
    """What a provider looks at and what to do when it fails, in the words of its configuration."""

    provider: str
    description: str = ""
    runbook: str = ""
    """A safe URL."""
    advice: str = ""
    """The runbook where it is no URL."""


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
    rows = sorted(_rows(seen, now), key=lambda row: (-row.state.severity, row.name))
    counts = {state: sum(row.state is state for row in rows) for state in State}
    summary = " · ".join(sentences.count(count, state) for state, count in counts.items() if count)
    missing = rows[MOST_ROWS:]
    # The worst come first: if the first of the rest passes, all of them do.
    more = sentences.more(len(missing), all_pass=missing[0].state is State.PASS) if missing else ""
    name = seen.report.resource
    about = tuple(about_of(provider, provider.name) for provider in seen.providers.values()) if seen.details else ()
    told = tuple(each for each in about if each.description or each.runbook or each.advice)
    return Checks(name, wording.title(name), summary, tuple(rows), told, more, seen.details)


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


def _rows(seen: Seen, now: float) -> Iterable[Row]:
    words = {state: sentences.word(state) for state in State}
    for owner, part in parts(seen.report, details=seen.details):
        yield _row(seen, owner, part, words[part.weight], now)


def anchor(reference: str) -> str:
    """An id for a check: by its number focus and links would pass to another one when some go or come."""
    digest = hashlib.sha256(reference.encode("utf-8", "surrogatepass"))
    return f"{reference.partition('/')[0]}-{digest.hexdigest()[:12]}"


def _row(seen: Seen, owner: Observation, part: Observation, word: str, now: float) -> Row:
    about = about_of(seen.providers.get(owner.name), owner.name)
    row = Row(
        id=anchor(part.reference),
        resource=seen.report.resource,
        key=part.reference,
        reference=wording.name(part.reference),
        provider=about.provider,
        component=wording.name(part.name) if part is not owner else "",
        state=part.weight,
        word=word,
        observed_at=part.observed_at,
    )
    return _with_details(row, _together(part, seen.past), about, now, seen.past) if seen.details else row


def _together(part: Observation, past: Story | None) -> Observation:
    """The observation as all processes of the host would tell it: since when, and when it last passed."""
    standing = past and past.standing(part.reference)
    if not standing:
        return part
    passed = [at for at in (part.last_pass_at, standing.passed_at) if at is not None]
    # Where they differ this process saw it change just now, or has not seen it yet.
    since = standing.since if standing.state is part.weight else part.since
    return replace(part, since=since, last_pass_at=max(passed, default=None))


def _with_details(row: Row, part: Observation, about: About, now: float, past: Story | None) -> Row:
    observed, error = _observed(part), wording.shown(part.error) if part.error else ""
    if not observed and len(error) <= SHORT_ERROR:
        observed, error = error, ""
    since = part.since or 0.0
    row = replace(
        row,
        observed=observed,
        error=error,
        took=wording.duration(part.duration_s),
        # Of what has never failed it is when this process began: so who may see states alone is not told.
        since=wording.span(now - since) if since else "",
        since_at=wording.exact(since) if since else "",
        # Not how often in a row: each process counts for itself, and an error says it while it explains a warning.
        note=pgettext("status", "not critical") if part.weight is not part.state else "",
        bars=bars(past.last_hour(part.reference, now)) if past else None,
    )
    return row if part.weight is State.PASS else _with_remedy(row, part, about, now)


def _with_remedy(row: Row, part: Observation, about: About, now: float) -> Row:
    last = part.last_pass_at
    return replace(
        row,
        passed=_passed(last, now),
        passed_at="" if last is None else wording.exact(last),
        description=about.description,
        runbook=about.runbook,
        advice=about.advice,
    )


def _passed(last: float | None, now: float) -> str:
    if last is None:
        return pgettext("status", "no pass seen yet")
    return pgettext("status", "last passed %(ago)s") % {"ago": wording.ago(now - last)}


def about_of(provider: Provider | None, name: str) -> About:
    """What is said of the provider; of one that there is not any more, its name."""
    if provider is None:
        return About(wording.name(name))
    # A project may have them translated lazily: so they are texts only now.
    runbook = redact_text(str(provider.runbook or ""))
    url = wording.safe_url(runbook)
    return About(
        wording.name(redact_text(str(provider.label or name))),
        wording.shown(redact_text(str(provider.description or ""))),
        url,
        "" if url else wording.shown(runbook),
    )


def _observed(part: Observation) -> str:
    """What was seen, unless the error says it."""
    if part.composed:
        return "" if part.components else pgettext("status", "no components")
    said = wording.line(part.value, part.unit and wording.name(part.unit))
    if part.detail and part.detail != part.error:
        detail = wording.shown(part.detail, wording.LONGEST_LINE)
        return f"{said} · {detail}" if said else detail
    return "" if part.error and not part.by_state else said
