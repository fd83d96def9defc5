"""The feed: what of the last hour's changes each caller is told, whatever has become of the file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import feedparser  # type: ignore[import-untyped]
import pytest
from django.http import HttpRequest
from django.test import override_settings

from status.core.states import State
from status.engine import engine
from status.recent.entry import LONGEST_KEY, key_of
from status.recent.store import FILE, Store
from status.recent.turns import Turns
from status.testing import flush
from status.website import changes, feed
from tests.asking import SERVERS, Site
from tests.browser import checks as word
from tests.recent.conftest import entry

HERE = "tests.website.providers"
TOKEN = "a-token-of-the-feed"
TRUSTED: Any = {"Authorization": f"Bearer {TOKEN}"}
PROVIDERS = {
    "health": [("ping", f"{HERE}.passing"), ("odd", f"{HERE}.nasty"), ("hosts", f"{HERE}.hosts")],
    "private": [("ping", f"{HERE}.passing")],
    "secret": [("ping", f"{HERE}.passing")],
    "stats": [("code", f"{HERE}.code")],
}
ACCESS = {"health": "states", "secret": "hidden", "stats": "public", "*": "private"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The site's STATUS_RUNTIME_DIR."""
    monkeypatch.setattr(changes, "PATIENCE_S", 10.0)  # what is slow here is the machine
    assert flush()  # what tests before saw is not this site's
    with override_settings(
        STATUS_RUNTIME_DIR=tmp_path / "site",
        STATUS_PROVIDERS=PROVIDERS,
        STATUS_JUDGED=["health", "private", "secret"],
        STATUS_ACCESS=ACCESS,
        STATUS_TOKENS=[TOKEN],
        STATUS_SITE={"title": "Shop & <Co>"},
    ):
        engine().restart()
        engine().recorder.turns = Turns()
        yield tmp_path / "site"
    engine().recorder.reset()
    engine().recorder.problem = ""


@pytest.fixture
def store(folder: Path) -> Store:
    return Store(folder)


@pytest.fixture(params=SERVERS)
def site(request: pytest.FixtureRequest, folder: Path, databases_allowed: None) -> Site:
    return Site(request.param)


def turned(store: Store, reference: str, *, ago_s: float = 60, error: str | None = "gone") -> None:
    """It failed so long ago, and passed a little before."""
    now = time.time()
    store.write([entry(now - ago_s - 10, reference=reference)])
    store.write([entry(now - ago_s, State.FAIL, reference=reference, error=error)])


def read(site: Site, **headers: str) -> Any:
    response = site("feed", headers=headers)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    found = feedparser.parse(response.content)
    assert not found.bozo
    return found


def titles(site: Site, **headers: str) -> list[str]:
    return [told.title for told in read(site, **headers).entries]


# --- what it tells ----------------------------------------------------------------------------------------------------


def test_a_change_is_an_entry_with_its_page(site: Site, store: Store) -> None:
    turned(store, "health/ping/pong", error="refused <by> db")
    found = read(site, **TRUSTED)
    assert found.feed.title == "Shop & <Co>"
    assert found.feed.link == "http://testserver/status/"
    assert [link.href for link in found.feed.links if link.rel == "self"] == ["http://testserver/status/feed"]
    (told,) = found.entries
    assert told.title == "health/ping/pong: pass → fail"
    assert told.link == "http://testserver/status/health/ping/pong"
    assert [tag.term for tag in told.tags] == ["fail"]
    assert told.content[0].value == "refused <by> db"
    assert found.feed.updated == told.updated


@pytest.mark.parametrize("path", ["feed", "feed/"])
def test_it_is_there_in_both_slash_forms(path: str, site: Site, store: Store) -> None:
    turned(store, "health/ping/pong")
    found = feedparser.parse(site(path).content)
    assert found.entries[0].link == "http://testserver/status/health/ping/pong"
    assert found.feed.links[0].href == "http://testserver/status/feed"


@pytest.mark.parametrize(
    ("reference", "page"),
    [
        ("health/odd/a b/ü?#", "health/odd/a%20b/%C3%BC%3F%23"),
        ("health/odd/../x", "health/"),  # browsers would take it for another folder
        ("health/odd/" + "x" * LONGEST_KEY, "health/"),
    ],
)
def test_a_page_that_can_not_be_told_is_that_of_the_resource(
    reference: str, page: str, site: Site, store: Store
) -> None:
    turned(store, key_of(reference))
    assert read(site).entries[0].link == f"http://testserver/status/{page}"


def test_names_and_errors_of_any_text_are_told_as_text(site: Site, store: Store) -> None:
    for at, name in enumerate(("<script>alert(1)</script>", "a\x00\x1b[31mb", "line\nline", "\u202eevil", "注文")):
        turned(store, f"health/odd/{name}", ago_s=60 - at, error=f"{name} ]]> &amp;")
    found = read(site, **TRUSTED)
    assert [told.title.partition(":")[0] for told in found.entries] == [
        "health/odd/注文",
        "health/odd/evil",
        "health/odd/line line",
        "health/odd/a␀␛[31mb",
        "health/odd/<script>alert(1)</script>",
    ]
    assert found.entries[4].content[0].value == "<script>alert(1)</script> ]]> &amp;"


def test_an_entry_is_the_same_whoever_reads_it_and_whenever(site: Site, store: Store) -> None:
    turned(store, "health/ping/pong")
    first, again, trusted = read(site), read(site), read(site, **TRUSTED)
    assert first.entries[0].id == again.entries[0].id == trusted.entries[0].id
    turned(store, "health/odd/it", ago_s=5)
    newest, before = read(site).entries
    assert before.id == first.entries[0].id != newest.id
    assert newest.id.startswith("urn:uuid:")


def test_there_are_a_hundred_at_most_and_none_older_than_an_hour(site: Site, store: Store) -> None:
    turned(store, "health/ping/pong", ago_s=3700)
    for at in range(120):
        turned(store, f"health/odd/{at:03}", ago_s=3000 - at)
    told = titles(site)
    assert len(told) == 100
    assert told[0].startswith("health/odd/119")
    assert told[-1].startswith("health/odd/020")


def test_without_a_change_it_is_empty(site: Site) -> None:
    found = read(site)
    assert found.entries == []
    assert found.feed.updated


# --- to whom ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def full(store: Store) -> None:
    for reference in (
        "health/ping/pong",
        "health/hosts/10.0.0.7",
        "health/hosts",
        "health/removed/it",
        "private/ping/pong",
        "secret/ping/pong",
        "stats/code",
        "gone/ping/pong",
    ):
        turned(store, reference, error="a reason for the trusted")


@pytest.mark.usefixtures("full")
def test_a_stranger_is_told_the_states_that_everybody_sees_and_no_reason(site: Site) -> None:
    content = site("feed").content.decode()
    assert set(titles(site)) == {"health/ping/pong: pass → fail", "health/hosts: pass → fail"}
    for kept in ("reason", "10.0.0.7", "private", "secret", "stats", "gone", "removed"):
        assert kept not in content


@pytest.mark.usefixtures("full")
def test_the_trusted_are_told_of_all_that_is_judged_with_the_reason(site: Site) -> None:
    found = read(site, **TRUSTED)
    assert {told.title.partition(":")[0] for told in found.entries} == {
        "health/ping/pong",
        "health/hosts/10.0.0.7",
        "health/hosts",
        "private/ping/pong",
        "secret/ping/pong",
    }
    assert {told.content[0].value for told in found.entries} == {"a reason for the trusted"}


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("access", [{"*": "private"}, {"health": "hidden", "*": "private"}])
def test_who_sees_nothing_is_asked_for_a_token_where_one_would_help(access: dict[str, str], site: Site) -> None:
    with override_settings(STATUS_ACCESS=access):
        response = site("feed")
    assert response.status_code == 401
    assert b"pong" not in response.content
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="status"'


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PATCH"])
@pytest.mark.parametrize(
    "given",
    [
        {"STATUS_ACCESS": {"*": "hidden"}},
        {"STATUS_ACCESS": {"stats": "public", "*": "hidden"}},
        {"STATUS_JUDGED": []},
        {"STATUS_PROVIDERS": {}},
    ],
    ids=["all is hidden", "all that is judged is hidden", "nothing is judged", "no resource"],
)
def test_where_there_is_nothing_to_know_of_it_is_not_there(given: dict[str, Any], method: str, site: Site) -> None:
    with override_settings(**given):
        asked, absent = site("feed", method), site("absent", method)
        assert asked.status_code == absent.status_code == 404
        assert asked.content == absent.content
        assert {*asked.headers} == {*absent.headers}


@pytest.mark.usefixtures("full")
def test_to_whom_it_is_not_hidden_it_is_there(site: Site) -> None:
    with override_settings(STATUS_ACCESS={"*": "hidden"}):
        assert "health/ping/pong: pass → fail" in titles(site, **TRUSTED)


@pytest.mark.parametrize(
    ("access", "headers", "is_offered"),
    [
        ({"health": "states", "*": "hidden"}, {}, True),
        ({"*": "hidden"}, {}, False),
        ({"stats": "public", "*": "hidden"}, {}, False),
        ({"stats": "public", "*": "private"}, {}, False),
        ({"stats": "public", "*": "hidden"}, TRUSTED, True),
    ],
)
def test_pages_lead_to_it_whom_it_answers(
    access: dict[str, str], headers: dict[str, str], is_offered: bool, site: Site
) -> None:
    with override_settings(STATUS_ACCESS=access):
        page = site("", headers=headers)
        assert page.status_code == 200
        assert page.content.decode().count('href="./feed"') == (2 if is_offered else 0)
        assert (site("feed", headers=headers).status_code == 200) is is_offered


def test_while_a_rule_of_the_projects_own_hangs_nothing_is_told(site: Site, full: None) -> None:
    answers = Event()

    def rule(request: HttpRequest, resource: str) -> str:
        answers.wait(20)
        return "public"

    with override_settings(STATUS_ACCESS=rule, STATUS_TIMEOUT=0.3):
        assert site("feed").status_code == 401
        answers.set()


# --- methods and caches -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "code"), [("HEAD", 200), ("POST", 200), ("PUT", 200), ("DELETE", 200), ("OPTIONS", 200), ("PATCH", 405)]
)
def test_methods_are_those_of_the_other_doors(method: str, code: int, site: Site) -> None:
    response = site("feed", method)
    assert response.status_code == code
    if method in ("OPTIONS", "PATCH"):
        assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST, PUT, DELETE"


def test_a_reader_that_has_it_is_told_so(site: Site, store: Store) -> None:
    turned(store, "health/ping/pong")
    first = site("feed")
    etag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-store"
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = site("feed", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == etag
    for known in ('"other"', "nonsense", "\x00"):
        assert site("feed", headers={"If-None-Match": known}).status_code == 200
    # The trusted have another one.
    assert site("feed", headers={**TRUSTED, "If-None-Match": etag}).status_code == 200
    turned(store, "health/ping/pong", ago_s=1)
    assert site("feed", headers={"If-None-Match": etag}).status_code == 200


def test_a_feed_without_entries_stays_the_same_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "time", SimpleNamespace(time=lambda: 7_200.5))
    etag = site("feed").headers["ETag"]
    monkeypatch.setattr(feed, "time", SimpleNamespace(time=lambda: 7_260.5))
    assert site("feed", headers={"If-None-Match": etag}).status_code == 304


# --- where it comes from ----------------------------------------------------------------------------------------------


def test_what_a_check_does_is_in_it(site: Site, tmp_path: Path) -> None:
    said = tmp_path / "word"
    health = [("queue", word.queue, [str(said)])]
    with override_settings(STATUS_PROVIDERS={"health": health}, STATUS_TTL=0):
        for each in ("pass", "warn", "the broker is gone"):
            said.write_text(each)
            site("api/health")
            assert flush()
        told = [(each.title, each.get("summary", "")) for each in read(site, **TRUSTED).entries]
    assert told == [
        ("health/queue: pass → fail", "ConnectionError: the broker is gone"),
        ("health/queue/mail: pass → warn", ""),
    ]


class TestWhenTheFileCanNotBeRead:
    @pytest.fixture(autouse=True)
    def _seen(self, folder: Path) -> None:
        """What this process saw, and another one in the file."""
        turned(Store(folder), "health/odd/other")
        own = engine().recorder.turns
        now = time.time()
        own.add(entry(now - 20, reference="health/ping/pong"))
        own.add(entry(now - 10, State.WARN, reference="health/ping/pong"))
        own.add(entry(now - 20, reference="secret/ping/pong"))
        own.add(entry(now - 10, State.WARN, reference="secret/ping/pong"))

    def test_while_it_can_it_is_of_all(self, site: Site) -> None:
        assert titles(site) == ["health/odd/other: pass → fail"]

    def test_of_a_folder_open_to_others_nothing_is_read(self, site: Site, folder: Path) -> None:
        folder.chmod(0o755)
        assert titles(site) == ["health/ping/pong: pass → warn"]

    def test_of_one_that_is_locked_it_is_of_this_process(self, site: Site, folder: Path) -> None:
        other = sqlite3.connect(folder / FILE, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        try:
            assert titles(site) == ["health/ping/pong: pass → warn"]
        finally:
            other.close()

    def test_of_one_that_can_not_be_written_to_it_is_of_this_process(self, site: Site) -> None:
        engine().recorder.problem = "OperationalError: attempt to write a readonly database"
        assert titles(site) == ["health/ping/pong: pass → warn"]

    def test_a_disk_that_hangs_is_not_waited_for(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        released = Event()
        monkeypatch.setattr(changes, "PATIENCE_S", 0.3)
        monkeypatch.setattr(Store, "changes", lambda *asked: released.wait(30))
        try:
            assert titles(site) == ["health/ping/pong: pass → warn"]
            begun = time.monotonic()
            assert titles(site) == ["health/ping/pong: pass → warn"]
            assert time.monotonic() - begun < 0.3  # it is known to hang
        finally:
            released.set()
            engine().restart()
