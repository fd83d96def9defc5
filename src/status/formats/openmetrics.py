"""The reports as OpenMetrics 1.0, by prometheus-client (the extra `metrics`).

https://prometheus.io/docs/specs/om/open_metrics_spec/

What Prometheus scrapes is `status/metrics`, which tells of the host and of who answers, too.
"""

from __future__ import annotations

import time

from .format import Format, Showing
from .metrics import exposition, made
from .words import written


def render(showing: Showing) -> bytes:
    """A series a value of each check."""
    body, _ = exposition.write(made.of_reports(showing, time.time()), exposition.OPENMETRICS)
    return written(body.decode(), showing.style)


FORMAT = Format(
    "openmetrics",
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
    render,
    accepted_as=("application/openmetrics-text",),
    is_lasting=False,
    check=exposition.check,
    is_always_ok=True,  # Prometheus takes nothing from another answer, and its target for down
)
