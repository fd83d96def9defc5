"""What a value that may be seen tells of the metrics that are declared for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...core.observation import Json
from ...providers import registry
from ..leaves import Leaf
from .metric import Kind, Metric, fit
from .stats import STATS, Stat
from .walking import found

Figure = tuple[Metric, tuple[str, ...], float]
"""A series: its metric, the values of its labels in their order, and its own."""


def place(reference: str) -> tuple[str, ...]:
    """Resource, provider and component."""
    parts = reference.split("/", 2)
    return (*parts, *[""] * (3 - len(parts)))


def figures(leaf: Leaf, *, counters: bool) -> Iterator[Figure]:
    """What servers count, or all else, in the order in which they are declared.

    None of one whose details may not be seen, or that gave no value.
    """
    if not leaf.with_details or leaf.failed:
        return
    stats = [stat for stat in _stats_of(leaf) if (stat.metric.kind is Kind.COUNTER) is counters]
    component = place(leaf.reference)[2]
    tree: Json = {component: leaf.value} if component else leaf.value
    for stat in stats:
        for taken, value in found(tree, stat.path):
            number = scaled(value, stat.scale)
            if number is not None:
                yield stat.metric, (*taken, *[""] * (len(stat.metric.labels) - len(taken))), number


def scaled(value: Json, scale: float) -> float | None:
    """The number times the scale; None for what is none, or can't be written."""
    number = fit(value)
    return None if number is None else fit(number if scale == 1.0 else number * scale)


def _stats_of(leaf: Leaf) -> Sequence[Stat]:
    """Those declared for the function that the value is of."""
    resource = registry.current().resources.get(leaf.resource)
    provider = resource.providers.get(place(leaf.reference)[1]) if resource else None
    if provider is None:
        return ()
    function = provider.function
    return STATS.get(f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}", ())
