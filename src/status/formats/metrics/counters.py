"""What servers count themselves, as metrics: written down for the host's other processes, and read again.

What this process has read may be older than what another has told, so that by itself it is no counter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...recent.entry import key_of
from ...totals.newest import Reading, dump
from ..format import Showing
from ..leaves import leaves
from .figures import Figure, figures
from .metric import Kind, label
from .stats import STATS

_DECLARED = {
    stat.metric.name: stat.metric for stats in STATS.values() for stat in stats if stat.metric.kind is Kind.COUNTER
}


def readings(showing: Showing) -> dict[str, Reading]:
    """Of what may be seen the counters, as this process has read them; by `key_of` the reference."""
    found: dict[str, Reading] = {}
    for leaf in leaves(showing):
        counters = {_name(metric.name, labels): value for metric, labels, value in figures(leaf, counters=True)}
        if counters:
            began_at = leaf.observed_at - leaf.duration_s
            found[key_of(leaf.reference)] = Reading(began_at, leaf.observed_at, dump(counters))
    return found


def counted(newest: Mapping[str, Mapping[str, float]]) -> Iterator[Figure]:
    """Of what was written down that which is declared: another release may have written more."""
    for counters in newest.values():
        for name, value in counters.items():
            known, *labels = name.split("\n")
            metric = _DECLARED.get(known)
            if metric and len(labels) == len(metric.labels):
                yield metric, tuple(labels), value


def _name(name: str, labels: tuple[str, ...]) -> str:
    """A label has no line breaks, once it is written as one."""
    return "\n".join((name, *map(label, labels)))
