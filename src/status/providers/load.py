"""The machine's load."""

from __future__ import annotations

import os


def load() -> dict[str, float | int | None]:
    """Load averages over 1, 5 and 15 minutes, and the number of processors they are to be held against."""
    one, five, fifteen = os.getloadavg()
    return {"1 min": round(one, 2), "5 min": round(five, 2), "15 min": round(fifteen, 2), "processors": os.cpu_count()}
