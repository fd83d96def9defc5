"""The Celery application of workers that have something to do."""

from __future__ import annotations

import os
import time
from pathlib import Path

from celery import Celery

app = Celery("status-tests", broker=os.environ.get("BROKER_URL"))
app.conf.broker_connection_retry_on_startup = True


@app.task(name="shop.rest")
def rest(until_there: str, secret: str = "") -> None:
    """Goes on until there is such a file."""
    while not Path(until_there).exists():
        time.sleep(0.05)


@app.task(name="shop.nothing")
def nothing() -> None:
    """Over at once."""
