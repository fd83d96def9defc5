"""A site whose names and values are the worst that others can make them."""

from __future__ import annotations

from pathlib import Path

_HERE = "tests.website.providers"

_SETTINGS = """
from status import Provider
from tests.website.providers import LONG

DEBUG = True
STATUS_TIMEOUT = 10
STATUS_TTL = 0.1
STATUS_RUNTIME_DIR = {runtime!r}
STATUS_JUDGED = ["health", "broken", "crowd", "empty"]
STATUS_SITE = {{
    "title": "<b>" + "W" * 500,
    "links": {{LONG: "/a/", "\\u202e<i>": "/b/", "\\u05e9\\u05dc\\u05d5\\u05dd": "/c/"}},
}}
STATUS_PROVIDERS = {{
    "health": [
        Provider("nasty", "{here}.nasty", label="<i>" + LONG, description=LONG, runbook="https://wiki.example/" + LONG),
        Provider("wordy", "{here}.wordy", label="\\u05e9\\u05dc\\u05d5\\u05dd", description="</p>" * 50, runbook=LONG),
        ("nothing", "{here}.nothing"),
    ],
    "broken": [(f"check-{{number}}", "{here}.failing") for number in range(12)] + [("wordy", "{here}.wordy")],
    "crowd": [("shards", "{here}.many")],
    "empty": [],
    "stats": [
        ("unbounded", "{here}.unbounded"),
        ("nasty", "{here}.nasty"),
        ("nested", "{here}.deeper"),
        ("list", "{here}.long_list"),
    ],
    "nothing": [("nothing", "{here}.nothing")],
}}
"""

PATHS = ("", "health/", "health/wordy", "broken/", "broken/wordy", "crowd/", "empty/", "stats/", "nothing/")


def settings(runtime: Path) -> str:
    return _SETTINGS.format(runtime=str(runtime), here=_HERE)
