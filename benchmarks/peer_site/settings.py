"""Settings of the measured site; `BENCHMARK_SITE` is its variant, JSON in the environment says where its backends are.

Apps and middleware are those of `django-admin startproject`. The variant `peers` has none of django-status: what it
answers a bare view with is everybody's floor. `middleware` and `wrapper` have ours and none of the peers; `least` has
nobody's.
"""

from __future__ import annotations

import json
import os

VARIANT = os.environ["BENCHMARK_SITE"]

SECRET_KEY = "benchmarks"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
SECURE_SSL_REDIRECT = os.environ.get("BENCHMARK_SSL_REDIRECT") == "1"
ROOT_URLCONF = "peer_site.urls"
DATABASES = {"default": json.loads(os.environ["BENCHMARK_DATABASE"])}
CACHES = {"default": json.loads(os.environ["BENCHMARK_CACHE"])}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
STATIC_URL = "static/"

if VARIANT == "peers":
    INSTALLED_APPS += ["health_check", "watchman", "django_alive"]
    # The same two checks as ours: by default watchman also writes a file, and alive leaves the cache out.
    WATCHMAN_CHECKS = ("watchman.checks.caches", "watchman.checks.databases")
    ALIVE_CHECKS: list[tuple[str, dict[str, str]]] = [
        ("django_alive.checks.check_database", {}),
        ("django_alive.checks.check_cache", {}),
    ]
    if os.environ.get("BENCHMARK_ALIVE_MIDDLEWARE") == "1":
        MIDDLEWARE.insert(0, "django_alive.middleware.healthcheck_bypass_host_check")
elif VARIANT == "least":
    MIDDLEWARE.insert(0, "peer_site.least.Least")
else:
    INSTALLED_APPS += ["status"]
    STATUS_PROBES = {"livez": (), "readyz": ("health/databases", "health/caches/default"), "startupz": ()}
    if VARIANT == "middleware":
        MIDDLEWARE.insert(0, "status.middleware.ProbeMiddleware")
