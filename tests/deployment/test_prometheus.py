"""Prometheus takes what docs/metrics.md has for it."""

from __future__ import annotations

from pathlib import Path

from tests.docs.blocks import ROOT, blocks
from tests.metrics.test_prometheus_files import ALERTS, promtool

PAGE = ROOT / "docs" / "metrics.md"


def test_the_configuration_is_sound(tmp_path: Path) -> None:
    (text,) = [block.text for block in blocks(PAGE) if (block.kind, block.argument) == ("tried", "prometheus.yml")]
    (tmp_path / "prometheus.yml").write_text(text)
    (tmp_path / "alerts.yml").write_text(ALERTS.read_text())
    assert "SUCCESS" in promtool("check", "config", tmp_path / "prometheus.yml")
