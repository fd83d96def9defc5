"""Moments as the figures have them, under keys that end in `_at`."""

from __future__ import annotations

from datetime import datetime, timezone


def moment(epoch_s: float) -> str:
    """ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(epoch_s, timezone.utc).isoformat(timespec="seconds")
