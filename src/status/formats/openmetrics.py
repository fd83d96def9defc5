"""What Prometheus reads: OpenMetrics, by prometheus-client's exposition."""

from __future__ import annotations

from .format import Format, Showing


def render(showing: Showing) -> bytes:
    """Not written yet."""
    raise NotImplementedError


FORMAT = Format(
    "openmetrics",
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
    render,
    accepted_as=("application/openmetrics-text",),
    is_lasting=False,
    is_always_ok=True,  # Prometheus takes nothing from another answer, and its target for down
)
