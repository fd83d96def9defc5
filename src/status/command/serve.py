"""`django_status serve`: website and API of their own, without a project."""

from __future__ import annotations

import atexit
import secrets
import shutil
import socket
import sqlite3
from ipaddress import ip_address
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from .problem import CommandProblem

DEFAULT_BIND = "127.0.0.1:8000"


class ServeProblem(CommandProblem):
    """It can't serve; its text says why, in one line."""


def parse_bind(text: str) -> tuple[str, int]:
    """Host and port of "host:port", "[::1]:port", ":port" or "port"; ServeProblem for anything else."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not port.isdecimal() or int(port) > 65535:
        raise ServeProblem(f"--bind {text!r}: write host:port, as {DEFAULT_BIND}")
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def site_settings(host: str, token: str) -> dict[str, Any]:
    """What the standalone site puts over any settings.

    On loopback callers of this machine are trusted, under its own names alone: a foreign page must not reach the site
    by pointing its own name here. Elsewhere a caller shows the token.
    """
    near = is_loopback(host)
    return {
        "ROOT_URLCONF": "status.command.site_urls",
        # The last looks at the Host of each request; the one before it at what language the browser asks for.
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
        ],
        # What they would do for the project's own site.
        "SECURE_SSL_REDIRECT": False,
        "PREPEND_WWW": False,
        "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"] if near else ["*"],
        "STATUS_NETWORKS": ["127.0.0.0/8", "::1"] if near else [],
        # Nothing stands in front of it, whatever stands in front of the project.
        "STATUS_TRUSTED_PROXIES": [],
        "SECURE_PROXY_SSL_HEADER": None,
        "USE_X_FORWARDED_HOST": False,
        "USE_X_FORWARDED_PORT": False,
        "STATUS_TOKENS": [] if near else [token],
        "STATUS_ACCESS": {"*": "private"} if near else {"health": "states", "*": "private"},
        "DEBUG": False,
    }


def own_database() -> dict[str, Any]:
    """A fresh SQLite database for the site to watch, until the process ends; the cache is Django's, in local memory."""
    folder = mkdtemp(prefix="django-status-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder) / "db.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 1")  # the first write makes the file
    connection.close()
    return {"DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": path}}}


def new_token() -> str:
    """A bearer token of 192 bits."""
    return secrets.token_urlsafe(24)


def serve(host: str, port: int, token: str) -> None:
    """Serve until interrupted; prints the site's URL first. ServeProblem when it can't."""
    try:
        import uvicorn  # an extra
    except ImportError as error:
        raise ServeProblem("serve needs uvicorn: pip install django-status[serve]") from error
    from django.core.asgi import get_asgi_application  # settings first

    application = get_asgi_application()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    shown = f"[{host}]" if family == socket.AF_INET6 else host
    with socket.socket(family) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
            listening.listen()  # whoever reads the URL may ask at once
        except OSError as error:
            raise ServeProblem(f"can't serve on {shown}:{port}: {error.strerror or error}") from error
        print(f"django-status is at http://{shown}:{listening.getsockname()[1]}/status/", flush=True)
        if not is_loopback(host):
            print(f"Details need the header  Authorization: Bearer {token}", flush=True)
        config = uvicorn.Config(application, log_level="warning", access_log=False, lifespan="off")
        uvicorn.Server(config).run(sockets=[listening])
