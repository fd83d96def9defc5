"""Values become plain JSON: what is kept, what is cut, what is refused."""

from __future__ import annotations

import datetime
import decimal
import enum
import itertools
import json
import math
from collections import OrderedDict, UserDict, namedtuple
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from status.core.observation import Component, Json
from status.core.states import State
from status.core.values import MAX_DEPTH, MAX_STRING, Unserialisable, beginning, encodable, free_key, plain, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

scalars = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]))
trees = st.recursive(scalars | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=40)


class Colour(str, enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Half(float):
    pass


class Shout(str):
    def __str__(self) -> str:
        raise RuntimeError("never asked")

    __repr__ = __len__ = __str__  # type: ignore[assignment]


class Unknown:
    pass


Point = namedtuple("Point", "x y")


@given(trees)
def test_what_json_holds_stays_as_it_is(tree: Json) -> None:
    whole = plain(tree)
    assert whole.cut is None
    assert whole.tree == tree
    assert json.loads(json.dumps(whole.tree)) == json.loads(json.dumps(tree))


@given(st.recursive(scalars | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_text_can_be_written_as_utf_8(tree: Any) -> None:
    json.dumps(plain(tree).tree, ensure_ascii=False).encode()


@given(trees, st.integers(0, 300))
def test_a_dump_is_never_much_longer_than_the_budget(tree: Json, budget: int) -> None:
    # A marker for each level, and one number that did not fit: these don't grow with the value.
    assert len(json.dumps(plain(tree, budget=budget).tree)) <= 7 * budget + 70 * (MAX_DEPTH // 8)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (math.nan, None),
        (math.inf, None),
        (-math.inf, None),
        (Half(0.5), 0.5),
        (Level.HIGH, 3),
        (Colour.RED, "red"),
        (State.WARN, "warn"),
        ("\ud800x\udfff", "\ufffdx\ufffd"),
        ("\x00", "\x00"),
        ("ü😀", "ü😀"),
        ((1, 2), [1, 2]),
        (Point(1, 2), [1, 2]),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset("ba"), ["a", "b"]),
        ({10, 9, "b", "a", None, True, 0.5}, [None, True, 0.5, 9, 10, "a", "b"]),
        (OrderedDict(a=1), {"a": 1}),
        (UserDict(a=1), {"a": 1}),
        (PurePosixPath("/srv/a"), "/srv/a"),
        (Component(State.FAIL, value=3), False),
        ({"a": Component(State.WARN), "b": Component(State.PASS)}, {"a": True, "b": True}),
        ([[], {}, ()], [[], {}, []]),
    ],
)
def test_a_value_becomes_its_nearest_plain_one(value: object, expected: Json) -> None:
    whole = plain(value)
    assert whole.cut is None
    assert repr(whole.tree) == repr(expected)


def test_nothing_but_exact_builtin_types_comes_out() -> None:
    tree = plain([Shout("x"), Level.HIGH, Half(1), {Shout("k"): Point(1, 2)}]).tree
    assert tree == ["x", 3, 1.0, {"k": [1, 2]}]
    assert isinstance(tree, list)
    assert [type(item) for item in tree] == [str, int, float, dict]


def test_a_hostile_key_is_named_without_its_help() -> None:
    with pytest.raises(Unserialisable, match=r"^can't serialise Unknown at \['k'\]$"):
        plain({Shout("k"): Unknown()})


@pytest.mark.parametrize("key", [None, True, False, 1, -5, 0.5, math.nan, math.inf, Level.HIGH, Colour.RED, "x"])
def test_a_key_is_written_as_json_writes_it(key: object) -> None:
    assert plain({key: 1}).tree == json.loads(json.dumps({key: 1}))


def test_keys_that_become_alike_lose_no_entry() -> None:
    assert plain({1: "a", "1": "b", "1 (2)": "c"}).tree == {"1": "a", "1 (2)": "b", "1 (2) (2)": "c"}


def test_many_alike_keys_are_numbered() -> None:
    taken: dict[str, int] = {}
    repeats: dict[str, int] = {}
    for number in range(3):
        taken[free_key("a", taken, repeats)] = number
    assert taken == {"a": 0, "a (2)": 1, "a (3)": 2}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Unknown(), "can't serialise Unknown"),
        (b"x", "can't serialise bytes"),
        ({"a": [1, 2, 3, {"b": Unknown()}]}, "can't serialise Unknown at ['a'][3]['b']"),
        ({"a": {(1, 2): 3}}, "can't serialise key of type tuple at ['a']"),
        ({b"x": 1}, "can't serialise key of type bytes"),
        ([{4: Unknown()}], "can't serialise Unknown at [0][4]"),
        ({"a\nb": Unknown()}, "can't serialise Unknown at ['a\\nb']"),
        ({"k" * 1000: Unknown()}, f"can't serialise Unknown at ['{'k' * 64}']"),
        ([10**1_000_000], "can't serialise int of about 1,000,001 digits at [0]"),
        ({10**1000: 1}, "can't serialise int of about 1,001 digits"),
    ],
)
def test_what_json_can_t_hold_is_named_with_its_place(value: object, text: str) -> None:
    with pytest.raises(Unserialisable) as caught:
        plain(value)
    assert str(caught.value) == text


def test_the_encoder_is_asked_for_what_is_unknown() -> None:
    def encode(value: object) -> object:
        if isinstance(value, (datetime.date, decimal.Decimal)):
            return str(value)
        if isinstance(value, Unknown):
            return {"day": datetime.date(2026, 1, 2)}
        raise TypeError

    assert plain([decimal.Decimal("1.50"), Unknown()], encode=encode).tree == ["1.50", {"day": "2026-01-02"}]
    with pytest.raises(Unserialisable, match="can't serialise complex at "):
        plain([1j], encode=encode)


def test_an_encoder_that_gives_the_same_back_is_not_asked_again() -> None:
    with pytest.raises(Unserialisable, match="can't serialise Unknown"):
        plain(Unknown(), encode=lambda value: value)


def test_an_encoder_without_an_end_is_cut() -> None:
    endless = plain(Unknown(), encode=lambda value: Unknown())
    assert endless.tree == "… nested deeper than 64 levels"
    assert endless.cut == "value nested deeper than 64 levels, cut there"


def test_a_date_may_stand_in_the_deepest_list() -> None:
    value: Any = datetime.date(2026, 1, 2)
    for _ in range(MAX_DEPTH):
        value = [value]
    assert plain(value, encode=str).cut is None


@pytest.mark.parametrize("wrap", [lambda inner: [inner], lambda inner: {"a": inner}, lambda inner: frozenset([inner])])
def test_a_value_nested_too_deep_is_cut(wrap: Callable[[object], object]) -> None:
    value: object = "x"
    for _ in range(MAX_DEPTH):
        value = wrap(value)
    assert plain(value).cut is None
    too_deep = plain(wrap(value))
    assert too_deep.cut == "value nested deeper than 64 levels, cut there"
    assert "… nested deeper than 64 levels" in json.dumps(too_deep.tree, ensure_ascii=False)


def test_a_value_within_itself_ends() -> None:
    value: list[object] = []
    value += [value, value]
    assert plain(value, budget=10_000).cut is not None


def test_a_billion_laughs_end() -> None:
    value: list[object] = []
    for _ in range(60):
        value = [value, value]
    assert len(json.dumps(plain(value, budget=10_000).tree)) < 20_000


def test_a_list_over_the_budget_says_how_much_is_missing() -> None:
    cut = plain([1] * 99_999, budget=1000)
    assert isinstance(cut.tree, list)
    kept = len(cut.tree) - 1
    assert cut.tree[-1] == f"… {99_999 - kept:,} more items"
    assert cut.cut == f"value over 1,000 bytes, cut after {kept:,} of 99,999 entries"


def test_a_mapping_over_the_budget_says_how_much_is_missing() -> None:
    cut = plain({"…": 0, **{str(number): number for number in range(1000)}}, budget=500)
    assert isinstance(cut.tree, dict)
    kept = len(cut.tree) - 1
    assert cut.tree["… (2)"] == f"… {1001 - kept:,} more items"
    assert cut.tree["…"] == 0


def test_a_set_over_the_budget_ends_with_the_marker() -> None:
    cut = plain(set(range(1000)), budget=300)
    assert isinstance(cut.tree, list)
    assert cut.tree[:-1] == sorted(cut.tree[:-1])  # type: ignore[type-var]
    assert str(cut.tree[-1]).endswith("more items")


def test_the_greatest_loss_is_the_one_told() -> None:
    cut = plain({"rows": [[1, 2, 3]] * 5000, "more": 1}, budget=1024 * 1024 // 512)
    assert cut.cut is not None
    assert cut.cut.startswith("value over 2,048 bytes, cut after ")
    assert cut.cut.endswith(" of 5,000 entries")


def test_the_budget_is_told_in_mebibytes_where_it_is_whole() -> None:
    cut = plain("x" * 2_000_000)
    assert cut.cut is not None
    assert cut.cut.startswith("value over 1 MiB, cut after ")
    assert cut.cut.endswith(" of 2,000,000 characters")


def test_what_follows_an_overlong_text_is_left_out() -> None:
    assert plain(["word " * 100, 1, 2], budget=50).tree == ["word … 495 more characters", "… 2 more items"]


def test_a_long_text_within_the_budget_is_no_fault() -> None:
    long = plain(["word " * MAX_STRING, "after"])
    assert long.cut is None
    assert isinstance(long.tree, list)
    text, after = long.tree
    assert after == "after"
    assert isinstance(text, str)
    assert len(text) <= MAX_STRING
    head, _, missing = text.partition("… ")
    assert missing == f"{5 * MAX_STRING - len(head):,} more characters"


class EndlessMapping(UserDict[str, int]):
    def items(self) -> Any:
        return (("key", number) for number in itertools.count())


class EndlessList(list[int]):
    def __iter__(self) -> Iterator[int]:
        return itertools.count()


class EndlessSet(set[int]):
    def __iter__(self) -> Iterator[int]:
        return itertools.count()


@pytest.mark.parametrize("value", [EndlessMapping(), EndlessList(), EndlessSet()])
def test_a_container_without_an_end_is_ended(value: object) -> None:
    assert len(json.dumps(plain(value, budget=1000).tree)) < 5000


def test_what_a_container_raises_is_for_the_caller() -> None:
    class Broken(UserDict[str, int]):
        def items(self) -> Any:
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        plain({"a": Broken()})


def test_a_pretended_class_is_not_believed() -> None:
    class Proxy:
        __class__ = dict  # type: ignore[assignment]

    with pytest.raises(Unserialisable, match="Proxy"):
        plain(Proxy())


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("short", 5, "short"),
        ("one two three" + " " * 100, 56, "one two three   … 97 more characters"),
        ("x" * 100, 90, "… 100 more characters"),
        ("a " + "x" * 100, 60, "a … 100 more characters"),
        ("a" * 100, 0, "… 100 more characters"),
        ("a" * 3000, 2040, "a" * 976 + "… 2,024 more characters"),
    ],
)
def test_a_text_is_cut_between_words(text: str, room: int, expected: str) -> None:
    assert shorten(text, room) == expected


def test_a_head_of_spaces_alone_stays() -> None:
    assert beginning(" " * 100, 50) == " " * 10


def test_ascii_is_encodable_as_it_is() -> None:
    assert encodable("plain") == "plain"
