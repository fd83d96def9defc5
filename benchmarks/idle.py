"""A process of a site that waits for requests: prints its memory before and after the first one, in KiB, as JSON.

`footprint.py` runs it, with and without the app. The first argument is the path to ask for.
"""

from __future__ import annotations

import json
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.util import setup_testing_defaults

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication


def memory() -> dict[str, int]:
    """Resident and proportional set size."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
    sizes = {name: int(size.split()[0]) for name, size in (line.split(":") for line in lines)}
    return {"RSS": sizes["Rss"], "PSS": sizes["Pss"]}


def ask(application: WSGIApplication, path: str) -> None:
    """One GET request; anything but 200 raises."""
    environ: dict[str, object] = {"PATH_INFO": path, "HTTP_HOST": "127.0.0.1", "wsgi.input": BytesIO()}
    setup_testing_defaults(environ)
    environ["SERVER_NAME"] = "127.0.0.1"
    statuses: list[str] = []

    def start_response(status: str, headers: object, exc_info: object = None) -> StartResponse:
        statuses.append(status)
        return lambda data: None  # type: ignore[return-value] # nobody writes by it

    body = b"".join(application(environ, start_response))  # type: ignore[arg-type] # a plain function will do
    if statuses != ["200 OK"]:
        raise RuntimeError(f"{path}: {statuses} {body[:500]!r}")


if __name__ == "__main__":
    application = get_wsgi_application()
    get_resolver().reverse_dict  # noqa: B018 - builds what the first request would
    before = memory()
    ask(application, sys.argv[1])
    print(json.dumps({"installed": before, "asked": memory()}))
