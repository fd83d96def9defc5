"""Reading metrics as Prometheus' own client does."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics

from tests.asking import Site

TOKEN = "the-one-that-the-tests-show-0123456789"
TRUSTED = {"Authorization": f"Bearer {TOKEN}"}
OPENMETRICS = "application/openmetrics-text; version=1.0.0"

NONE: Mapping[str, str] = {}

Labels = frozenset[tuple[str, str]]
Series = dict[str, dict[Labels, float]]
"""By name and labels; an empty label is none, as Prometheus has it."""


def read(text: str, *, is_openmetrics: bool = False) -> Series:
    """All series; a series that is there twice is an error, as it is to Prometheus."""
    families = (openmetrics if is_openmetrics else parser).text_string_to_metric_families(text)
    series: Series = {}
    for family in families:
        for sample in family.samples:
            told = series.setdefault(sample.name, {})
            labels = frozenset((name, value) for name, value in sample.labels.items() if value)
            assert labels not in told, f"{sample.name}{sample.labels} is there twice"
            told[labels] = sample.value
    return series


def value(series: Series, name: str, **labels: str) -> float | None:
    """Of the one series of these labels; None where there is none."""
    return series.get(f"django_status_{name}", {}).get(frozenset(labels.items()))


def state(series: Series, resource: str, provider: str, component: str = "") -> str | None:
    """The one of its states that is 1."""
    place: Mapping[str, str] = {"resource": resource, "provider": provider, "component": component}
    labels = frozenset((name, value) for name, value in place.items() if value)
    all_states = series.get("django_status_state", {})
    told = [
        dict(each)["state"]
        for each, value in all_states.items()
        if labels < each and len(each) == len(labels) + 1 and value
    ]
    assert len(told) <= 1
    return told[0] if told else None


class Scraped(Site):
    """A site that is scraped."""

    def scrape(self, path: str = "metrics", *, token: bool = True, headers: Mapping[str, str] = NONE) -> Series:
        """What it tells, which is written as its Content-Type says."""
        response = self(path, headers={**(TRUSTED if token else {}), **headers})
        assert response.status_code == 200, response.content
        kind = response.headers["Content-Type"]
        return read(response.content.decode(), is_openmetrics=kind.startswith("application/openmetrics-text"))
