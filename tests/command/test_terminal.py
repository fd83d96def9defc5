"""Lines cut to a terminal's width."""

from __future__ import annotations

import re

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as some

from status.command.terminal import clipped, width

texts = some.text(some.characters(exclude_categories=["C", "Z"], max_codepoint=0xFFFF) | some.sampled_from(" é日本語ｱ"))


@pytest.mark.parametrize(
    ("line", "room", "kept"),
    [
        ("pass  it", 8, "pass  it"),
        ("pass  it", 4, "pass"),
        ("pass", 0, ""),
        ("日本語", 5, "日本"),
        ("e\u0301e\u0301", 1, "e\u0301"),
        ("\x1b[32mpass\x1b[0m  it", 2, "\x1b[32mpa\x1b[0m"),
        ("\x1b[31;1mfail\x1b[0m", 4, "\x1b[31;1mfail\x1b[0m"),
    ],
)
def test_a_line_is_cut_where_it_would_wrap_and_keeps_its_colours(line: str, room: int, kept: str) -> None:
    assert clipped(line, room) == kept


@given(texts, some.integers(0, 40))
def test_what_is_kept_is_a_beginning_that_fits(text: str, room: int) -> None:
    kept = clipped(text, room)
    assert text.startswith(kept)
    assert width(kept) <= room
    assert kept == text or width(text) > room


@given(some.text(" éaz日本語", max_size=60), some.integers(3, 40))
def test_a_terminal_does_not_wrap_it(text: str, columns: int) -> None:
    screen = pyte.Screen(columns, 3)
    pyte.Stream(screen).feed(clipped(text, columns - 1) + "\r\n")
    assert screen.cursor.y == 1
    assert re.sub(r"\s+", "", screen.display[1]) == ""
