"""Statistics of Celery's workers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..forms import batch
from .broadcast import ask


@batch(lambda workers=(): workers, names_are_details=True)  # they are hostnames
def celery(workers: Sequence[str] = ()) -> dict[str, Any]:
    """Each worker's entry of Celery's `inspect().stats()`, by its hostname."""
    return ask("stats", workers)
