"""The JSON Schemas of what is written as JSON, each a file here (JSON Schema 2020-12)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from ...core.observation import Json

_ENDING = ".schema.json"
_FILES = {file.name.removesuffix(_ENDING): file for file in sorted(Path(__file__).parent.glob(f"*{_ENDING}"))}

NAMES = tuple(_FILES)


@cache
def load(name: str) -> dict[str, Json]:
    """The schema of that name, read once: not to be changed. KeyError for another name."""
    schema: dict[str, Json] = json.loads(_FILES[name].read_bytes())
    return schema
