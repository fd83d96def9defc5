"""What the body of an answer must be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...reading import shown, type_of
from .fetching import Answer

_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Body:
    """A text that is in it, and values at places of its JSON."""

    contains: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    """By JSON pointer (RFC 6901)."""

    @property
    def is_wanted(self) -> bool:
        """Whether anything is asked of it."""
        return self.contains is not None or bool(self.values)

    def wrong(self, answer: Answer) -> str | None:
        """What is wrong with it, without showing it: it may be anything."""
        if not self.is_wanted:
            return None
        if answer.encoding != "identity":
            return "its body is compressed, though that was not asked for"
        if self.contains is not None and self.contains.encode() not in answer.body:
            return "its body does not contain what it should" + ("" if answer.is_whole else _within(answer))
        return self._wrong_values(answer) if self.values else None

    def _wrong_values(self, answer: Answer) -> str | None:
        if not answer.is_whole:
            return f"its body does not end{_within(answer)}"
        try:
            content = json.loads(answer.body)
        except (ValueError, RecursionError):
            return "its body is no JSON"
        for pointer, expected in self.values.items():
            found = _at(content, pointer)
            if found is _NOTHING:
                return f"its body has nothing at {pointer!r}"
            if found != expected or isinstance(found, bool) != isinstance(expected, bool):
                return f"its body has something else at {pointer!r} than {shown(expected)}"
        return None


def read_pointers(values: object) -> dict[str, object]:
    """The argument `json_equals`."""
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise ValueError(f"json_equals is a mapping of JSON pointers to values, not a {type_of(values)}")
    for pointer in values:
        if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
            raise ValueError(f"json_equals: a JSON pointer begins with a slash, and {shown(pointer)} does not")
    return dict(values)


def _at(content: object, pointer: str) -> object:
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(content, dict) and key in content:
            content = content[key]
        elif isinstance(content, list) and key.isdecimal() and int(key) < len(content):
            content = content[int(key)]
        else:
            return _NOTHING
    return content


def _within(answer: Answer) -> str:
    return f" within its first {len(answer.body):,} bytes"
