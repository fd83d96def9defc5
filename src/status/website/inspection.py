"""One check, with all that is known of it: what was observed, how it went, what to do, and how it is checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import npgettext, pgettext

from ..core.observation import Observation
from ..core.redaction import redact
from ..core.states import State
from ..core.values import Unserialisable, plain
from ..engine import encode
from ..providers.base import Defaults, Provider
from ..recent.story import Story
from . import language, sentences, templates, wording
from .about import About, about_of
from .bars import Bars, bars
from .cards import Shown, one
from .chart import Chart, chart
from .language import figure
from .present import Row, Seen, last_hour


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    text: str
    code: bool = False
    """Whether a machine said it."""


@dataclass(frozen=True, slots=True)
class Turned:
    """A change of state."""

    state: str
    word: str
    previous: str
    """In a word."""
    ago: str
    at: str
    error: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the page of one check shows. What the caller may not see is empty."""

    row: Row
    headline: str
    """As "databases/replica fails"."""
    age: str
    checked_at: str
    error: str = ""
    shown: Shown | None = None
    """Its value as the provider's template shows it; None where it is but a line."""
    bars: Bars | None = None
    chart: Chart | None = None
    turns: tuple[Turned, ...] = ()
    about: About | None = None
    facts: tuple[Fact, ...] = ()

    @property
    def heading(self) -> str:
        """The headline as HTML: one that is too long for its line breaks behind a slash."""
        return mark_safe(escape(self.headline).replace("/", "/<wbr>"))  # noqa: S308 - it is escaped


def inspect(row: Row, seen: Seen, provider: Provider, defaults: Defaults, now: float) -> Inspection:
    """The page of the check that this row is of."""
    age, at = wording.ago(now - row.observed_at), wording.exact(row.observed_at)
    known = Inspection(row, sentences.does(row.name, row.state), age, at)
    part = _observed(seen.report.observations, row.key)
    if not seen.details or seen.past is None or part is None:
        return known
    timeout_s = defaults.timeout_s if provider.timeout is None else provider.timeout
    return replace(
        known,
        error=wording.shown(part.error or ""),
        shown=_shown(seen, provider, part, now),
        bars=bars(last_hour(part, seen.past, now), language.code(), together=1),
        chart=chart(seen.past.detail.cells, timeout_s, now),
        turns=tuple(_turns(seen.past, now)),
        about=about_of(provider, provider.name),
        facts=tuple(_facts(part.reference, provider, defaults)),
    )


def _shown(seen: Seen, provider: Provider, part: Observation, now: float) -> Shown | None:
    plain_branch = isinstance(part.value, (dict, list)) and part.value and not part.composed
    shown = one(seen, provider, part, now)
    own = shown.templates[:-1]  # the last is for any value
    return shown if plain_branch or templates.there_is(own) else None


def _observed(observations: Sequence[Observation], reference: str) -> Observation | None:
    """The observation of this reference: a provider's, or that of one of its components."""
    parts = (each for seen in observations for each in (*seen.components, seen))
    return next((each for each in parts if each.reference == reference), None)


def _turns(past: Story, now: float) -> Iterator[Turned]:
    for turn in past.detail.turns:
        yield Turned(
            str(turn.state),
            sentences.word(turn.state),
            sentences.word(turn.previous),
            wording.ago(now - turn.at),
            wording.exact(turn.at),
            "" if turn.state is State.PASS else wording.shown(turn.error or "", wording.LONGEST_LINE),
        )


def _facts(reference: str, provider: Provider, defaults: Defaults) -> Iterator[Fact]:
    timeout_s = defaults.timeout_s if provider.timeout is None else provider.timeout
    ttl_s = defaults.ttl_s if provider.ttl is None else provider.ttl
    yield Fact(pgettext("status", "Reference"), wording.name(reference), code=True)
    yield Fact(pgettext("status", "Provider"), wording.name(provider.path), code=True)
    yield Fact(pgettext("status", "Deadline"), wording.duration(timeout_s))
    yield Fact(pgettext("status", "Answer reused for"), wording.duration(ttl_s))
    yield Fact(pgettext("status", "Fails after"), _failures(provider.fail_after))
    yield Fact(pgettext("status", "Passes after"), _passes(provider.pass_after))
    yield Fact(
        pgettext("status", "Critical"),
        pgettext("status", "yes") if provider.critical else pgettext("status", "no: it warns at most"),
    )
    if provider.args:
        # What has no name can't be told from a password.
        yield Fact(pgettext("status", "Arguments"), ", ".join(type(each).__name__ for each in provider.args), code=True)
    for name, value in provider.kwargs.items():
        yield Fact(wording.name(name), _argument(name, value), code=True)


def _argument(name: str, value: object) -> str:
    try:
        masked = redact({name: plain(value, encode=encode).tree})
    except (Unserialisable, TypeError, ValueError):
        return type(value).__name__
    return wording.line(masked[name] if isinstance(masked, dict) and name in masked else None) or pgettext(
        "a value", "none"
    )


def _failures(count: int) -> str:
    if count == 1:
        return pgettext("status", "1 failure")
    return npgettext("status", "%(count)s failure in a row", "%(count)s failures in a row", count) % {
        "count": figure(f"{count:,}")
    }


def _passes(count: int) -> str:
    if count == 1:
        return pgettext("status", "1 pass")
    return npgettext("status", "%(count)s pass in a row", "%(count)s passes in a row", count) % {
        "count": figure(f"{count:,}")
    }
