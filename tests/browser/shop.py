"""A shop's site with an hour behind it, in which something of each kind went wrong: its pages have all they can."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from status import Component, State, batch, each
from status.recent.store import Store
from tests.recent.conftest import entry
from tests.website import values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from status.recent.entry import Entry

TOKEN = "the-token-of-the-shop"

REPLICA_S = 1.2
"""Until the driver gives up."""

SILENT_S = 1.0

_HERE = __name__

_SETTINGS = """
from status import Provider

# It has no servers: the templates that are made for the values of ours show those of the shop.
TEMPLATES = [{{**TEMPLATES[0], "DIRS": [{templates!r}]}}]
STATUS_TOKENS = [{token!r}]
STATUS_RUNTIME_DIR = {runtime!r}
STATUS_SITE = {{"title": "shop.example", "links": {{"Grafana": "/grafana/", "Wiki": "/wiki/"}}}}
STATUS_PROVIDERS = {{
    "health": [
        Provider("databases", "{here}.databases", description="Reads fall back to the primary.",
                 runbook="https://wiki.example/replica-lost", timeout=2.0),
        Provider("celery", "{here}.workers", runbook="Log in to w2 and restart the worker."),
        Provider("certificate", "{here}.certificate", description="Renews by itself 7 days before."),
        ("caches", "{here}.caches"),
        ("disk", "{here}.disk"),
        ("storages", "{here}.storages"),
        ("ping", "status.providers.health.ping"),
    ],
    "stats": [
        ("databases", "{here}.database_stats"),
        ("caches", "{here}.cache_stats"),
        ("celery", "{here}.celery_stats"),
        ("tables", "{here}.tables"),
        ("code", "tests.website.values.code"),
        ("system", "tests.website.values.system"),
        ("packages", "tests.website.values.packages"),
        ("search", "{here}.refused"),
    ],
}}
"""


def settings(runtime: Path) -> str:
    templates = str(Path(__file__).parent / "templates")
    return _SETTINGS.format(token=TOKEN, runtime=str(runtime), here=_HERE, templates=templates)


@each(["default", "replica"])
def databases(name: str) -> str:
    if name == "replica":
        time.sleep(REPLICA_S)
        raise ConnectionError('connection to server at "replica.db.internal", port 5432 failed: timeout expired')
    return "SELECT 1"


@each(["web@w1", "mail@w2"])
def workers(name: str) -> Component:
    if name == "web@w1":
        return Component(State.PASS)
    time.sleep(SILENT_S)
    return Component(State.FAIL, detail="no answer in 1 s")


def certificate() -> dict[str, Component]:
    return {"shop.example": Component(State.WARN, 11, "days", "warns below 14 days")}


def caches() -> dict[str, str]:
    return {"default": "round trip", "sessions": "round trip"}


def disk() -> dict[str, Component]:
    return {"/": Component(State.PASS, 61.4, "%"), "/srv/media": Component(State.PASS, 12, "%")}


def storages() -> dict[str, bool]:
    return {"media": True}


def tables() -> dict[str, object]:
    largest = {f"shop_{name}": {"rows": 1_200_345, "bytes": 81_223_680} for name in ("order", "basket", "customer")}
    return {"connections": 31, "limit": 100, "size_bytes": 38_114_020_352, "largest": largest}


@batch([*values.databases(), "archive"])
def database_stats() -> dict[str, object]:
    """One of them is lost."""
    return {**values.databases()}


@batch(list(values.caches()))
def cache_stats() -> dict[str, object]:
    return {**values.caches()}


@batch(
    [
        *("web@w1.shop.internal", "web@w2.shop.internal", "mail@w1.shop.internal", "mail@w2.shop.internal", "beat@w1"),
        "totals",
    ]
)
def celery_stats() -> dict[str, object]:
    """As the workers themselves tell it; one of them doesn't."""
    told = {
        "web@w1.shop.internal": 41_207,
        "web@w2.shop.internal": 40_881,
        "mail@w1.shop.internal": 1_207,
        "beat@w1": 0,
    }
    workers = {name: values.worker(done, 356_400 if done else 840) for name, done in told.items()}
    return {**workers, "totals": values.totals()}


def refused() -> object:
    raise ConnectionError("refused by search.internal")


def remember(runtime: Path) -> None:
    """Write what its processes saw in the hour before now."""
    Store(runtime).write(sorted(_hour(time.time()), key=lambda entry: entry.observed_at))


def _hour(now: float) -> Iterator[Entry]:
    usual = {"databases/default": 0.0012, "caches/default": 0.0004, "caches/sessions": 0.0005, "ping/pong": 0.0001}
    usual |= {"disk//": 0.0001, "disk//srv/media": 0.0001, "storages/media": 0.024, "celery/web@w1": 0.018}
    for name, took_s in usual.items():
        blip = {"caches/sessions": {1500: State.WARN, 900: State.FAIL}}.get(name, {})
        yield from _of(name, now, 3600, 0, State.PASS, took_s, blip)
    for name, since, state, took_s, error in (
        ("databases/replica", 840, State.FAIL, REPLICA_S, "ConnectionError: timeout expired"),
        ("celery/mail@w2", 360, State.FAIL, SILENT_S, "no answer in 1 s"),
        ("certificate/shop.example", 2700, State.WARN, 0.002, "warns below 14 days"),
    ):
        yield from _of(name, now, 3600, since, State.PASS, took_s / 19, {})
        yield from _of(name, now, since, 0, state, took_s, {}, error)


def _of(
    name: str, now: float, begin: int, end: int, state: State, took_s: float, blips: dict[int, State], error: str = ""
) -> Iterator[Entry]:
    for ago in range(begin, end, -30):
        told = blips.get(ago, state)
        # No two take equally long, but those that wait until they give up: a pattern that looks like one.
        wave_s = took_s if told is State.FAIL else took_s * (1 + ago // 30 * 37 % 101 / 400)
        reason = None if told is State.PASS else error or "ConnectionError: reset"
        yield entry(now - ago, told, reference=f"health/{name}", duration_s=wave_s, since=now - begin, error=reason)
