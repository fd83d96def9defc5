"""The last hour of one check as bars: one path a state, and a sentence for who can't see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from django.utils.translation import npgettext, pgettext

from ..core.states import State
from . import language

TOGETHER = 2
"""Minutes that share a bar in a row: sixty would be thinner than a phone can show."""
STEP = 4
"""From one bar to the next; a bar takes three of it. The style sheet draws them by dashes."""

_Hour = tuple["State | None", ...]
_SEVERITY: Mapping[State | None, int] = {None: -1, **{state: state.severity for state in State}}


@dataclass(frozen=True, slots=True)
class Bars:
    """Paths of horizontal lines, each as long as a run of like bars; empty where there is none."""

    width: int
    passed: str
    warned: str
    failed: str
    unseen: str
    label: str


def bars(hour: _Hour, together: int = TOGETHER) -> Bars:
    """From the worst state of each minute, the last one now; so many `together` in a bar."""
    return _bars(hour, together, language.code())


@lru_cache(maxsize=2048)  # most checks pass all the time, so most rows have the same
def _bars(hour: _Hour, together: int, _language: str) -> Bars:
    severities = [_SEVERITY[state] for state in hour]
    worst = [max(severities[at : at + together]) for at in range(0, len(hour), together)]
    paths: dict[int, str] = defaultdict(str)
    at = 0
    for severity, run in groupby(worst):
        length = len(list(run))
        # Up to the end of the last bar, without the gap behind it; dashes begin anew with each line.
        paths[severity] += f"M{at * STEP} 10h{length * STEP - 1}"
        at += length
    return Bars(
        width=len(worst) * STEP - 1,
        passed=paths[_SEVERITY[State.PASS]],
        warned=paths[_SEVERITY[State.WARN]],
        failed=paths[_SEVERITY[State.FAIL]],
        unseen=paths[_SEVERITY[None]],
        label=_label(hour),
    )


def _label(hour: _Hour) -> str:
    looked = len(hour) - hour.count(None)
    if not looked:
        return pgettext("status", "Not observed in the last hour")
    failing, warning = hour.count(State.FAIL), hour.count(State.WARN)
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
    if looked == len(hour):
        return pgettext("status", "In the last hour: %(how)s") % {"how": how}
    said = npgettext(
        "status",
        "In %(count)s minute observed of the last hour: %(how)s",
        "In %(count)s minutes observed of the last hour: %(how)s",
        looked,
    )
    return said % {"count": looked, "how": how}
