"""YAML: the shape of the JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from ..core.observation import Json
from . import legacy
from .format import Format, Showing

if TYPE_CHECKING:
    import yaml

_NUMBER_OF_1_2 = re.compile(
    r"[-+]?(?:0o[0-7_]+|(?:[0-9_]+\.?[0-9_]*|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?)\Z"  # PyYAML matches from the beginning
)
"""What YAML 1.2 reads as a number (core schema, 10.3.2), with the underscores of 1.1, which many still take.

PyYAML writes by 1.1, where `1e3`, `09`, `0o17` and a commit as `12e45678` are texts, and leaves them without quotes.
What else is no text in 1.2 is none in 1.1.
"""
_BREAKS_OF_1_1 = re.compile("[\x85\u2028\u2029]")
"""Line breaks that 1.2 knows no more (5.4): there what stands on two lines for one of them is read with blanks."""


def dump(tree: Json | Mapping[str, Json], *, ascii_only: bool = False) -> str:
    """Block style, in the tree's own order; ends with a newline. By YAML 1.1 it reads the same as by 1.2."""
    import yaml  # 15 ms that only this writer costs

    dumper = _dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper))
    return str(yaml.dump(tree, Dumper=dumper, default_flow_style=False, sort_keys=False, allow_unicode=not ascii_only))


@lru_cache(maxsize=2)
def _dumper(base: type[yaml.SafeDumper]) -> type[yaml.SafeDumper]:
    """One that quotes what is a text in 1.1 alone, and escapes what is a line break in 1.1 alone."""
    dumper: type[yaml.SafeDumper] = type("Dumper", (base,), {})
    dumper.add_implicit_resolver("tag:yaml.org,2002:float", _NUMBER_OF_1_2, list("-+.0123456789"))
    dumper.add_representer(str, _represented)
    return dumper


def _represented(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # Only within double quotes there are escapes.
    style = '"' if _BREAKS_OF_1_1.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


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
