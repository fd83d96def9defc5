"""A site with every door of ours, with secrets, and with details that strangers must not see: settings."""

from __future__ import annotations

from tests.settings import MIDDLEWARE as USUAL

SECRETS = ("planted-key-Qm3x", "planted-token-Zt81-of-a-length", "planted-cloud-Wd5k", "planted-word-Hv9r")
"""Nobody sees them."""
SECRET_KEY, _TOKEN, AWS_SECRET_ACCESS_KEY, PASSWORD = SECRETS
TOKEN = _TOKEN
DETAIL = "told-to-the-trusted-alone"
"""Strangers don't see it."""

ROOT_URLCONF = "tests.hostile.urls"
ALLOWED_HOSTS = ["127.0.0.1"]
MIDDLEWARE = [
    "status.middleware.ProbeMiddleware",
    *USUAL,
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
STATUS_PROVIDERS = {
    "health": [
        ("well", "tests.hostile.checks.well"),
        ("odd", "tests.hostile.checks.odd"),
        ("valued", "tests.hostile.checks.valued"),
    ],
    "stats": [("measured", "tests.hostile.checks.measured"), ("raises", "tests.hostile.checks.raises")],
    "secret": [("well", "tests.hostile.checks.well")],
}
STATUS_PROBES = {
    "livez": (),
    "readyz": ("health/well", "health/odd"),
    "fine": ("health/well",),
    "private": ("stats/measured", "stats/raises"),
}
STATUS_ACCESS = {"health": "states", "secret": "hidden", "*": "private"}
STATUS_TOKENS = [TOKEN]
STATUS_NETWORKS = ["10.1.0.0/16"]
STATUS_TTL = 3600.0
"""Longer than any test: whatever is asked, no check runs twice."""
