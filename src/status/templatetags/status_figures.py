"""Figures for people, in templates: `{% load status_figures %}`.

None of it raises: of what is no such figure the filters make an empty text, and `fact` nothing at all. Thus a template
for a provider stands, whatever it returns one day.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from django import template
from django.template import Context
from django.utils.translation import pgettext

from ..website import figures, tables, wording
from ..website.cards import Part

MOST_LISTED = 10

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
    if seconds is None or seconds < 0:
        return ""
    return wording.duration(seconds) if seconds else "0 s"


@register.filter
def figure(value: object) -> str:
    """A number, as "1,204,551"; a text as it is, yes and no for booleans."""
    if isinstance(value, (bool, int, float, str)) and value != "":
        return wording.leaf(value)
    return ""


@register.filter
def count(value: object) -> str:
    """How many, as "12,204"."""
    return tables.count(value)


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
def total(value: object, path: str = "") -> float | int | None:
    """The sum of a mapping's numbers, or of what each of several mappings has at `path`; None where there are none."""
    return tables.total(value, path)


@register.filter
def word(value: object) -> str:
    """A word of a program's as people write it: "idle_in_transaction" is "idle in transaction"."""
    return wording.leaf(value.replace("_", " ")) if isinstance(value, str) and value else ""


@register.filter
def over(value: object, limit: float) -> bool:
    """Whether it is a number, and at least so much."""
    number = figures.number(value)
    return number is not None and number >= limit


@register.filter
def listed(value: object, most: int = MOST_LISTED) -> str:
    """A few values in one line, `most` of them; of a mapping each with its name."""
    if not isinstance(value, (Mapping, list)) or not value:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{wording.leaf(each)} {word(name)}" for name, each in [*value.items()][:most])
    return ", ".join(map(wording.leaf, value[:most])) + (", …" if len(value) > most else "")


@register.filter
def pairs(value: object) -> list[tuple[str, object]]:
    """A mapping's names and values, whatever the names are; empty for anything else."""
    return list(tables.pairs(value))


@register.filter
def records(value: object, having: str = "") -> list[Mapping[str, object]]:
    """The mappings in a list; those alone that have something at the path `having`."""
    return [row for row in tables.rows_of(value) if not having or tables.at(row, having)]


@register.filter
def part(parts: object, name: str) -> object:
    """The part of this name; None where there is none."""
    return next((each for each in _parts(parts) if each.name == name), None)


@register.filter
def without(parts: object, name: str) -> list[Part]:
    """All parts but the one of this name."""
    return [each for each in _parts(parts) if each.name != name]


@register.filter
def lost(parts: object) -> list[Part]:
    """Those parts that have no value, or with which something is wrong."""
    return [each for each in _parts(parts) if each.problem]


@register.filter
def answering(parts: object) -> int:
    """How many parts have a value."""
    return len(_parts(parts)) - len(lost(parts))


@register.inclusion_tag("status/_fact.html")
def fact(
    label: str, text: object, of: object = "", title: object = "", *, code: bool = False, warns: object = False
) -> dict[str, object]:
    """A line of a card: the label and its text, `of` which limit; nothing when there is no text.

    With `warns` it draws the eye.
    """
    told = {"label": label, "text": _text(text), "of": _text(of), "title": _text(title)}
    return {**told, "code": code, "warns": bool(warns), "warning": pgettext("status", "Warning:")}


@register.inclusion_tag("status/_fact.html")
def gauge(label: str, used: object, limit: object = None, kind: str = "count", of: object = "") -> dict[str, object]:
    """A line of a card with a meter: as "31 of 100"; without a limit the figure alone, and nothing without a figure.

    `kind` is "count", "bytes" or "share": this one is of its whole, which `of` may name.
    """
    text = tables.text_of(kind, used, 0.0)
    if kind == "share":
        return {"label": label, "text": text, "of": _text(of), **_metered(label, used, 1)}
    return {
        "label": label,
        "text": text,
        "of": tables.of(tables.text_of(kind, limit, 0.0)),
        **_metered(label, used, limit),
    }


@register.inclusion_tag("status/_meter.html")
def meter(label: str, used: object, limit: object, warn: float = 0.8) -> dict[str, object]:
    """How much of a limit is used, as a bar that draws the eye from `warn` on; nothing when either is no number."""
    return _metered(label, used, limit, warn)


@register.inclusion_tag("status/_table.html", takes_context=True)
def table(context: Context, name: str, rows: object, folded: int = -1) -> dict[str, object]:
    """Rows as the table of this name; nothing where there are none. With more than `folded` rows it is closed."""
    made = tables.made(name, rows, time.time())
    owner = context.get("part")
    label = wording.name(owner.name) if isinstance(owner, Part) and owner.name else ""
    return {"table": made, "owner": label, "folded": made is not None and -1 < folded < len(made.rows)}


@register.inclusion_tag("status/_untold.html")
def untold(reasons: object) -> dict[str, object]:
    """What could not be told and why, quietly."""
    told = [(name, wording.shown(reason)) for name, reason in tables.pairs(reasons) if isinstance(reason, str)]
    return {"reasons": told}


def _metered(label: str, used: object, limit: object, warn: float = tables.MUCH) -> dict[str, object]:
    has, most = figures.number(used), figures.number(limit)
    if has is None or most is None or most <= 0:
        return {}
    share = min(max(has / most, 0.0), 1.0)
    return {"label": label, "share": f"{100 * share:.0f}", "said": figures.percent(share), "much": share >= warn}


def _parts(parts: object) -> list[Part]:
    return [each for each in parts if isinstance(each, Part)] if isinstance(parts, (list, tuple)) else []


def _text(value: object) -> str:
    return "" if value is None else str(value)
