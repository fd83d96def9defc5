"""Settings of the test-suite: a small, usual site."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

SECRET_KEY = "tests"
USE_TZ = True
ROOT_URLCONF = "tests.urls"

# A file, as checks connect from threads of their own; one per run, as two may go on at once; the same for the run's
# child processes, which find it in the environment. It is made and removed by conftest.
SQLITE_FILE = os.environ.setdefault(
    "STATUS_TESTS_SQLITE_FILE", str(Path(tempfile.gettempdir()) / f"status-tests-{os.getpid()}.sqlite3")
)

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
