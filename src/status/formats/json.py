"""JSON as bytes: the shape of 2.x."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from ..core.observation import Json
from . import legacy
from .format import Format, Showing

_CONTROLS = re.compile("[\x7f-\x9f]")


def dump(tree: Json | Mapping[str, Json], *, indent: int | None = None, ascii_only: bool = False) -> bytes:
    """UTF-8. The tree is plain already: NaN and foreign types have been dealt with where they came in."""
    return json.dumps(tree, ensure_ascii=ascii_only, allow_nan=False, indent=indent).encode()


def write(tree: Json | Mapping[str, Json], showing: Showing) -> bytes:
    """As the showing wants it: on lines of their own it ends with one."""
    style = showing.style
    if not style.indented:
        return dump(tree, ascii_only=style.ascii_only)
    text = dump(tree, indent=2, ascii_only=style.ascii_only).decode()
    # JSON leaves these as they are, and to a terminal they are commands (ECMA-48, 5.3). They stand in strings alone.
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode() + b"\n"


def render(showing: Showing) -> bytes:
    """What each provider returned, by name."""
    return write(legacy.tree(showing), showing)


# No charset: JSON is UTF-8 and has no such parameter (RFC 8259, 11).
FORMAT = Format("json", "application/json", render, accepted_as=("application/json",), schema="json", grows=True)
