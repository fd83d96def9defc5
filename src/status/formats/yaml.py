"""YAML: the shape of the JSON."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.observation import Json
from . import legacy
from .format import Format, Showing


def dump(tree: Json | Mapping[str, Json], *, ascii_only: bool = False) -> str:
    """Block style, in the tree's own order; ends with a newline."""
    import yaml  # 15 ms that only this writer costs

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(tree, Dumper=dumper, default_flow_style=False, sort_keys=False, allow_unicode=not ascii_only))


def render(showing: Showing) -> bytes:
    """What each provider returned, by name."""
    return dump(legacy.tree(showing), ascii_only=showing.style.ascii_only).encode()


# RFC 9512 registers the first; the others are older names.
FORMAT = Format(
    "yaml",
    "application/yaml",
    render,
    accepted_as=("application/yaml", "application/x-yaml", "text/yaml"),
    schema="json",
    grows=True,
)
