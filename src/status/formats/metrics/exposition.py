"""Writing families down, by prometheus-client: OpenMetrics, or the older text format of Prometheus."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING

from ...providers.extras import missing
from ..accept import whole_entries
from .metric import Family, Kind

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric as Told

OPENMETRICS = "application/openmetrics-text; version=1.0.0"

_VERSION = re.compile(r";\s*version\s*=\s*([^;]*)")
_VERSIONS = ("0.0.1", "0.0.4", "1.0.0")
"""Those that clients ask for and that are written. prometheus-client promises any other back, or stumbles over it."""


def check() -> None:
    """MissingExtra where prometheus-client is not there: to be known before anything is looked at in vain."""
    _exposition()


def write(families: Iterable[Family], accept: str) -> tuple[bytes, str]:
    """The body and its Content-Type, by the header `Accept` as prometheus-client heeds it; MissingExtra without it."""
    encode, content_type = _exposition().choose_encoder(_understood(accept))
    return encode(_Collected(families)), content_type


class _Collected:
    """What prometheus-client calls a registry: these families alone, and none of the process's own."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[Told]:
        return map(_told, self._families)


def _told(family: Family) -> Told:
    from prometheus_client.metrics_core import Metric as Told

    metric = family.metric
    told = Told(metric.family, metric.help, metric.kind.value, metric.unit if metric.kind is not Kind.INFO else "")
    for labels, value in family.series.items():
        told.add_sample(metric.name, dict(zip(metric.labels, labels, strict=True)), value)
    return told


def _understood(accept: str) -> str:
    """The header without what asks for a version that is not written."""
    return ",".join(entry for entry in whole_entries(accept).split(",") if _is_written(entry))


def _is_written(entry: str) -> bool:
    return all(version.strip() in _VERSIONS for version in _VERSION.findall(entry))


def _exposition() -> ModuleType:
    try:
        from prometheus_client import exposition
    except ImportError as error:
        raise missing("metrics", error) from error
    return exposition
