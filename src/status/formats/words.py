"""Values as people read them in a line of text."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.observation import Json
from .format import Style


def in_words(value: Json) -> str:
    """One value, without structure but that of a list."""
    if isinstance(value, list) and value:
        return ", ".join(in_words(entry) for entry in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value in (None, {}, []) else str(value)


def flat(path: str, value: Json) -> Iterator[tuple[str, Json]]:
    """Each value within a value, by its path."""
    if isinstance(value, dict) and value:
        for name, entry in value.items():
            yield from flat(f"{path}.{name}", entry)
    elif isinstance(value, list) and any(isinstance(entry, (dict, list)) for entry in value):
        for at, entry in enumerate(value):
            yield from flat(f"{path}[{at}]", entry)
    else:
        yield path, value


def printable(text: str) -> str:
    """No control characters: a name or value must not move the cursor, nor colour what it is not."""
    return text if text.isprintable() else "".join(each if each.isprintable() else "�" for each in text)


def written(text: str, style: Style) -> bytes:
    """The text as bytes; in ASCII what is beyond it is escaped."""
    return text.encode("ascii", "backslashreplace") if style.ascii_only else text.encode()
