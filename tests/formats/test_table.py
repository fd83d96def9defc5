"""The table for people at a terminal."""

from __future__ import annotations

import re

import pytest

from status.core.observation import Json, Report
from status.formats import table
from status.formats.format import Showing, Style
from tests.formats.reports import FAIL, PASS, WARN, composed, judged, seen, shown

CHECKS = judged(
    composed("health/ping", seen("health/ping/pong", value=True)),
    composed(
        "health/databases",
        seen("health/databases/default", duration_s=0.0123),
        seen("health/databases/replica", FAIL, failed=True, error="no answer in 2 s", duration_s=2.0),
    ),
    seen("health/disk", WARN, value=91.5, detail="91 % of 100 GiB used"),
)


def told(report: Report, *, colour: bool = False) -> str:
    showing = Showing((report,), frozenset({report.resource}), report.resource, style=Style(colour=colour))
    return table.render(showing).decode()


def test_checks_are_aligned_with_their_state_first() -> None:
    assert told(CHECKS) == (
        "pass  ping/pong          1.5 ms     yes\n"
        "pass  databases/default  12.3 ms    -\n"
        "fail  databases/replica  2000.0 ms  no answer in 2 s\n"
        "warn  disk               1.5 ms     91 % of 100 GiB used\n"
    )


def test_values_are_a_line_each_by_their_path() -> None:
    value: Json = {"commit": {"id": "abc", "parents": ["d", "e"]}, "tag": None, "dirty": False, "size": 12}
    report = shown(
        seen("stats/code", value=value),
        seen("stats/celery", FAIL, failed=True, error="no answer in 2 s"),
        composed("stats/databases", seen("stats/databases/default", value={"vendor": "sqlite"})),
    )
    assert told(report) == (
        "code.commit.id            abc\n"
        "code.commit.parents       d, e\n"
        "code.tag                  -\n"
        "code.dirty                no\n"
        "code.size                 12\n"
        "celery                    no answer in 2 s\n"
        "databases/default.vendor  sqlite\n"
    )


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ({"a": []}, "it.a  -"),
        ({"a": {}}, "it.a  -"),
        ({}, "it  -"),
        (None, "it  -"),
        (True, "it  yes"),
        (0, "it  0"),
        ("", "it"),
        ([1, None, True], "it  1, -, yes"),
        ({"a": [{"b": 1}, 2]}, "it.a[0].b  1\nit.a[1]    2"),
        ("two\nlines\x1b[31m", "it  two�lines�[31m"),
    ],
)
def test_a_value_is_written_for_people(value: Json, line: str) -> None:
    assert told(shown(seen("stats/it", value=value))) == f"{line}\n"


def test_a_name_can_not_move_the_cursor() -> None:
    report = judged(composed("health/it", seen("health/it/a\r\x1b[2Kb", FAIL, error="\x07bell")))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", told(report))


def test_without_anything_to_look_at_it_says_so() -> None:
    assert told(Report("health", ())) == "health: nothing to look at\n"


def test_a_provider_without_components_is_a_line_of_its_own() -> None:
    assert told(judged(composed("health/databases"))) == "pass  databases  1.5 ms  -\n"
    assert told(shown(composed("stats/databases"))) == "databases  -\n"


def test_a_provider_that_fails_though_its_components_pass_is_a_line_too() -> None:
    held = composed("health/it", seen("health/it/a"), state=FAIL, error="failed before, pass 1 of 3")
    assert told(judged(held)) == (
        "pass  it/a  1.5 ms  -\n"
        "fail  it    1.5 ms  failed before, pass 1 of 3\n"
    )  # fmt: skip


@pytest.mark.parametrize(("state", "code"), [(PASS, "32"), (WARN, "33"), (FAIL, "31;1")])
def test_a_state_has_its_colour(state: object, code: str) -> None:
    line = told(judged(seen("health/it", state, value=1)), colour=True)  # type: ignore[arg-type]
    assert line == f"\x1b[{code}m{state}\x1b[0m  it  1.5 ms  1\n"


def test_colours_change_nothing_else() -> None:
    assert re.sub(r"\x1b\[[\d;]*m", "", told(CHECKS, colour=True)) == told(CHECKS)
    assert "\x1b" not in told(CHECKS)


def test_a_table_of_values_colours_what_failed() -> None:
    report = shown(seen("stats/a", value=1), seen("stats/b", FAIL, failed=True, error="no"))
    assert told(report, colour=True) == "\x1b[32ma\x1b[0m  1\n\x1b[31;1mb\x1b[0m  no\n"
