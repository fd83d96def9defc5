"""The JSON Schemas of the formats as components of an OpenAPI document.

Each `$defs` becomes a component of its own: not every reader of OpenAPI resolves references within an embedded schema
(JSON Schema 2020-12, 9.3).
"""

from __future__ import annotations

import re
from functools import cache

from ..core.observation import Json
from ..formats import schemas

_DEFINED = "#/$defs/"


@cache
def all_schemas() -> dict[str, Json]:
    """By the component's name."""
    found: dict[str, Json] = {}
    for name in schemas.NAMES:
        whole = dict(schemas.load(name))
        defined = whole.pop("$defs", None)
        del whole["$schema"], whole["$id"]
        found[component(name)] = _referring(whole, name)
        for part, schema in (defined if isinstance(defined, dict) else {}).items():
            found[component(name, part)] = _referring(schema, name)
    return found


def reference(name: str, part: str = "") -> Json:
    """A reference to the schema of that name, or to this part of it where it has such a one."""
    part = part if component(name, part) in all_schemas() else ""
    return {"$ref": f"#/components/schemas/{component(name, part)}"}


def component(name: str, part: str = "") -> str:
    """The name of a component, in the characters that may stand there (OpenAPI 3.1.1, 4.8.7)."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", f"{name}.{part}" if part else name)


def _referring(schema: Json, name: str) -> Json:
    """The schema with its references as they are among the components."""
    if isinstance(schema, list):
        return [_referring(each, name) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _referred(key, value, name) for key, value in schema.items()}


def _referred(key: str, value: Json, name: str) -> Json:
    if key == "$ref" and isinstance(value, str) and value.startswith(_DEFINED):
        return f"#/components/schemas/{component(name, value.removeprefix(_DEFINED))}"
    return _referring(value, name)
