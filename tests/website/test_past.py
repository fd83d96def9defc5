"""What the host's processes saw together: on the pages of each of them."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.test import AsyncClient, Client, override_settings

from status.core.states import State
from status.engine import engine
from status.recent.minutes import Minutes
from status.recent.store import FILE, Store
from status.recent.story import Reader
from status.testing import flush
from status.website import past
from tests.recent.conftest import entry
from tests.servers.web import Gunicorn

HERE = "tests.website.providers"
BARS = re.compile(r'<svg class="bars"[^>]* aria-label="([^"]*)"')


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The site's STATUS_RUNTIME_DIR, of a site with two checks: one passes, one fails."""
    monkeypatch.setattr(past, "PATIENCE_S", 10.0)  # what is slow here is the machine
    assert flush()  # what tests before saw is not this site's
    health = [("ping", f"{HERE}.passing"), ("broken", f"{HERE}.failing")]
    with override_settings(
        DEBUG=True, STATUS_RUNTIME_DIR=tmp_path / "site", STATUS_PROVIDERS={"health": health, "stats": []}
    ):
        engine().restart()
        engine().recorder.minutes = Minutes()
        yield tmp_path / "site"
    engine().recorder.reset()


@pytest.fixture
def store(folder: Path) -> Store:
    return Store(folder)


def page(path: str = "/status/") -> str:
    return str(Client().get(path).content.decode())


def apage(path: str = "/status/") -> str:
    return str(asyncio.run(AsyncClient().get(path)).content.decode())


@pytest.mark.parametrize("get", [page, apage])
def test_since_when_is_what_any_process_of_the_host_saw(store: Store, get: Any) -> None:
    now = time.time()
    store.write([entry(now - 1800 - step, reference="health/ping/pong") for step in (0, 600)])
    store.write([entry(now - 900, State.FAIL, reference="health/broken", error="gone", passed_at=now - 960)])
    told = get()
    assert re.search(r"health/ping/pong.*?<time[^>]*>30 min</time>", told, re.DOTALL)
    assert re.search(r"health/broken.*?<time[^>]*>15 min</time>", told, re.DOTALL)
    assert "last passed 16 min ago" in told


def test_what_this_process_saw_change_is_told_before_it_is_written(store: Store) -> None:
    store.write([entry(time.time() - 900, reference="health/broken")])
    assert re.search(r"health/broken.*?<time[^>]*>0 s</time>", page(), re.DOTALL)


@pytest.mark.parametrize("path", ["/status/", "/status/health/"])
def test_each_check_has_its_last_hour(store: Store, path: str) -> None:
    now = time.time()
    store.write([entry(now - step, reference="health/ping/pong") for step in range(0, 3600, 60)])
    broken, ping = BARS.findall(page(path))
    assert re.fullmatch("In (the last hour|59 minutes observed of the last hour): all passing", ping)
    # Read while it is observed.
    assert broken == "In 1 minute observed of the last hour: 1 minute failing"


def test_what_is_observed_is_on_the_next_page(folder: Path) -> None:
    page()
    assert flush()
    # A minute may begin between the two.
    broken, ping = BARS.findall(page())
    assert re.fullmatch("In [12] minutes? observed of the last hour: [12] minutes? failing", broken)
    assert re.fullmatch("In [12] minutes? observed of the last hour: all passing", ping)


def test_who_may_see_states_alone_is_told_no_past(store: Store) -> None:
    store.write([entry(time.time(), reference="health/broken", state=State.FAIL)])
    with override_settings(DEBUG=False):
        told = page()
    assert "broken" in told
    assert BARS.findall(told) == []
    assert "<time" not in told.partition("</section>")[2]


class TestWhenTheFileCanNotBeUsed:
    @pytest.mark.parametrize("get", [page, apage])
    def test_of_a_folder_open_to_others_the_page_tells_this_process_alone(self, folder: Path, get: Any) -> None:
        folder.mkdir(mode=0o755)
        get()
        assert flush()
        told = get()
        assert "The last hour is as this process saw it" in told
        assert "is open to others than its owner" in told
        assert re.search("In [12] minutes? observed of the last hour: [12] minutes? failing", told)

    def test_strangers_are_not_told_why(self, folder: Path) -> None:
        folder.mkdir(mode=0o755)
        with override_settings(DEBUG=False):
            assert "this process" not in page()

    def test_one_that_is_locked_costs_the_page_a_moment(self, store: Store, folder: Path) -> None:
        store.write([entry()])
        other = sqlite3.connect(folder / FILE, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        try:
            assert "The last hour is as this process saw it" in page()
        finally:
            other.close()

    def test_a_disk_that_hangs_is_not_waited_for(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        released = Event()
        monkeypatch.setattr(past, "PATIENCE_S", 0.5)
        monkeypatch.setattr(Reader, "story", lambda self, now, reference: released.wait(30))
        try:
            assert "it could not be read in time" in page()
            # It is known to hang: so the next one does not wait at all.
            begun = time.monotonic()
            assert "it could not be read in time" in page()
            assert time.monotonic() - begun < past.PATIENCE_S
        finally:
            released.set()
            engine().restart()

    def test_one_that_is_deleted_is_made_anew(self, store: Store, folder: Path) -> None:
        page()
        assert flush()
        (folder / FILE).unlink()
        assert "this process" not in page()
        assert flush()
        assert (folder / FILE).exists()


SIXTEEN = "--workers=16"


class _Sixteen(Gunicorn):
    """gunicorn with sixteen sync workers."""

    processes = 16
    options = (SIXTEEN,)


ROW = re.compile(r'<li class="row is-.*?</li>', re.DOTALL)
PER_RUN = re.compile("(?<=took </span>)[^<]*")
"""How long it took: that is of the run, and so of the process."""
_LASTING = {
    "ping/pong": (3000, State.PASS),
    "certificate/shop.example": (2400, State.WARN),
    "shaky": (1200, State.FAIL),
    "broken": (900, State.FAIL),
    "spare": (600, State.WARN),
}
"""For so many seconds in this state."""


@pytest.mark.faults
def test_of_sixteen_processes_each_tells_the_same_story(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    now = time.time()
    Store(folder).write(
        [
            entry(now - step, state, reference=f"health/{name}", error=None if state is State.PASS else "gone")
            for name, (lasting_s, state) in _LASTING.items()
            for step in range(lasting_s, 0, -60)
        ]
    )
    settings = f"""
from status import Provider
DEBUG = True
STATUS_RUNTIME_DIR = {str(folder)!r}
STATUS_PROVIDERS = {{"health": [
    ("ping", "{HERE}.passing"),
    ("certificate", "{HERE}.warning"),
    Provider("shaky", "{HERE}.failing", fail_after=3),
    Provider("broken", "{HERE}.failing", runbook="https://wiki.example/broken"),
    Provider("spare", "{HERE}.failing", critical=False),
], "stats": []}}
"""
    with _Sixteen.serving(settings) as server:
        answered: set[str] = set()
        stories: list[list[str]] = []
        until = time.monotonic() + 60
        while len(stories) < 50 or (len(answered) < 8 and time.monotonic() < until):
            told = server.ask("/status/")[2].decode()
            answered.add(re.search(r"process (\d+)", told)[1])  # type: ignore[index]
            stories.append([PER_RUN.sub("", row) for row in ROW.findall(told)])
    assert len(answered) >= 8
    # Minutes may begin meanwhile: then all go on to the next story, and none back to one before.
    in_turn = [story for story, _ in groupby("\n".join(rows) for rows in stories)]
    assert len(in_turn) == len(set(in_turn)), "\n\n".join(in_turn)
    for rows in stories:
        assert len(rows) == len(_LASTING)
        for row in rows:
            name = re.search('title="health/(.*?)"', row)[1]  # type: ignore[index]
            minutes = int(re.search(r"<time[^>]*>(\d+) min</time>", row)[1])  # type: ignore[index]
            assert 0 <= minutes - _LASTING[name][0] // 60 <= 3
