"""Names of components: text that UTF-8 can hold, without secrets, none twice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

MAX_NAME = 1_000  # characters; a longer one is no name
MAX_NAMES = 1024 * 1024
"""Characters of all names of a value together that are looked through for secrets, which holds the GIL."""
UNTOLD = "… more names than can be told"
"""In the place of each that is beyond that."""

# Too short and too simple for a secret that could be told from a name. Most are: for these nothing is imported.
_SIMPLE = re.compile(r"[A-Za-z0-9_.@-]{1,15}")

T = TypeVar("T")


def name_components(entries: Iterable[tuple[object, T]]) -> dict[str, T]:
    """The entries by the names of their components; of names that are alike the later ones are numbered."""
    named: dict[str, T] = {}
    repeats: dict[str, int] = {}
    left = MAX_NAMES
    for key, entry in entries:
        name = key if type(key) is str else str(key)
        if name in named or not _SIMPLE.fullmatch(name):
            left -= min(len(name), MAX_NAME)
            name = _clean(name if left >= 0 else UNTOLD, named, repeats)
        named[name] = entry
    return named


def _clean(name: str, taken: dict[str, T], repeats: dict[str, int]) -> str:
    from .redaction import redact_text  # its patterns take 10 ms to compile, and most names need none
    from .values import encodable, free_key, shorten

    # Cut before a pattern sees it, and again since what is masked may be longer than it was.
    told = name if name is UNTOLD else redact_text(shorten(name, MAX_NAME))
    return free_key(encodable(told)[:MAX_NAME], taken, repeats)
