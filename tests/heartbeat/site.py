"""Settings of the site that the workers with a heartbeat belong to."""

from __future__ import annotations

import os

SECRET_KEY = "tests"
INSTALLED_APPS = ["status"]
STATUS_RUNTIME_DIR = os.environ["TESTS_RUNTIME_DIR"]
