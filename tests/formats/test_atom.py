"""The Atom feed as RFC 4287 has it, whatever the texts are."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID
from xml.etree import ElementTree as ET

import feedparser  # type: ignore[import-untyped]
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from status.core.states import State
from status.formats.atom import Entry, Feed, write
from status.formats.plain_text import xml_text

ATOM = "{http://www.w3.org/2005/Atom}"
ROOT = "https://shop.example/status/"
NOON = 1_700_000_000.25

ENTRIES = st.builds(
    Entry,
    st.uuids(),
    st.text(),
    st.floats(0, 4e9),
    st.just(f"{ROOT}health/it"),
    st.sampled_from(State),
    st.text(),
)
FEEDS = st.builds(
    Feed,
    st.uuids(),
    st.text(),
    st.just(f"{ROOT}feed"),
    st.just(ROOT),
    st.floats(0, 4e9),
    st.lists(ENTRIES, max_size=4),
)


def entry(**given: object) -> Entry:
    usual = {"id": UUID(int=1), "title": "health/it: pass → fail", "at": NOON, "page": ROOT, "state": State.FAIL}
    return Entry(**{**usual, **given})  # type: ignore[arg-type]


def check(root: ET.Element) -> None:
    """The MUSTs of RFC 4287, section by section, as far as they concern what we write."""
    assert root.tag == f"{ATOM}feed"
    # 4.1.1: one of each, an author unless all entries have one, one alternate of a type at most.
    for tag in ("id", "title", "updated"):
        assert len(root.findall(f"{ATOM}{tag}")) == 1
    assert root.findall(f"{ATOM}author/{ATOM}name")
    _links(root)
    ids = [found.text for found in root.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))
    for each in root.findall(f"{ATOM}entry"):
        # 4.1.2
        for tag in ("id", "title", "updated"):
            assert len(each.findall(f"{ATOM}{tag}")) == 1
        assert len(each.findall(f"{ATOM}content")) <= 1
        assert each.find(f"{ATOM}content") is not None or _links(each)["alternate"]
        for category in each.findall(f"{ATOM}category"):  # 4.2.2
            assert category.get("term")
    for moment in root.iter(f"{ATOM}updated"):  # 3.3: RFC 3339, with an upper-case T and Z
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", moment.text or "")
    for each in root.iter(f"{ATOM}id"):  # 4.2.6: an IRI, absolute
        assert urlsplit(each.text or "").scheme
    for each in (*root.iter(f"{ATOM}title"), *root.iter(f"{ATOM}content")):  # 3.1.1.1: text has no children
        assert each.get("type") == "text"
        assert not len(each)


def _links(element: ET.Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for link in element.findall(f"{ATOM}link"):
        assert link.get("href")  # 4.2.7.1
        found.setdefault(link.get("rel", "alternate"), []).append(link.get("href", ""))
    assert len(found["alternate"]) == 1
    return found


@example(Feed(UUID(int=0), "<b>", ROOT, ROOT, NOON, [entry(title="a\x00\ufffe\ud800b", reason="]]>&lt;\r\n<x>")]))
@given(FEEDS)
def test_any_text_is_well_formed_and_comes_back_as_it_was(feed: Feed) -> None:
    root = ET.fromstring(write(feed))
    assert (root.findtext(f"{ATOM}title") or "") == xml_text(feed.title)
    told = root.findall(f"{ATOM}entry")
    assert [each.findtext(f"{ATOM}title") or "" for each in told] == [xml_text(each.title) for each in feed.entries]
    assert [each.findtext(f"{ATOM}content") or "" for each in told] == [xml_text(each.reason) for each in feed.entries]


@given(st.lists(ENTRIES, max_size=4, unique_by=lambda each: each.id))
def test_it_has_all_that_the_standard_demands(entries: list[Entry]) -> None:
    check(ET.fromstring(write(Feed(UUID(int=0), "Shop", f"{ROOT}feed", ROOT, NOON, entries))))


def test_a_reader_of_feeds_reads_it() -> None:
    told = [entry(reason='it is <gone> & "lost"'), entry(id=UUID(int=2), state=State.PASS, at=NOON - 60)]
    read = feedparser.parse(write(Feed(UUID(int=7), "Shop", f"{ROOT}feed", ROOT, NOON, told)))
    assert not read.bozo
    assert read.version == "atom10"
    assert (read.feed.title, read.feed.id, read.feed.link) == ("Shop", UUID(int=7).urn, ROOT)
    first, second = read.entries
    assert first.title == "health/it: pass → fail"
    assert first.content[0].value == 'it is <gone> & "lost"'
    assert first.content[0].type == "text/plain"
    assert [tag.term for tag in first.tags] == ["fail"]
    assert datetime(*first.updated_parsed[:6]) == datetime(2023, 11, 14, 22, 13, 20)
    assert "content" not in second


@pytest.mark.parametrize("reason", ["", None])
def test_without_a_reason_there_is_no_content(reason: str | None) -> None:
    told = entry(reason="") if reason == "" else entry()
    root = ET.fromstring(write(Feed(UUID(int=0), "Shop", f"{ROOT}feed", ROOT, NOON, [told])))
    assert root.find(f"{ATOM}entry/{ATOM}content") is None
    check(root)
