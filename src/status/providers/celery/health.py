"""Health of Celery: which of the expected workers answer."""

from __future__ import annotations

from collections.abc import Sequence

from .. import arguments
from ..forms import batch
from .broadcast import ask


@batch(lambda workers=(): arguments.texts("workers", workers), names_are_details=True)  # they are hostnames
def celery(workers: Sequence[str] = ()) -> dict[str, bool]:
    """Each worker, by its hostname, that answers a ping."""
    return {worker: isinstance(reply, dict) and "ok" in reply for worker, reply in ask("ping", workers).items()}
