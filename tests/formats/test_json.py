"""JSON as bytes."""

from __future__ import annotations

import json as reader

import pytest
from hypothesis import given
from hypothesis import strategies as some

from status.formats import json
from status.formats.format import Showing, Style
from tests.formats.reports import seen, shown


def told(value: str, style: Style) -> bytes:
    report = shown(seen("stats/it", value=value))
    return json.render(Showing((report,), frozenset({"stats"}), "stats", style=style))


@given(some.text(some.characters(exclude_categories=["Cs"])), some.booleans(), some.booleans())
def test_what_is_read_is_what_was_written(value: str, indented: bool, ascii_only: bool) -> None:
    body = told(value, Style(indented=indented, ascii_only=ascii_only))
    assert reader.loads(body) == {"it": value}
    assert body.isascii() or not ascii_only
    assert body.endswith(b"\n") is indented


@pytest.mark.parametrize("value", ["\x1b[31m", "\x9b31m", "\x07\x7f\x80\x9d0;title\x9c"])
def test_where_people_read_it_nothing_in_it_commands_the_terminal(value: str) -> None:
    assert told(value, Style(indented=True)).decode().replace("\n", "").isprintable()
