"""The last hour of one check as bars: one path a state, and a sentence for who can't see them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import npgettext, pgettext

from ..core.states import State
from ..recent.minutes import degree

TOGETHER = 2
"""Minutes that share a bar in a row: sixty would be thinner than a phone can show."""
STEP = 4
"""From one bar to the next; a bar takes three of it. The style sheet draws them by dashes."""

_UNSEEN, _PASSED, _WARNED, _FAILED = map(degree, (None, State.PASS, State.WARN, State.FAIL))


@dataclass(frozen=True, slots=True)
class Bars:
    """Paths of horizontal lines, each as long as a run of like bars; empty where there is none."""

    width: int
    passed: str
    warned: str
    failed: str
    unseen: str
    label: str

    @property
    def svg(self) -> str:
        """The drawing, as HTML: made once for all rows and pages that have the same hour."""
        return _svg(self)


def bars(hour: bytes, language: str, together: int = TOGETHER) -> Bars:
    """From the degree of each minute, the last one now; so many `together` in a bar. In the language of the page."""
    return _bars(hour, together, language)


@lru_cache(maxsize=2048)  # most checks pass all the time, so most rows have the same
def _bars(hour: bytes, together: int, language: str) -> Bars:
    worst = bytes(map(max, *(hour[at::together] for at in range(together)))) if together > 1 else hour
    paths = ["", "", "", ""]
    at = 0
    for degree_, run in groupby(worst):
        length = len(list(run))
        # Up to the end of the last bar, without the gap behind it; dashes begin anew with each line.
        paths[degree_] += f"M{at * STEP} 10h{length * STEP - 1}"
        at += length
    return Bars(
        width=len(worst) * STEP - 1,
        passed=paths[_PASSED],
        warned=paths[_WARNED],
        failed=paths[_FAILED],
        unseen=paths[_UNSEEN],
        label=_label(len(hour), hour.count(_UNSEEN), hour.count(_FAILED), hour.count(_WARNED), language),
    )


@lru_cache(maxsize=2048)
def _svg(made: Bars) -> str:
    # Half a gap at either end: so a bar stands in the middle of its minutes, as the chart below has them.
    # By hand, since a template takes ten times as long for each of a thousand rows.
    drawn = (("", made.unseen), (' class="p"', made.passed), (' class="w"', made.warned), (' class="f"', made.failed))
    paths = "".join(f'<path{kind} d="{path}"/>' for kind, path in drawn if path)
    head = f'<svg class="bars" viewBox="-0.5 0 {made.width + 1} 20" preserveAspectRatio="none" role="img"'
    return mark_safe(f'{head} aria-label="{escape(made.label)}">{paths}</svg>')  # noqa: S308 - escaped where foreign


@lru_cache(maxsize=1024)  # of many hours, no two of which are alike, most have the same figures
def _label(minutes: int, unseen: int, failing: int, warning: int, _language: str) -> str:
    looked = minutes - unseen
    if not looked:
        return pgettext("status", "Not observed in the last hour")
    told = []
    if failing:
        told.append(
            npgettext("status", "%(count)s minute failing", "%(count)s minutes failing", failing) % {"count": failing}
        )
    if warning:
        told.append(
            npgettext("status", "%(count)s minute warning", "%(count)s minutes warning", warning) % {"count": warning}
        )
    how = ", ".join(told) or pgettext("status", "all passing")
    if not unseen:
        return pgettext("status", "In the last hour: %(how)s") % {"how": how}
    said = npgettext(
        "status",
        "In %(count)s minute observed of the last hour: %(how)s",
        "In %(count)s minutes observed of the last hour: %(how)s",
        looked,
    )
    return said % {"count": looked, "how": how}


def forget() -> None:
    """As a process that has drawn none."""
    _bars.cache_clear()
    _svg.cache_clear()
    _label.cache_clear()
