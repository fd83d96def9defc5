"""YAML as text."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.observation import Json


def render(tree: Json | Mapping[str, Json], *, ascii_only: bool = False) -> str:
    """Block style, in the tree's own order; ends with a newline."""
    import yaml  # 15 ms that only this writer costs

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(tree, Dumper=dumper, default_flow_style=False, sort_keys=False, allow_unicode=not ascii_only))
