"""Badges: any text is drawn within its half, as XML, readable by eyes and by screen readers."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from status.core.states import State
from status.formats.badge import MOST_TEXT, Badge, shields, svg
from status.formats.plain_text import short_line
from status.formats.text_width import text_width

STATES = [*State, None]
ANY_BADGE = st.builds(Badge, st.text(), st.text(), st.sampled_from(STATES), st.integers(0, 10**6))
SVG = "{http://www.w3.org/2000/svg}"


def texts(root: ET.Element) -> list[ET.Element]:
    return list(root.iter(f"{SVG}text"))


def luminance(colour: str) -> float:
    """WCAG 2.2, "relative luminance"."""
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@example(Badge("<script>alert(1)</script>", "&amp;\"'", State.FAIL))
@example(Badge("a\x00b\x1b\ud800\ufffe\u202ec", "\r\n\t", None))
@given(ANY_BADGE)
def test_any_text_is_drawn_as_xml_with_the_same_text_in_it(badge: Badge) -> None:
    root = ET.fromstring(svg(badge))
    label, message = short_line(badge.label, MOST_TEXT), short_line(badge.message, MOST_TEXT)
    assert [text.text or "" for text in texts(root)] == [label, message]
    assert root.get("aria-label") == root.findtext(f"{SVG}title") == f"{label}: {message}"


@given(ANY_BADGE)
def test_no_text_leaves_its_half(badge: Badge) -> None:
    root = ET.fromstring(svg(badge))
    edge = int(root.find(f"{SVG}path").get("d", "").partition("H")[2].partition("V")[0])  # type: ignore[union-attr]
    whole = int(root.get("width", ""))
    for text, (begins, ends) in zip(texts(root), [(0, edge), (edge, whole)], strict=True):
        middle, half = float(text.get("x", "")), int(text.get("textLength", "")) / 2
        assert begins < middle - half <= middle + half < ends
        # It is stretched, or squeezed, from what it is likely to be by itself: hardly ever, and then by little.
        assert abs(2 * half - text_width(text.text or "", 11)) <= 1


@given(st.text(), st.integers(1, 200))
def test_a_line_has_no_more_characters_than_it_may_and_nothing_that_xml_has_not(text: str, most: int) -> None:
    line = short_line(text, most)
    assert len(line) <= most
    assert not re.search("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u2028\u2029\u202a-\u202e\u2066-\u2069]", line)
    assert short_line(line, most) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("databases/replica", "databases/replica"),
        ("  two\n lines\t", "two lines"),
        ("a\u200db \u200c", "a\u200db \u200c"),  # joiners: emoji and Persian are written with them
        ("right\u202eleft", "rightleft"),
        ("\x1b[31mred", "[31mred"),
        ("x" * 61, "x" * 59 + "…"),
    ],
)
def test_a_line_keeps_what_can_be_seen(text: str, line: str) -> None:
    assert short_line(text, 60) == line


def test_a_text_of_megabytes_is_not_looked_through() -> None:
    assert short_line("x" * 50_000_000, 60) == "x" * 59 + "…"


@pytest.mark.parametrize("state", STATES)
def test_the_texts_have_the_contrast_that_small_ones_need(state: State | None) -> None:
    """WCAG 2.2, 1.4.3: 4.5 : 1."""
    root = ET.fromstring(svg(Badge("label", "message", state)))
    behind = [found.get("fill", "") for found in (*root.iter(f"{SVG}rect"), *root.iter(f"{SVG}path"))]
    ink = root.find(f"{SVG}g").get("fill", "")  # type: ignore[union-attr]
    assert len(behind) == 2
    for colour in behind:
        assert (luminance(ink) + 0.05) / (luminance(colour) + 0.05) >= 4.5


def test_states_are_told_apart_by_more_than_their_words() -> None:
    assert len({Badge("", "", state).colour for state in STATES}) == 4


def test_it_is_one_image_that_loads_and_runs_nothing() -> None:
    """A style, too, would be one that our Content-Security-Policy forbids where it is opened as a page."""
    drawn = svg(Badge("databases", "pass", State.PASS))
    root = ET.fromstring(drawn)
    assert root.get("role") == "img"
    assert {each.tag.removeprefix(SVG) for each in root.iter()} == {"svg", "title", "rect", "path", "g", "text"}
    assert not {name for each in root.iter() for name in each.attrib if name in ("style", "href") or "on" in name[:2]}
    assert drawn.count(b"http") == 1


@given(ANY_BADGE)
def test_any_text_is_json_that_shields_takes(badge: Badge) -> None:
    """https://shields.io/badges/endpoint-badge: which properties there are, and of which types."""
    tree = json.loads(shields(badge))
    types = {"schemaVersion": int, "label": str, "message": str, "color": str, "isError": bool, "cacheSeconds": int}
    assert tree.items() >= {"schemaVersion": 1, "color": badge.colour}.items()
    assert all(type(value) is types[name] for name, value in tree.items())
    assert ("isError" in tree) is (badge.state is State.FAIL)
    assert ("cacheSeconds" in tree) is (badge.fresh_s > 0)


@pytest.mark.parametrize("character", ["i", "W", "é", "ж", "字", "🔥"])
def test_a_text_is_as_wide_as_its_characters(character: str) -> None:
    assert text_width(character * 10, 11) == pytest.approx(10 * text_width(character, 11))


def test_what_stands_on_another_takes_no_room() -> None:
    assert text_width("e\u0301", 11) == text_width("e", 11)


@pytest.mark.parametrize(("narrow", "wide"), [("i", "n"), ("n", "m"), ("m", "字")])
def test_wide_characters_have_more_room(narrow: str, wide: str) -> None:
    assert text_width(narrow, 11) < text_width(wide, 11)
