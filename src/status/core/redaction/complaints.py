"""Secrets in what drivers say of a text that they can't parse: a password's sign that should have been encoded."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .masking import MASK, Allowance, Secret, compiled, places

# A URL's password with "/", "?", "#" or ":" in it is cut there, and its rest taken for a port, a host, a database or a
# setting; a DSN's with a space is cut there.
_WHOLE = (
    *('missing "=" after', "cast to integer value as", "invalid port", "nonnumeric port", "invalid integer value"),
    *("percent-encoded token", "percent-encoded value", "uri query parameter", "unexpected spaces found in"),
)
"""What is quoted after these is all of it; a number is a port."""
_OPTION = ("invalid connection option", "unexpected keyword argument")
"""After these it may be a misspelt option, which is in small letters."""
_OF_A_HOST = "can't contain control characters."
_UP_TO_AT = ("resolve host", "translate host name", "server host", "database", "unknown url type", _OF_A_HOST)
"""After these it is a secret up to the last "@", if it has one."""
_BARE_UP_TO_AT = ("vhost", "limit - 1, not")
"""So, too, and it is not quoted."""
COMPLAINTS = (*_WHOLE, *_OPTION, *_UP_TO_AT, *_BARE_UP_TO_AT)

# A quote within ends it only where the sentence seems to go on.
_QUOTED = r"""(?:[ ]number)?:?[ ]\\?(?P<sign>["'])
  (?P<said>(?:[^\n"']+|(?!(?P=sign)(?:[\s,.;:)\]}]|\Z))["'])*)"""
_BARE = r"[ ](?P<said>\S*)"
_MISSPELT = r"[a-z_]*"


def complaint_secrets(text: str, lowered: str, allowance: Allowance) -> Iterator[Secret]:
    """What of a password a driver took for something else."""
    done = 0
    for place in places(lowered, COMPLAINTS):
        if place < done:
            continue
        literal = next(each for each in COMPLAINTS if lowered.startswith(each, place))
        is_bare = literal in _BARE_UP_TO_AT
        found = compiled(_BARE if is_bare else _QUOTED, re.VERBOSE).match(text, place + len(literal))
        end = _end(literal, found) if found else None
        if allowance.is_spent(candidate=end is not None):
            yield place, len(text), MASK
            return
        if found is not None:
            done = found.end()
            if end is not None:
                yield found.start("said"), end, MASK


def _end(literal: str, found: re.Match[str]) -> int | None:
    """Where the secret ends in what was said; None where it holds none."""
    start, said = found.start("said"), found["said"]
    if literal in _WHOLE:
        is_secret = not said.isdigit()
    elif literal in _OPTION:
        is_secret = compiled(_MISSPELT).fullmatch(said) is None
    elif "@" not in said and literal == _OF_A_HOST:  # what was cut at the slash of a password
        is_secret = ":" in said and not said.startswith("/")
    else:
        at = said.rfind("@")
        return start + at if at > 0 else None
    return start + len(said.removesuffix("\\")) if said and is_secret else None
