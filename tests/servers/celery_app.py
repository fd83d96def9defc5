"""The Celery application of the tests' workers."""

from __future__ import annotations

import os

from celery import Celery

app = Celery("status-tests", broker=os.environ.get("BROKER_URL"))
app.conf.broker_connection_retry_on_startup = True
