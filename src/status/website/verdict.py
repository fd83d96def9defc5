"""The sentence over all checks, which the page begins with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import npgettext, pgettext

from ..core.states import State, worst
from . import sentences, wording
from .language import figure
from .present import Checks, Row

MOST_NAMED = 6
"""Checks that the sentence names; the rest it counts."""


@dataclass(frozen=True, slots=True)
class Named:
    """A check that the sentence names."""

    id: str
    name: str
    since: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sentence, and what belongs to it. `state` is a state's word, or "none" when nothing is observed."""

    state: str
    headline: str
    """As "2 of 9 checks fail"."""
    named: tuple[Named, ...] = ()
    unnamed: int = 0
    """How many more there are of those."""
    also: str = ""
    """The warnings beside failures, as "1 more warns"."""
    count: int = 0
    """How many are in the verdict's state, unless it is pass."""
    age: str = ""
    checked_at: str = ""

    @property
    def sentence(self) -> str:
        """The whole of it: "2 of 9 checks fail: databases/replica, celery/mail@w2"."""
        names = ", ".join(each.name for each in self.named)
        if not names:
            return self.headline
        more = f" {self.and_more}" if self.unnamed else ""
        return pgettext("status", "%(headline)s: %(names)s") % {"headline": self.headline, "names": f"{names}{more}"}

    @property
    def and_more(self) -> str:
        """How many it does not name."""
        said = npgettext("status", "and %(count)s more", "and %(count)s more", self.unnamed)
        return said % {"count": figure(f"{self.unnamed:,}")}

    @property
    def title(self) -> str:
        """For the browser's tab."""
        return f"({self.count}) {self.headline}" if self.count else self.headline


def unseen() -> Verdict:
    """There are resources, and the caller may see none of them."""
    return Verdict("none", pgettext("status", "Nothing is shown to you"))


def verdict(sections: Sequence[Checks], now: float) -> Verdict:
    """The sentence over all these resources."""
    rows = [row for section in sections for row in section.rows]
    if not rows:
        return Verdict("none", pgettext("status", "Nothing is checked yet"))
    state = worst(row.state for row in rows)
    those = [row for row in rows if row.state is state]
    warnings = sum(row.state is State.WARN for row in rows)
    checked_at = min(row.observed_at for row in rows)
    headline = sentences.headline(len(those), len(rows), state)
    age, at = wording.ago(now - checked_at), wording.exact(checked_at)
    if state is State.PASS:
        return Verdict(str(state), headline, age=age, checked_at=at)
    return Verdict(
        str(state),
        headline,
        # Two judged resources may have a check of the same name.
        named=tuple(_named(row, whole=len(sections) > 1) for row in those[:MOST_NAMED]),
        unnamed=max(len(those) - MOST_NAMED, 0),
        also=sentences.more_warn(warnings) if state is State.FAIL and warnings else "",
        count=len(those),
        age=age,
        checked_at=at,
    )


def _named(row: Row, *, whole: bool) -> Named:
    since = "" if row.since == "0 s" else row.since
    return Named(row.id, f"{row.resource}/{row.name}" if whole else row.name, since)
