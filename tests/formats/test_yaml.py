"""YAML for people and for scripts: what is read from it is what was written, whatever was in it."""

from __future__ import annotations

import math
from io import StringIO
from typing import Any

import pytest
import yaml as reader
from hypothesis import example, given
from hypothesis import strategies as some
from ruamel.yaml import YAML

from status.core.observation import Json
from status.formats import yaml

anything = some.text(some.characters(exclude_categories=["Cs"]), max_size=40)
# What looks like a number or a constant, and what breaks lines in one version alone.
spelled = some.text("0123456789.eE+-_oxabf", max_size=10) | some.text("ab \t\n\x85\u2028\u2029'\"", max_size=20)
texts = anything | spelled
numbers = some.integers() | some.floats(allow_nan=False, allow_infinity=False)
trees = some.recursive(
    some.none() | some.booleans() | numbers | texts,
    lambda below: some.lists(below, max_size=4) | some.dictionaries(texts, below, max_size=4),
    max_leaves=12,
)


def read_by_1_2(text: str) -> Any:
    """By another's reader, of YAML 1.2."""
    return YAML(typ="safe", pure=True).load(StringIO(text))


@pytest.fixture(params=["CSafeDumper", "SafeDumper"])
def dumper(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the C library and without."""
    if request.param == "SafeDumper":
        monkeypatch.delattr(reader, "CSafeDumper", raising=False)


@given(trees, some.booleans())
def test_what_is_read_is_what_was_written(tree: Json, ascii_only: bool) -> None:
    text = yaml.dump(tree, ascii_only=ascii_only)
    assert reader.safe_load(text) == tree
    assert read_by_1_2(text) == tree
    assert text.isascii() or not ascii_only


@given(texts, some.booleans())
def test_a_text_is_one_to_readers_of_1_1_and_of_1_2(text: str, ascii_only: bool) -> None:
    trees: list[Json] = [text, [text], {text: text}]
    for tree in trees:
        written = yaml.dump(tree, ascii_only=ascii_only)
        assert not {"\x85", "\u2028", "\u2029"} & {*written}  # a break in one version, and none in the other
        assert reader.safe_load(written) == tree
        assert read_by_1_2(written) == tree


def test_it_is_in_block_style_in_the_order_of_the_tree() -> None:
    assert yaml.dump({"ping": {"pong": True}, "databases": {"z": True, "a": False}}) == (
        "ping:\n  pong: true\ndatabases:\n  z: true\n  a: false\n"
    )


@pytest.mark.usefixtures("dumper")
@pytest.mark.parametrize(
    "text",
    [
        *("yes", "null", "Null", "TRUE", "2017-03-01", "0x1f", "1_000", ".inf", "-.INF", ".NaN", "~", ""),
        # To readers of 1.1 these are texts anyway.
        *("1e3", "1E3", "-1e+3", "12e45678", "1.5e3", ".5e3", "+.5", "0o17", "09", "-09", "0890123", "1_0e3", "+0o7"),
        *("- a", "a: b", "# a", "é…\n\x85\x00", "a\x85b", "a\u2028b", "\u2029", "a\u2028\n b", "a\u2028" + "b " * 60),
    ],
)
def test_a_text_stays_a_text(text: str) -> None:
    for tree in ({"it": text}, {text: 1}):
        written = yaml.dump(tree)
        assert reader.safe_load(written) == tree
        assert read_by_1_2(written) == tree


@pytest.mark.usefixtures("dumper")
@pytest.mark.parametrize(
    ("tree", "written"),
    [
        (["v1.0", "3.13.0", "1.2.3", "e3", "0o9", "1e", "1e3f", "deadbeef", "127.0.0.1", "1-2", "+", "a_1", "."], None),
        (["2 MiB", "é", "a b", "3 of 4", "main", "1.5 s", "12 %", "10:30 UTC", "2024-01-01 noon"], None),
        ([1, -1, 0, 10**20, 1.5, 1e300, -1e-7, True, None], None),
        (["yes", "null", "1", "0x1f", ""], "- 'yes'\n- 'null'\n- '1'\n- '0x1f'\n- ''\n"),
        ({"a": "b\nc", "d": []}, "a: 'b\n\n  c'\nd: []\n"),
        (["1e3", "a\u2028b"], "- '1e3'\n- \"a\\Lb\"\n"),
    ],
)
def test_nothing_else_is_quoted(tree: Json, written: str | None) -> None:
    plain = reader.dump(tree, Dumper=reader.SafeDumper, default_flow_style=False, sort_keys=False, allow_unicode=True)
    assert yaml.dump(tree) == (plain if written is None else written)
    assert written is not None or not {"'", '"'} & {*plain}


@given(numbers)
@example(math.inf)
@example(-math.inf)
def test_a_number_stays_a_number(number: float) -> None:
    written = yaml.dump([number])
    assert reader.safe_load(written) == read_by_1_2(written) == [number]
    assert type(read_by_1_2(written)[0]) is type(number)


def test_without_the_c_library_the_text_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    tree: Json = {"a": ["é", None, {"b": 1.5}], "c": True, "d": ["1e3", "a\u2028\x85b"]}
    with_it = yaml.dump(tree)
    monkeypatch.delattr(reader, "CSafeDumper", raising=False)
    assert yaml.dump(tree) == with_it
