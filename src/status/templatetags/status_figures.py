"""Figures for people, in templates: `{% load status_figures %}`.

None of it raises: of what is no such figure the filters make an empty text, and `fact` nothing at all. Thus a template
for a provider stands, whatever it returns one day.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from django import template

from ..website import figures, wording

register = template.Library()


@register.filter
def bytes(value: object) -> str:
    """A number of bytes, as "12.4 GiB"."""
    return figures.size(value)


@register.filter
def percent(value: object) -> str:
    """A share between 0 and 1, as "99.3 %"."""
    return figures.percent(value)


@register.filter
def duration(value: object) -> str:
    """Seconds, as "62 ms", "3 min", "41 d"."""
    seconds = figures.number(value)
    return "" if seconds is None or seconds < 0 else wording.duration(seconds)


@register.filter
def figure(value: object) -> str:
    """A number, as "1,204,551"; a text as it is, yes and no for booleans."""
    if isinstance(value, (bool, int, float, str)) and value != "":
        return wording.leaf(value)
    return ""


@register.filter
def ago(value: object) -> str:
    """A moment, seconds since the epoch or ISO 8601 with a zone, as "3 h ago"."""
    at = figures.moment(value)
    return "" if at is None else wording.ago(time.time() - at)


@register.filter
def times(value: object, factor: object) -> float | None:
    """The product: KiB as bytes are `kib|times:1024`."""
    number, by = figures.number(value), figures.number(factor)
    return None if number is None or by is None else number * by


@register.filter
def total(value: object) -> float | int | None:
    """The sum of a mapping's numbers; None where there are none."""
    if not isinstance(value, Mapping):
        return None
    numbers = [each for each in value.values() if figures.number(each) is not None]
    return sum(numbers) if numbers else None


@register.inclusion_tag("status/_fact.html")
def fact(label: str, text: object, of: object = "", title: object = "", *, code: bool = False) -> dict[str, object]:
    """A line of a card: the label and its text, `of` which limit; nothing when there is no text."""
    return {"label": label, "text": _text(text), "of": _text(of), "title": _text(title), "code": code}


@register.inclusion_tag("status/_meter.html")
def meter(label: str, used: object, limit: object, warn: float = 0.8) -> dict[str, object]:
    """How much of a limit is used, as a bar that draws the eye from `warn` on; nothing when either is no number."""
    has, most = figures.number(used), figures.number(limit)
    if has is None or most is None or most <= 0:
        return {}
    share = min(max(has / most, 0.0), 1.0)
    return {"label": label, "share": f"{100 * share:.0f}", "text": figures.percent(share), "much": share >= warn}


def _text(value: object) -> str:
    return "" if value is None else str(value)
