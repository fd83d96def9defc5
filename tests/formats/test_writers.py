"""Whatever was observed, each writer's text is read back by another's parser to what was there, and to no more."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some
from jsonschema import Draft202012Validator

from status import Format, Observation, Report, State
from status.core.names import name_components
from status.core.redaction import redact
from status.core.values import plain
from status.formats import health_json, legacy, registry, schemas, table, text
from status.formats import json as json_format
from status.formats import yaml as yaml_format
from status.formats.format import Showing, Style
from status.formats.leaves import Leaf, leaves
from status.formats.words import flat, in_words
from tests.formats.reports import composed, judged, seen, shown

PLANTED = "planted-qj7"
WRITTEN = [each for each in registry.SHIPPED if each.name != "openmetrics"]  # which has tests of its own

# What a provider may have returned: with half a surrogate pair, with what no format has a word for.
SPELLED = [
    "'",
    '"',
    "\n",
    "\r\n",
    ":",
    ": ",
    "%",
    "%3A",
    "a: pass",
    "- a",
    "# a",
    "é",
    "\u202e",
    "\u2028",
    "\ud800",
    "\\n",
    "\0",
]
odd = some.text(max_size=20) | some.sampled_from(SPELLED)
raw_values = some.recursive(
    some.none() | some.booleans() | some.integers(-(2**63), 2**63) | some.floats() | odd,
    lambda below: some.lists(below, max_size=3) | some.dictionaries(odd, below, max_size=3),
    max_leaves=8,
)


def cleaned(value: Any) -> Any:
    """As values come to a format: redacted, and what UTF-8 can't hold replaced."""
    return redact(plain(value).tree)


values = raw_values.map(cleaned)
sentences = some.none() | odd.filter(bool).map(lambda said: str(cleaned(said)))
names = some.lists(odd, max_size=4).map(lambda given: list(name_components((name, name) for name in given)))
fields = some.fixed_dictionaries(
    {
        "state": some.sampled_from(State),
        "value": values,
        "unit": sentences,
        "detail": sentences,
        "error": sentences,
        "failed": some.booleans(),
        "by_state": some.booleans(),
        "critical": some.booleans(),
        "duration_s": some.floats(0, 1e6),
    }
)


@some.composite
def observations(draw: some.DrawFn, resource: str) -> tuple[Observation, ...]:
    found = []
    for at in range(draw(some.integers(0, 3))):
        reference = f"{resource}/provider-{at}"
        if draw(some.booleans()):
            found.append(seen(reference, **draw(fields)))
            continue
        parts = [_named(seen(f"{reference}/{name}", **draw(fields)), reference) for name in draw(names)]
        found.append(composed(reference, *parts, names_are_details=draw(some.booleans())))
    return tuple(found)


def _named(part: Observation, reference: str) -> Observation:
    """Names may have slashes."""
    return replace(part, name=part.reference.removeprefix(f"{reference}/"))


reports = some.tuples(
    observations("health").map(lambda each: judged(*each)), observations("stats").map(lambda each: shown(*each))
)
details = some.sampled_from([frozenset(), frozenset({"health"}), frozenset({"health", "stats"})])
styles = some.builds(Style, indented=some.booleans(), ascii_only=some.booleans())
showings = some.builds(Showing, reports, details, style=styles)


# --- read back ----------------------------------------------------------------------------------------------------


@given(showings)
def test_json_and_yaml_are_the_tree(showing: Showing) -> None:
    tree = legacy.tree(showing)
    body = json_format.render(showing)
    assert json.loads(body) == tree
    validator("json").validate(tree)
    assert yaml.safe_load(yaml_format.render(showing)) == tree
    if showing.style.ascii_only:
        assert body.isascii()
        assert yaml_format.render(showing).isascii()


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schemas.load(name), format_checker=Draft202012Validator.FORMAT_CHECKER)


HEALTH = validator("health+json")


@given(showings)
def test_health_json_has_each_thing_that_may_be_seen(showing: Showing) -> None:
    document = json.loads(health_json.render(showing))
    HEALTH.validate(document)
    assert document["status"] == showing.state
    expected = {leaf.reference: leaf for leaf in leaves(showing)}
    read: dict[str, dict[str, Any]] = {}
    for key, [found] in document["checks"].items():
        component, _, measurement = key.partition(":")
        reference = re.sub("%(3A|25)", lambda escaped: {"3A": ":", "25": "%"}[escaped[1]], component)
        assert found["componentId"] == reference
        read.setdefault(reference, {})[measurement] = found
    assert read.keys() == expected.keys()
    for reference, by_measurement in read.items():
        leaf = expected[reference]
        took = by_measurement.pop("responseTime")
        assert took.get("observedValue") == (round(leaf.duration_s * 1000, 3) if leaf.with_details else None)
        values = [found["observedValue"] for found in by_measurement.values()]
        says_more = leaf.value is not None and not (leaf.state and isinstance(leaf.value, bool) and not leaf.unit)
        assert values == ([leaf.value] if says_more else [])
        for found in (took, *by_measurement.values()):
            assert found.get("status") == leaf.state
            assert found.get("output") in (leaf.said, None)


@given(showings)
def test_text_has_a_line_a_thing(showing: Showing) -> None:
    body = text.render(showing).decode("ascii" if showing.style.ascii_only else "utf-8")
    assert all(each.isprintable() for each in body.replace("\n", ""))
    told = [_read_line(line) for line in body.removesuffix("\n").split("\n")]
    expected = [*_lines(showing)] or [("nothing to look at", "", "")]
    assert len(told) == len(expected)
    for (reference, said), (path, state, reason) in zip(told, expected, strict=True):
        assert reference == path
        assert said == (f"{state}: {reason}" if state and reason else state or reason)


def _read_line(line: str) -> tuple[str, str]:
    reference, _, said = line.partition(": ")
    return _unescaped(reference), _unescaped(said)


def _unescaped(text: str) -> str:
    """As Python reads a literal: a backslash begins an escape, quotes are what they are."""
    return str(ast.literal_eval('"' + text.replace('"', '\\"') + '"'))


def _lines(showing: Showing) -> Iterator[tuple[str, str, str]]:
    for leaf in leaves(showing):
        if leaf.state:
            yield leaf.reference, leaf.state, leaf.said or _in_words(leaf)
        elif leaf.failed:
            yield leaf.reference, "", leaf.error or "failed"
        else:
            for path, value in flat(leaf.reference, leaf.value):
                yield path, "", in_words(value)


def _in_words(leaf: Leaf) -> str:
    return in_words(leaf.value) if leaf.value is not None else ""


@given(showings)
def test_a_table_has_a_line_a_thing(showing: Showing) -> None:
    body = table.render(showing).decode()
    assert all(each.isprintable() for each in body.replace("\n", ""))
    told = [leaf for leaf in leaves(showing) if leaf.state]
    assert len([line for line in body.split("\n") if re.match("(pass|warn|fail)  health", line)]) == len(told)


# --- to no more than may be seen ----------------------------------------------------------------------------------

planted = {
    "value": {PLANTED: [PLANTED, 4711]},
    "unit": PLANTED,
    "detail": PLANTED,
    "error": PLANTED,
    "duration_s": 4711.0,
    "since": 4711.0,
    "last_pass_at": 4711.0,
    "failures": 4711,
}


@pytest.mark.parametrize("format", WRITTEN, ids=lambda each: each.name)
@given(
    some.lists(some.tuples(some.sampled_from(State), some.booleans(), some.booleans()), max_size=3),
    some.booleans(),
)
def test_of_states_alone_nothing_else_is_written(
    format: Format, states: list[tuple[State, bool, bool]], judged_too: bool
) -> None:
    def report(fields: Mapping[str, Any], names: str) -> Report:
        each = []
        for at, (state, failed, by_state) in enumerate(states):
            reference = f"health/it-{at}"
            own = {**fields, "failed": failed, "by_state": by_state}
            part = seen(f"{reference}-many/{names}", state, **own)
            each += [seen(reference, state, **own), composed(f"{reference}-many", part, names_are_details=True)]
        return judged(*each) if judged_too else Report("health", tuple(each), judged=False)

    told = format.render(Showing((report(planted, PLANTED),)))
    assert PLANTED.encode() not in told
    assert b"4711" not in told
    # And nothing is different for what else there was to see.
    assert told == format.render(Showing((report({}, "other"),)))


@pytest.mark.parametrize("format", WRITTEN, ids=lambda each: each.name)
def test_the_trusted_are_told_it(format: Format) -> None:
    showing = Showing((judged(seen("health/it", State.FAIL, **planted)),), frozenset({"health"}))
    # In the shape of 2.x it is the value alone.
    assert PLANTED.encode() in format.render(showing)


@pytest.mark.parametrize("format", WRITTEN, ids=lambda each: each.name)
@given(showing=showings)
def test_every_format_can_write_whatever_there_is(format: Format, showing: Showing) -> None:
    body, written = registry.render(format, showing)
    assert written is format
    body.decode()
