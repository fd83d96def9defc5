"""What holds of every answer, whatever was asked."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from django.urls import Resolver404, resolve

from status.headers import ANSWER_HEADERS, ASSET_HEADERS, EMBEDDED_HEADERS, PAGE_HEADERS, PROBE_HEADERS
from status.probes import table
from tests.hostile.asking import Answered
from tests.hostile.site import DETAIL, SECRETS
from tests.settings import SQLITE_FILE

MOST = 10_240
"""Bytes of a probe's answer and of any refusal."""
MOST_OF_A_REPORT = 65_536
"""Bytes of a page or a report of this small site."""

_NEVER = [*SECRETS, "Traceback", 'File "', str(Path(__file__).parents[2]), sys.prefix]
_NOT_FOR_STRANGERS = [
    DETAIL,
    "db.example",
    "stats/raises",  # a name, of what is private
    # Who may see details is told why the last hour is this process's alone, with the folder that can't be used.
    SQLITE_FILE,
    tempfile.gettempdir() + "/",
]


def hold(answered: Answered, *, trusted: bool) -> None:
    """Whatever the answer is and whoever gives it."""
    assert answered.status < 500 or answered.status == 503
    text = "\n".join([answered.body.decode("utf-8", "replace"), *map(str, answered.headers.items())])
    told = [each for each in _NEVER if each in text]
    assert not told, told
    told = [each for each in _NOT_FOR_STRANGERS if each in text]
    assert trusted or not told, told
    assert not [value for value in answered.headers.values() if "\n" in value or "\r" in value]
    kind = _door(answered)
    if kind:
        _hold_of_ours(answered, kind)


def _door(answered: Answered) -> str:
    """Which door of ours the path leads to; empty where the answer is Django's or the project's."""
    if answered.status == 400 and answered.headers.get("content-type", "").startswith("text/html"):
        return ""  # before any middleware or view: a host, or under ASGI a query string, that can't be read
    if table.current().find(answered.path):
        return "probe"
    try:
        found = resolve(answered.path)
    except Resolver404:
        return ""
    name = found.func.__name__.lstrip("a") if found.func.__module__.startswith("status.") else ""
    if name == "page" and answered.status == 404:  # hidden: the project's own page says so
        return ""
    return {"sset": "asset"}.get(name, name)


def _hold_of_ours(answered: Answered, kind: str) -> None:
    headers, of_page = answered.headers, answered.headers.get("content-type", "").startswith("text/html")
    if kind == "probe":
        assert answered.status in (200, 404, 405, 503)
        expected = PROBE_HEADERS
    elif kind == "asset" and answered.status == 200:
        expected = ASSET_HEADERS
    elif kind == "badge" and answered.status == 200 and "max-age" in headers["cache-control"]:
        kept = headers["cache-control"]
        expected = {**ANSWER_HEADERS, "Cache-Control": kept, **(EMBEDDED_HEADERS if "public" in kept else {})}
    elif kind == "page" and of_page and answered.body:
        expected = PAGE_HEADERS
    else:
        expected = ANSWER_HEADERS
    given = {name: headers.get(name.lower(), "") for name in expected}
    if kind == "page" and of_page and not answered.body:  # HEAD has a page's headers, OPTIONS an answer's
        given["Content-Security-Policy"] = expected["Content-Security-Policy"]
        given["Vary"] += ", Accept"
    if headers.get("content-type") == "application/health+json":  # which says how long it is fresh, to its reader alone
        assert given.pop("Cache-Control").startswith("private, max-age=")
        expected = {name: value for name, value in expected.items() if name != "Cache-Control"}
    vary = {each.strip().lower() for each in given.pop("Vary").split(",")}
    assert given == {name: value for name, value in expected.items() if name != "Vary"}
    assert vary >= {each.strip().lower() for each in expected["Vary"].split(",")}
    bound = MOST_OF_A_REPORT if answered.status in (200, 503) and kind != "probe" else MOST
    assert len(answered.body) + sum(len(name) + len(value) for name, value in headers.items()) <= bound + 1_024
