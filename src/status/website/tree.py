"""A value as the nodes of a collapsible tree, in the order in which they are written.

Flat, with nodes that open and close: a template that included itself would meet Python's recursion limit at a depth
that a provider may well return.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from ..core.observation import Json
from . import figures, sentences, wording

WIDEST = 200
"""Nodes shown of one level."""
MOST = 2000
"""Nodes shown of one tree."""
DEEPEST_INDENT = 6
"""Further in, nothing is indented more: a phone has room for so many steps."""

_SHORT_LIST = 8
_SHORT_LIST_CHARACTERS = 60
_LONG_TEXT = 40


@dataclass(frozen=True, slots=True)
class Node:
    """`kind` is "leaf", "open" or "close" of a branch, or "more" for those that aren't shown."""

    kind: str
    key: str = ""
    text: str = ""
    """Of a leaf its value, of a branch how much is in it."""
    style: str = ""
    """Of a leaf: "number", "word" for what is no text itself (none, yes, empty), "text", "long" for much of it."""
    deep: bool = False
    exact: str = ""
    """Of a leaf its value as it is, where the text is rounded for people."""


_Entries = Iterator["tuple[str, Json]"]


@dataclass(slots=True)
class _Level:
    entries: _Entries
    left: int
    """Entries not walked yet."""
    room: int


def tree(value: Json, now: float, *, widest: int = WIDEST, most: int = MOST, flat: bool = False) -> tuple[Node, ...]:
    """The value's nodes; with `flat`, in short: a branch is a leaf that says how much is in it.

    `now`, in seconds since the epoch, is what moments are told from.
    """
    room = wording.LONGEST_NAME if flat else wording.LONGEST_LEAF
    if not _is_branch(value):
        return (_leaf(None, value, room, now),)
    nodes: list[Node] = []
    levels = [_level(value, widest)]
    while levels:
        level = levels[-1]
        if level.left and (not level.room or len(nodes) >= most):
            nodes.append(Node("more", text=sentences.more(level.left)))
            level.left = 0
        if not level.left:
            levels.pop()
            if levels:
                nodes.append(Node("close"))
            continue
        key, entry = next(level.entries)
        level.left -= 1
        level.room -= 1
        if flat or not _is_branch(entry):
            nodes.append(_leaf(key, entry, room, now))
        else:
            deep = len(levels) > DEEPEST_INDENT
            nodes.append(Node("open", wording.name(key), wording.entries(_size(entry)), deep=deep))
            levels.append(_level(entry, widest))
    return tuple(nodes)


def _level(value: Json, widest: int) -> _Level:
    size = _size(value)
    # One that is left out is no saving: "… 1 more" takes its place.
    room = size if size == widest + 1 else widest
    return _Level(islice(_entries(value), room), size, room)


def _entries(value: Json) -> _Entries:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from ((str(at), entry) for at, entry in enumerate(value))


def _size(value: Json) -> int:
    return len(value) if isinstance(value, (dict, list)) else 0


def _is_branch(value: Json) -> bool:
    return isinstance(value, (dict, list)) and bool(value) and not _short_list(value)


def _short_list(value: Json) -> str:
    """A few plain values in one line; empty for anything else."""
    if not isinstance(value, list) or not 0 < len(value) <= _SHORT_LIST:
        return ""
    if any(isinstance(entry, (dict, list)) for entry in value):
        return ""
    text = ", ".join(map(wording.leaf, value))
    return text if len(text) <= _SHORT_LIST_CHARACTERS else ""


def _leaf(key: str | None, value: Json, room: int, now: float) -> Node:
    shown = "" if key is None else wording.name(key)
    if figure := figures.by_key(key or "", value, now):
        return Node("leaf", shown, figure.text, "number", exact=figure.exact)
    text = _short_list(value) or wording.leaf(value, room)
    return Node("leaf", shown, text, _style(value, text))


def _style(value: Json, text: str) -> str:
    if value is None or isinstance(value, bool) or value in ("", [], {}):
        return "word"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, dict):
        return "word"
    return "long" if len(text) > _LONG_TEXT or "\n" in text else "text"
