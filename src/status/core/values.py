"""Whatever a provider returned, as a plain JSON tree: walked with a budget before any dump or pattern touches it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from .observation import Component, Json
from .states import State

MAX_VALUE_BYTES = 1024 * 1024
MAX_DEPTH = 64
MAX_STRING = 64 * 1024
"""Characters; a longer string is cut, which by itself isn't a fault of the value."""

# `json.dumps` raises above `sys.set_int_max_str_digits`, which can't be set below 640 digits: 2,126 bits at the least.
_MAX_INT_BITS = 2126
_MARK_ROOM = 40
_LONGEST_WORD = 1024
_SHOWN_KEY = 64
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


class Unserialisable(Exception):
    """JSON can't hold it. The text is one line: the type, and where it stands, as "can't serialise Foo at ['a'][3]"."""

    def __init__(self, what: str, path: str = "") -> None:
        super().__init__(f"can't serialise {what} at {path}" if path else f"can't serialise {what}")
        self.what = what
        self.path = path

    def within(self, key: object) -> Unserialisable:
        """The same, told by the container that holds it under `key`."""
        shown = repr(str.__str__(key)[:_SHOWN_KEY] if isinstance(key, str) else key)
        return Unserialisable(self.what, f"[{shown}]{self.path}")


@dataclass(frozen=True, slots=True)
class Plain:
    """A tree of exact JSON types, and one line that says what it lacks; None when it is whole."""

    tree: Json
    cut: str | None


def plain(value: object, *, encode: Callable[[object], object] | None = None, budget: int = MAX_VALUE_BYTES) -> Plain:
    """The value as plain JSON of about `budget` bytes at the most; where it was cut, a marker says how much is missing.

    `encode` makes something simpler of what JSON doesn't know, as `json.JSONEncoder.default` does; a TypeError or
    ValueError of it means that it can't. Raises Unserialisable, and what the value's own containers raise.
    """
    walk = _Walk(encode or _refuse, budget)
    tree = walk.tree(value, 0)
    return Plain(tree, walk.cut)


def encodable(text: str) -> str:
    """The text with lone surrogates replaced: UTF-8 can't hold them, so a response couldn't be written."""
    return text if text.isascii() else _LONE_SURROGATES.sub("\ufffd", text)


def shorten(text: str, room: int) -> str:
    """The text if it fits into `room` characters, else its beginning and how many characters are missing."""
    if len(text) <= room:
        return text
    head = beginning(text, room)
    return head + _more(len(text) - len(head), "characters")


def beginning(text: str, room: int) -> str:
    """The first `room` characters of a longer text, less the room for a marker and the word that the cut would halve.

    Redaction, which comes later, would not know half a secret for one.
    """
    head = text[: max(room - _MARK_ROOM, 0)]
    words = head[-_LONGEST_WORD:].rsplit(maxsplit=1)
    return head.removesuffix(words[-1]) if words else head


def free_key(key: str, taken: Collection[str], repeats: dict[str, int]) -> str:
    """The key, or "key (2)" and so on when it is taken: no entry may be lost because two keys became alike.

    `repeats` is the caller's memory of the numbers given, so that a thousand alike don't take a million look-ups.
    """
    free = key
    while free in taken:
        repeats[key] = repeats.get(key, 1) + 1
        free = f"{key} ({repeats[key]})"
    return free


def _more(missing: int, noun: str) -> str:
    return f"… {missing:,} more {noun}"


def _refuse(value: object) -> object:
    raise TypeError(type(value).__name__)


class _Walk:
    """One walk: what is left of the budget, in approximate bytes, and what was lost so far."""

    __slots__ = ("budget", "cut", "encode", "left", "lost")

    def __init__(self, encode: Callable[[object], object], budget: int) -> None:
        self.encode = encode
        self.budget = budget
        self.left = budget
        self.lost = 0
        self.cut: str | None = None

    def tree(self, value: object, depth: int) -> Json:
        kind = type(value)
        walker = _WALKERS.get(kind) or _walker_of_subclass(kind)
        return walker(self, value, depth)

    def nothing(self, value: None, depth: int) -> None:
        self.left -= 5

    def boolean(self, value: bool, depth: int) -> bool:
        self.left -= 5
        return value

    def integer(self, value: int, depth: int) -> int:
        exact = int.__index__(value)
        bits = exact.bit_length()
        if bits > _MAX_INT_BITS:
            raise Unserialisable(f"int of about {int(bits * math.log10(2)) + 1:,} digits")
        self.left -= bits // 3 + 2
        return exact

    def number(self, value: float, depth: int) -> float | None:
        self.left -= 24
        exact = float.__float__(value)
        return exact if math.isfinite(exact) else None

    def text(self, value: str, depth: int) -> str:
        exact = str.__str__(value)
        # A dump escapes: six bytes a character, twelve outside the basic plane. So it is six times the budget at most.
        weight = 1 if exact.isascii() else 2
        room = max(self.left // weight, 0)
        if len(exact) <= room and len(exact) <= MAX_STRING:
            self.left -= len(exact) * weight + 2
            return encodable(exact)
        head = beginning(exact, min(room, MAX_STRING))
        self.left -= len(head) * weight + _MARK_ROOM
        if len(exact) > room:
            self.left = 0
            self.lose(len(head), len(exact), "characters")
        return encodable(head + _more(len(exact) - len(head), "characters"))

    def path(self, value: PurePath, depth: int) -> str:
        return self.text(str(value), depth)

    def component(self, value: Component, depth: int) -> bool:
        return self.boolean(value.state is not State.FAIL, depth)

    def sequence(self, value: Collection[object], depth: int) -> Json:
        if depth >= MAX_DEPTH:
            return self.too_deep()
        items, marker = self.items(value, depth)
        return items + marker

    def unordered(self, value: Collection[object], depth: int) -> Json:
        if depth >= MAX_DEPTH:
            return self.too_deep()
        items, marker = self.items(value, depth)
        return _in_order(items) + marker

    def items(self, value: Collection[object], depth: int) -> tuple[list[Json], list[Json]]:
        """The items as far as the budget goes, and the marker for the others, if any."""
        items: list[Json] = []
        self.left -= 2
        try:
            for item in value:
                if self.left <= 0:
                    return items, [_more(self.lose(len(items), len(value), "entries"), "items")]
                self.left -= 2
                items.append(self.tree(item, depth + 1))
        except Unserialisable as error:
            raise error.within(len(items)) from None
        return items, []

    def mapping(self, value: Mapping[object, object], depth: int) -> Json:
        if depth >= MAX_DEPTH:
            return self.too_deep()
        tree: dict[str, Json] = {}
        repeats: dict[str, int] = {}
        self.left -= 2
        for key, item in value.items():
            if self.left <= 0:
                missing = self.lose(len(tree), len(value), "entries")
                tree[free_key("…", tree, repeats)] = _more(missing, "items")
                break
            self.left -= 4
            name = free_key(self.key(key), tree, repeats)
            try:
                tree[name] = self.tree(item, depth + 1)
            except Unserialisable as error:
                raise error.within(key) from None
        return tree

    def key(self, key: object) -> str:
        kind = type(key)
        if issubclass(kind, str):
            return self.text(key, 0)  # type: ignore[arg-type]
        if issubclass(kind, int):
            self.integer(key, 0)  # type: ignore[arg-type]
        elif not (key is None or issubclass(kind, float)):
            raise Unserialisable(f"key of type {kind.__name__}")
        return self.text(json.dumps(key), 0)

    def encoded(self, value: object, depth: int) -> Json:
        # One level more than containers get: a date may stand in the deepest list.
        if depth > MAX_DEPTH:
            return self.too_deep()
        try:
            simpler = self.encode(value)
        except (TypeError, ValueError):
            simpler = value
        if simpler is value:
            raise Unserialisable(type(value).__name__)
        return self.tree(simpler, depth + 1)

    def lose(self, kept: int, total: int, unit: str) -> int:
        """How many are missing; the greatest loss of the walk is the one that it tells."""
        missing = max(total - kept, 1)  # an endless container may claim any length
        if missing > self.lost:
            self.lost = missing
            self.cut = f"value over {_size(self.budget)}, cut after {kept:,} of {kept + missing:,} {unit}"
        return missing

    def too_deep(self) -> str:
        self.cut = self.cut or f"value nested deeper than {MAX_DEPTH} levels, cut there"
        self.left -= _MARK_ROOM
        return f"… nested deeper than {MAX_DEPTH} levels"


def _size(count: int) -> str:
    mebibytes, rest = divmod(count, 1024 * 1024)
    return f"{count:,} bytes" if rest else f"{mebibytes} MiB"


def _in_order(items: list[Json]) -> list[Json]:
    """A set's items, sorted once they are plain: so no comparison is foreign code, or partial as that of sets."""
    try:
        return sorted(items)  # type: ignore[type-var]
    except TypeError:
        return sorted(items, key=_rank)


def _rank(item: Json) -> tuple[str, float, str]:
    number = item if isinstance(item, (int, float)) else 0
    return type(item).__name__, number, json.dumps(item)


_Walker = Callable[[_Walk, Any, int], Json]

# In the order in which a subclass looks for its base. What isn't here is for the encoder.
_WALKERS: dict[type, _Walker] = {
    str: _Walk.text,
    bool: _Walk.boolean,
    int: _Walk.integer,
    float: _Walk.number,
    type(None): _Walk.nothing,
    dict: _Walk.mapping,
    list: _Walk.sequence,
    tuple: _Walk.sequence,
    set: _Walk.unordered,
    frozenset: _Walk.unordered,
    Component: _Walk.component,
    PurePath: _Walk.path,
    Mapping: _Walk.mapping,
}


def _walker_of_subclass(kind: type) -> _Walker:
    # By the type itself, never by isinstance: a proxy's `__class__` claims to be what it only stands for.
    return next((walker for base, walker in _WALKERS.items() if issubclass(kind, base)), _Walk.encoded)
