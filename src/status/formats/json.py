"""JSON as bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ..core.observation import Json


def render(tree: Json | Mapping[str, Json], *, indent: int | None = None, ascii_only: bool = False) -> bytes:
    """UTF-8. The tree is plain already: NaN and foreign types have been dealt with where they came in."""
    return json.dumps(tree, ensure_ascii=ascii_only, allow_nan=False, indent=indent).encode()
