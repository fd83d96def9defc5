"""Writing families down, by prometheus-client: OpenMetrics, or the older text format of Prometheus."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING

from django.http.request import MediaType

from ...providers.extras import missing
from ..accept import quality_of, whole_entries, without_parameters
from .metric import Family, Kind

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric as Told

OPENMETRICS = "application/openmetrics-text; version=1.0.0"

_NEW, _OLD = "application/openmetrics-text", "text/plain"
_WRITTEN = {_NEW: ("1.0.0",), _OLD: ("0.0.4", "1.0.0")}
"""The versions that are written. prometheus-client promises any other back, or stumbles over it."""
_ASKED = re.compile(r';\s*(version|escaping)\s*=\s*"?([^";]*)', re.IGNORECASE)


def check() -> None:
    """MissingExtra where prometheus-client is not there: to be known before anything is looked at in vain."""
    _exposition()


def write(families: Iterable[Family], accept: str) -> tuple[bytes, str]:
    """The body and its Content-Type, by the header `Accept`; MissingExtra without prometheus-client."""
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
    """Of the header what is to be written, as prometheus-client reads it: it heeds neither qualities nor letters' case.

    That of the highest quality (RFC 9110, 12.4.2 and 12.5.1); of two alike OpenMetrics where it is asked for by name,
    else the older format, which is also for whom nothing fits.
    """
    entries = [entry for entry in map(_Entry, whole_entries(accept).split(",")) if entry.is_written]
    named = max((entry for entry in entries if entry.media_type == _NEW), key=_quality, default=None)
    new, old = (quality_of(each, [entry.range for entry in entries]) for each in (_NEW, _OLD))
    if new > old or (new == old > 0 and named):
        return named.for_client if named else _NEW
    plain = max((entry for entry in entries if entry.media_type == _OLD), key=_quality, default=None)
    return plain.for_client if plain else ""


class _Entry:
    """One of the header."""

    def __init__(self, entry: str) -> None:
        self.range = MediaType(without_parameters(entry))
        self.media_type = f"{self.range.main_type}/{self.range.sub_type}"
        self._asked = {name.lower(): value.strip() for name, value in _ASKED.findall(entry)}

    @property
    def is_written(self) -> bool:
        version = self._asked.get("version")
        return version is None or version in _WRITTEN.get(self.media_type, (version,))

    @property
    def for_client(self) -> str:
        return ";".join((self.media_type, *(f"{name}={value}" for name, value in self._asked.items())))


def _quality(entry: _Entry) -> float:
    return entry.range.quality


def _exposition() -> ModuleType:
    try:
        from prometheus_client import exposition
    except ImportError as error:
        raise missing("metrics", error) from error
    return exposition
