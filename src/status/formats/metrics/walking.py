"""Following a declared path through what a provider returned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ...core.observation import Json

_LIST = re.compile(r"(\w+)\[(\w+)\]")

Step = tuple[str, str]
"""A key, and in a list's entries the key of what they go by; empty where it is no list. An empty key takes all."""


def found(tree: Json, path: str) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Each value that the path leads to, and the keys that were taken on the way there."""
    yield from _follow(tree, _steps(path), ())


@lru_cache(maxsize=512)  # there are as many as are declared
def _steps(path: str) -> tuple[Step, ...]:
    return tuple(_step(part) for part in path.split("."))


def _step(part: str) -> Step:
    if part.startswith("{"):
        return "", ""
    listed = _LIST.fullmatch(part)
    return (listed[1], listed[2]) if listed else (part, "")


def _follow(tree: Json, steps: tuple[Step, ...], taken: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Json]]:
    if not steps:
        yield taken, tree
        return
    (key, named_by), *rest = steps
    if not isinstance(tree, dict):
        return
    if not key:
        for name, below in tree.items():
            yield from _follow(below, tuple(rest), (*taken, name))
    elif not named_by:
        if key in tree:
            yield from _follow(tree[key], tuple(rest), taken)
    else:
        entries = tree.get(key)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                yield from _follow(entry, tuple(rest), (*taken, str(entry.get(named_by, ""))))
