"""The metrics of `status/metrics` for OpenTelemetry, by its API (the extra `opentelemetry`).

https://opentelemetry.io/docs/specs/otel/metrics/api/
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from . import __version__
from .core.forks import forget_after_fork
from .engine import engine, observe_together
from .formats.format import Showing
from .formats.metrics import counters, made
from .formats.metrics.catalogue import CATALOGUE
from .formats.metrics.metric import PREFIX, Family, Kind, Metric
from .providers import registry
from .providers.extras import missing
from .totals.keeper import Told
from .totals.newest import load

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation

PATIENCE_S = 8.0
"""How long one collection waits for the checks. Readers have a thread of their own, in which it is done."""
FRESH_S = 1.0
"""Instruments are asked one after another: within this time they tell of the same look."""

_UNITS = {"seconds": "s", "bytes": "By", "ratio": "1", "": ""}
"""As UCUM has them, which OpenTelemetry follows."""


def instrument(meter_provider: MeterProvider | None = None) -> None:
    """Register an instrument for each metric with this provider, or with the one that is set for all.

    To be called once a process, with Django set up. From then on each collection observes all resources within their
    deadlines, reusing answers for their ttl as any other caller does; what it hands on has all details. Counts are of
    this process, as each one exports its own. MissingExtra without opentelemetry-api.
    """
    try:
        from opentelemetry.metrics import get_meter
    except ImportError as error:
        raise missing("opentelemetry", error) from error
    meter = get_meter("django_status", __version__, meter_provider)
    look = _Look()
    for metric in CATALOGUE:
        create: Callable[..., object] = (
            meter.create_observable_counter if metric.kind is Kind.COUNTER else meter.create_observable_gauge
        )
        callbacks = [partial(_observations, look, metric)]
        create(name_of(metric), callbacks, unit=_UNITS[metric.unit], description=metric.help)


def name_of(metric: Metric) -> str:
    """What its instrument is called: an exporter adds unit and kind again, where its format has them in names."""
    name = metric.family.removeprefix(PREFIX)
    for unit in ("_seconds", "_bytes"):
        name = name.removesuffix(unit)
    return f"django_status.{name}"


class _Look:
    """All families, made anew for each collection; safe from any thread."""

    def __init__(self) -> None:
        self.reset()
        forget_after_fork(self)

    def reset(self) -> None:
        """Begin anew, as after a fork."""
        self._lock = Lock()
        self._families: Mapping[Metric, Family] = {}
        self._until = float("-inf")

    def family(self, metric: Metric) -> Family | None:
        with self._lock:
            if time.monotonic() >= self._until:
                self._families = {each.metric: each for each in _families()}
                self._until = time.monotonic() + FRESH_S
            return self._families.get(metric)


def _families() -> Iterable[Family]:
    resources = registry.current().resources
    showing = Showing(
        observe_together([(name, None) for name in resources], timeout_s=PATIENCE_S), frozenset(resources)
    )
    read = {key: load(each.counters) for key, each in counters.readings(showing).items()}
    own = Told(engine().totals.tally.counts(), read)
    return [*made.of_reports(showing, time.time(), own), *made.of_who_answers()]


def _observations(look: _Look, metric: Metric, options: CallbackOptions) -> Iterator[Observation]:
    from opentelemetry.metrics import Observation

    family = look.family(metric)
    for labels, value in family.series.items() if family else ():
        attributes = {name: text for name, text in zip(metric.labels, labels, strict=True) if text}
        yield Observation(value, attributes)
