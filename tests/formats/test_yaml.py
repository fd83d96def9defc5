"""YAML for people and for scripts: what is read from it is what was written, whatever was in it."""

from __future__ import annotations

import pytest
import yaml as reader
from hypothesis import given
from hypothesis import strategies as some

from status.core.observation import Json
from status.formats import yaml

texts = some.text(some.characters(exclude_categories=["Cs"]), max_size=40)
numbers = some.integers() | some.floats(allow_nan=False, allow_infinity=False)
trees = some.recursive(
    some.none() | some.booleans() | numbers | texts,
    lambda below: some.lists(below, max_size=4) | some.dictionaries(texts, below, max_size=4),
    max_leaves=12,
)


@given(trees, some.booleans())
def test_what_is_read_is_what_was_written(tree: Json, ascii_only: bool) -> None:
    text = yaml.dump(tree, ascii_only=ascii_only)
    assert reader.safe_load(text) == tree
    assert text.isascii() or not ascii_only


def test_it_is_in_block_style_in_the_order_of_the_tree() -> None:
    assert yaml.dump({"ping": {"pong": True}, "databases": {"z": True, "a": False}}) == (
        "ping:\n  pong: true\ndatabases:\n  z: true\n  a: false\n"
    )


@pytest.mark.parametrize(
    "text", ["yes", "null", "1e3", "2017-03-01", "0x1f", "- a", "a: b", "# a", "~", "é…\n\x85\x00"]
)
def test_a_text_stays_a_text(text: str) -> None:
    assert reader.safe_load(yaml.dump({"it": text})) == {"it": text}


def test_without_the_c_library_the_text_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    tree: Json = {"a": ["é", None, {"b": 1.5}], "c": True}
    with_it = yaml.dump(tree)
    monkeypatch.delattr(reader, "CSafeDumper", raising=False)
    assert yaml.dump(tree) == with_it
