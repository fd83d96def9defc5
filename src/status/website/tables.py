"""Tables of values, by name: what their columns are, and how each value is put for people. Nothing here raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import pgettext

from . import figures, sentences, wording
from .columns import TABLES, Column
from .figures import number
from .language import figure

MOST_ROWS = 200
LONGEST_CODE = 400
GROUPED_FROM = 10_000
MUCH = 0.8
"""From here on a share draws the eye."""

Cell = dict[str, object]
"""`text`, `small` behind it, `share` of a meter under it, `much`, `warns`, `is_code`, `is_num`, `head`, `title`."""
Row = dict[str, object]
"""`name` and `cells`; `error` of one that has nothing to show; `state`."""


@dataclass(frozen=True, slots=True)
class Made:
    """A table as the template needs it."""

    label: str
    heads: tuple[Cell, ...]
    rows: tuple[Row, ...]
    more: str
    good: str
    bad: str
    width: int
    """Columns beside the rows' heads."""


def made(name: str, values: object, now: float) -> Made | None:
    """The table of this name with these values; None where there is none, or nothing in it.

    A row is a mapping; so values are a list of them, a mapping of names to them, or parts of a provider.
    """
    table = TABLES.get(name)
    found = list(_rows(values))
    if table is None or not found:
        return None
    cells = [[_cell(column, row, now) for column in table.columns] for row in found[:MOST_ROWS]]
    used = [at for at, _ in enumerate(table.columns) if at == 0 or any(row[at]["text"] for row in cells)]
    first, *others = used
    heads = tuple({"label": str(table.columns[at].label), "is_num": _is_number(table.columns[at])} for at in used)
    for row in cells:
        row[first]["text"] = row[first]["text"] or pgettext("status", "not told")
    rows = tuple(
        {"head": row[first], "cells": [row[at] for at in others], "error": _error(its), "findable": table.findable}
        for row, its in zip(cells, found, strict=False)
    )
    more = sentences.more(len(found) - MOST_ROWS) if len(found) > MOST_ROWS else ""
    good, bad = str(table.good), str(table.bad)
    return Made(str(table.label), heads, rows, more, good, bad, len(others) + bool(good))


def at(value: object, path: str) -> object:
    """What stands at this path of mappings, as "memory.used_bytes"; None where nothing does."""
    for key in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def text_of(kind: str, value: object, now: float) -> str:
    """A value as people read it; empty where it is no such figure."""
    return _KINDS[kind](value, now)


def count(value: object) -> str:
    """How many: grouped sooner than a number that may be a port or a year."""
    if number(value) is None:
        return ""
    if isinstance(value, int) and abs(value) >= GROUPED_FROM:
        return figure(f"{value:,}")
    return wording.number(value)  # type: ignore[arg-type]


def pairs(value: object) -> Iterator[tuple[str, object]]:
    """A mapping's entries; none of anything else."""
    if isinstance(value, Mapping):
        yield from ((wording.name(str(key)), entry) for key, entry in value.items())


def rows_of(value: object) -> Iterator[Mapping[str, object]]:
    """The mappings in a list, or under the names of a mapping."""
    entries = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    yield from (entry for entry in entries if isinstance(entry, Mapping))


def _rows(values: object) -> Iterator[Mapping[str, object]]:
    if isinstance(values, Mapping):
        for name, entry in values.items():
            yield {**(entry if isinstance(entry, Mapping) else {"value": entry}), "name": name}
    elif isinstance(values, Sequence) and not isinstance(values, str):
        for entry in values:
            if isinstance(entry, Mapping):
                yield entry
            elif hasattr(entry, "problem"):  # a part
                value = entry.value if isinstance(entry.value, Mapping) else {}
                yield {**value, "name": entry.name, "error": entry.problem}


def _error(row: Mapping[str, object]) -> str:
    error = row.get("error")
    return wording.shown(error) if isinstance(error, str) else ""


def _cell(column: Column, row: Mapping[str, object], now: float) -> Cell:
    value = at(row, column.path)
    text = text_of(column.kind, value, now)
    cell: Cell = {
        "text": text,
        "head": str(column.label),
        "is_num": _is_number(column),
        "is_code": column.kind in ("code", "codes"),
    }
    if text and column.kind == "ago":
        cell["title"] = wording.line(value if isinstance(value, (str, float, int)) else None)
    if column.warns is not None and text:
        cell["warns"] = _warns(column.warns, row)
    if text and column.of and (limit := at(row, column.of)) is not None:
        has, most = number(value), number(limit)
        if has is not None and most is not None and most > 0:
            share = min(max(has / most, 0.0), 1.0)
            cell["small"] = of(text_of(column.kind, limit, now))
            cell |= {"share": f"{100 * share:.0f}", "said": figures.percent(share), "much": share >= MUCH}
    return cell


def of(limit: str) -> str:
    """What stands behind a figure that has a limit, as "of 100"."""
    return pgettext("status", "of %(limit)s") % {"limit": limit} if limit else ""


def _warns(warns: Callable[[Mapping[str, object]], bool], row: Mapping[str, object]) -> bool:
    try:
        return bool(warns(row))
    except (TypeError, ValueError):  # of another shape
        return False


def _is_number(column: Column) -> bool:
    return column.kind not in ("text", "word", "role", "code", "codes")


def _text(value: object, _: float) -> str:
    return " ".join(wording.leaf(value, wording.LONGEST_LINE).split()) if isinstance(value, (str, bool, int)) else ""


def _word(value: object, _: float) -> str:
    """A word of a program's, as "idle_in_transaction"."""
    return _text(value, _).replace("_", " ") if isinstance(value, str) else ""


def _role(value: object, _: float) -> str:
    """As Redis names it."""
    ours = {"master": pgettext("status", "primary"), "slave": pgettext("status", "replica")}
    return ours.get(value) or _text(value, _) if isinstance(value, str) else ""


def _code(value: object, _: float) -> str:
    return wording.shown(value, LONGEST_CODE) if isinstance(value, str) else _text(value, _)


def _codes(value: object, _: float) -> str:
    if not isinstance(value, (list, tuple)):
        return _code(value, _)
    return ", ".join(wording.leaf(each) for each in value[:8]) + (", …" if len(value) > 8 else "")


def _count(value: object, _: float) -> str:
    return count(value)


def _seconds(value: object, _: float) -> str:
    seconds = number(value)
    if seconds is None or seconds < 0:
        return ""
    return wording.duration(seconds) if seconds else "0 s"


def _ms(value: object, _: float) -> str:
    ms = number(value)
    return "" if ms is None else _seconds(ms / 1000, _)


def _ago(value: object, now: float) -> str:
    moment = figures.moment(value)
    return "" if moment is None else wording.ago(now - moment)


_KINDS: Mapping[str, Callable[[object, float], str]] = {
    "text": _text,
    "word": _word,
    "code": _code,
    "codes": _codes,
    "count": _count,
    "bytes": lambda value, _: figures.size(value),
    "share": lambda value, _: figures.percent(value),
    "seconds": _seconds,
    "ms": _ms,
    "ago": _ago,
    "total": lambda value, _: count(total(value) or 0) if isinstance(value, Mapping) else "",
    "role": _role,
    "kib": lambda value, _: figures.size(None if (kib := number(value)) is None else kib * 1024),
}


def total(value: object, path: str = "") -> float | int | None:
    """The sum of a mapping's numbers, or of what its entries have at a path; None where there are none."""
    entries = (at(row, path) for row in rows_of(value)) if path else (entry for _, entry in pairs(value))
    numbers = [each for each in entries if number(each) is not None]
    return sum(numbers) if numbers else None  # type: ignore[arg-type]
