"""What of STATUS_FORMATS can be used: a dataclass believes whatever the project tells it."""

from __future__ import annotations

import re
from inspect import iscoroutinefunction

from ..reading import is_list, shown, type_of
from . import schemas
from .format import Format

MAX_NAME = 100
"""Characters of a name: `?format=` is read within the first 4 KiB, and each refusal lists all names."""

_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # noqa: S105 - RFC 9110, 5.6.2
_MEDIA_TYPE = re.compile(rf"{_TOKEN}/{_TOKEN}")
_PARAMETER = rf'[ \t]*;[ \t]*{_TOKEN}=(?:{_TOKEN}|"[ !#-\[\]-~]*")'
_CONTENT_TYPE = re.compile(rf"{_TOKEN}/{_TOKEN}(?:{_PARAMETER})*")
"""RFC 9110, 8.3.1, less what a quoted string may escape."""


def wrong_with(given: object) -> str:
    """What is wrong with an entry, in a sentence; empty where it can be used."""
    if not isinstance(given, Format):
        return f"it is a {type_of(given)}, not a Format"
    name: object = given.name
    if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= MAX_NAME:
        return f"{shown(name)} is no name"
    if not isinstance(given.media_type, str) or not _CONTENT_TYPE.fullmatch(given.media_type):
        return f"{shown(given.media_type)} is no media type"
    if not is_list(given.accepted_as):  # a text is the slip for a list of one
        return f"its accepted_as is a {type_of(given.accepted_as)}, not a list"
    for media_type in given.accepted_as:
        if not isinstance(media_type, str) or not _MEDIA_TYPE.fullmatch(media_type) or "*" in media_type:
            return f"{shown(media_type)} is no media type that could be accepted: write it without parameters"
    for word, function in (("render", given.render), ("check", given.check), ("headers", given.headers)):
        if not callable(function) and (word == "render" or function is not None):
            return f"its {word} is a {type_of(function)}, not a function"
        if iscoroutinefunction(function):
            return f"its {word} is async, and nobody would await it"
    if given.schema and given.schema not in schemas.NAMES:
        return f"{shown(given.schema)} is no schema of ours"
    return ""
