"""Settings of the test-suite: a small, usual site."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

SECRET_KEY = "tests"
USE_TZ = True
ROOT_URLCONF = "tests.urls"

_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")

# A file, as checks connect from threads of their own; one per run and process that shares it, as each removes its own
# at its end. The same for its child processes, which find it in the environment. It is made and removed by conftest.
SQLITE_FILE = os.environ.get("STATUS_TESTS_SQLITE_FILE", "")
if not SQLITE_FILE.endswith(f"{_WORKER}.sqlite3"):
    SQLITE_FILE = str(Path(tempfile.gettempdir()) / f"status-tests-{os.getpid()}{_WORKER}.sqlite3")
    os.environ["STATUS_TESTS_SQLITE_FILE"] = SQLITE_FILE

# So, too, what the processes of the site share.
STATUS_RUNTIME_DIR = f"{SQLITE_FILE}-runtime"

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": SQLITE_FILE,
        "TEST": {"NAME": f"{SQLITE_FILE}-test"},
    }
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "status",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
