"""Messages of Celery say when they were sent, so that one can tell for how long the oldest has waited."""

from __future__ import annotations

from time import time
from typing import Any

from ..extras import missing


def stamp_messages() -> None:
    """Have each task's message that this process sends carry the time, as AMQP's property `timestamp`.

    For the project's `celery.py`: Celery sends none by itself. It is in whole seconds since the epoch, as AMQP wants
    it; one that the sender has set stays. Called again, it changes nothing.
    """
    try:
        from celery.signals import before_task_publish
    except ImportError as error:
        raise missing("celery", error) from error
    before_task_publish.connect(_stamp, weak=False, dispatch_uid="status:stamp")


def _stamp(properties: dict[str, Any] | None = None, **kwargs: object) -> None:
    if properties is not None:
        properties.setdefault("timestamp", int(time()))
