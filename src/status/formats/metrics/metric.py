"""What a metric is, and its series."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from ...recent.entry import key_of

PREFIX = "django_status_"
_UNITS = ("seconds", "bytes", "ratio")
"""Base units (prometheus.io/docs/practices/naming); counts have none."""

MOST_SERIES = 6_000
"""Of one metric."""


class Kind(str, Enum):
    """As OpenMetrics has it."""

    GAUGE = "gauge"
    COUNTER = "counter"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Metric:
    """One that is declared: what its series are called in Prometheus, and what they mean."""

    name: str
    """With `_total` of a counter and `_info` of an info."""
    help: str
    labels: tuple[str, ...] = ()
    kind: Kind = Kind.GAUGE

    @property
    def family(self) -> str:
        """Its name without what its kind adds."""
        return self.name.removesuffix("_total" if self.kind is Kind.COUNTER else "_info")

    @property
    def unit(self) -> str:
        """The base unit that its name ends with; empty for a count."""
        word = self.family.rpartition("_")[2]
        return word if word in _UNITS else ""


@dataclass(frozen=True, slots=True)
class Family:
    """A metric and its series: the values by those of its labels, in their order."""

    metric: Metric
    series: Mapping[tuple[str, ...], float]


class Sheet:
    """Gathers series: each once, none that can't be written, and no more than there is room for."""

    def __init__(self) -> None:
        self._series: dict[Metric, dict[tuple[str, ...], float]] = {}
        self.left_out = 0
        """What there was no room for, or what two things would have been told by."""

    def put(self, metric: Metric, labels: Sequence[str], value: object) -> None:
        """One more series; nothing where the value is no number."""
        number = fit(value)
        if number is None:
            return
        told = tuple(map(label, labels))
        series = self._series.setdefault(metric, {})
        # A series that is there twice costs Prometheus the whole scrape.
        if told in series or len(series) >= MOST_SERIES:
            self.left_out += 1
        else:
            series[told] = number

    def families(self) -> list[Family]:
        """In the order in which their first series came."""
        return [Family(metric, series) for metric, series in self._series.items()]


def fit(value: object) -> float | None:
    """The number as it can be written; None for what is none, as a boolean, and for what is not finite."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def label(text: str) -> str:
    """A label's value: of 300 characters at most, control characters written as in Python.

    What else has to be escaped, each format escapes in its own way.
    """
    if not text.isprintable():
        text = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
    return key_of(text)
