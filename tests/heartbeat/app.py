"""The Celery application of the workers with a heartbeat."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from celery import Celery, signals

from status.celery import install_heartbeat
from tests.heartbeat.times import EVERY_S, VALID_S

app = Celery("status-tests", broker=os.environ.get("BROKER_URL"))
app.conf.broker_connection_retry_on_startup = True
app.conf.beat_max_loop_interval = 1
app.conf.beat_schedule = {"often": {"task": "nothing", "schedule": 0.5}}
install_heartbeat(app, every_s=EVERY_S, valid_s=VALID_S)


@app.task(name="nothing")
def nothing() -> None:
    """Over at once."""


@app.task(name="rest")
def rest(until_there: str) -> None:
    """Goes on until there is such a file; what it runs in is free for others meanwhile."""
    Path(f"{until_there}.begun").touch()
    while not Path(until_there).exists():
        time.sleep(0.05)


@signals.task_received.connect
def block(request: Any, **kwargs: object) -> None:
    """The main process waits in a signal's receiver, for a file that the task's argument names."""
    if request.task_name == "block":
        (until_there,) = request.args
        Path(f"{until_there}.begun").touch()
        while not Path(until_there).exists():
            time.sleep(0.05)


@app.task(name="block")
def blocking(until_there: str) -> None:
    """See the receiver."""
