"""What docs/metrics.md says of the metrics and alerts is what there is."""

from __future__ import annotations

import re

import yaml

from status.formats.metrics.catalogue import CATALOGUE
from status.formats.metrics.stats import STATS
from tests.docs.blocks import ROOT, prose
from tests.metrics.test_prometheus_files import ALERTS

PAGE = ROOT / "docs" / "metrics.md"


def test_every_metric_is_documented_as_it_is_declared_and_no_other() -> None:
    rows = re.findall(r"^\| `(django_status_\w+)` \| ?(.*?) ?\| ?(\w*) ?\| (.*) \|$", prose(PAGE), re.MULTILINE)
    documented = {name: (tuple(re.findall(r"`(\w+)`", labels)), unit, means) for name, labels, unit, means in rows}
    assert documented == {metric.name: (metric.labels, metric.unit, metric.help) for metric in CATALOGUE}
    assert len(rows) == len(documented)


def test_every_provider_with_figures_is_named() -> None:
    assert set(re.findall(r"^Of `([\w.]+)`\.$", prose(PAGE), re.MULTILINE)) == set(STATS)


def test_every_alert_is_documented_and_no_other() -> None:
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    named = set(re.findall(r"`(DjangoStatus\w+)`", prose(PAGE)))
    assert named == {rule["alert"] for group in groups for rule in group["rules"]}
