"""A Celery worker that hangs while its broker is well."""

from __future__ import annotations

import pytest

from tests.faults.control import again_if_disturbed
from tests.faults.dependencies import Dependencies
from tests.faults.trial import hangs_and_recovers
from tests.servers.web import WebServer

pytestmark = pytest.mark.faults


@again_if_disturbed
def test_a_frozen_worker_is_named_and_nobody_waits_twice_and_it_recovers(
    site: WebServer, dependencies: Dependencies
) -> None:
    rabbitmq = dependencies["rabbitmq"]
    hangs_and_recovers(site, rabbitmq, rabbitmq.worker_frozen())
