"""Plain text: a line a thing, for grep and for people."""

from __future__ import annotations

import pytest

from status import Report
from status.core.observation import Json
from status.formats import text
from status.formats.format import Showing, Style
from tests.formats.reports import FAIL, WARN, composed, judged, seen, shown

CHECKS = judged(
    composed("health/ping", seen("health/ping/pong", value=True)),
    composed(
        "health/databases",
        seen("health/databases/default"),
        seen("health/databases/replica", FAIL, failed=True, error="no answer in 2 s"),
    ),
    seen("health/disk", WARN, value=91.5, detail="91 % of 100 GiB used"),
)


def told(*reports: Report, details: bool = True, ascii_only: bool = False) -> str:
    seen_whole = frozenset(report.resource for report in reports) if details else frozenset()
    return text.render(Showing(reports, seen_whole, style=Style(ascii_only=ascii_only))).decode()


def test_a_check_is_its_reference_its_state_and_why() -> None:
    assert told(CHECKS) == (
        "health/ping/pong: pass: yes\n"
        "health/databases/default: pass\n"
        "health/databases/replica: fail: no answer in 2 s\n"
        "health/disk: warn: 91 % of 100 GiB used\n"
    )


def test_a_stranger_is_told_states_alone() -> None:
    assert told(CHECKS, details=False) == (
        "health/ping/pong: pass\n"
        "health/databases/default: pass\n"
        "health/databases/replica: fail\n"
        "health/disk: warn\n"
    )  # fmt: skip


def test_values_are_a_line_each_by_their_path() -> None:
    value: Json = {"commit": {"id": "abc", "parents": ["d", "e"]}, "tag": None, "sizes": [{"a": 1}]}
    report = shown(seen("stats/code", value=value), seen("stats/celery", FAIL, failed=True, error="no answer in 2 s"))
    assert told(report) == (
        "stats/code.commit.id: abc\n"
        "stats/code.commit.parents: d, e\n"
        "stats/code.tag: -\n"
        "stats/code.sizes[0].a: 1\n"
        "stats/celery: no answer in 2 s\n"
    )
    # It has no state, so of it a stranger is told nothing: not even that it failed.
    assert told(report, details=False) == "stats/code: -\nstats/celery: -\n"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a: pass", r"health/it/a\x3a pass"),
        ("a:b:", "health/it/a:b:"),
        ("a\nb\r\x1b[2K", r"health/it/a\nb\r\x1b[2K"),
        ("a\\nb", r"health/it/a\\nb"),
        ("é\u202e\u2028", r"health/it/é\u202e\u2028"),
        ("'\"%", "health/it/'\"%"),
        ("\U0001f600\U000e0001", r"health/it/😀\U000e0001"),
    ],
)
def test_a_name_is_on_one_line_and_ends_before_the_first_colon_and_blank(name: str, written: str) -> None:
    assert told(judged(composed("health/it", seen(f"health/it/{name}")))) == f"{written}: pass\n"


def test_a_reason_keeps_its_colons() -> None:
    assert told(judged(seen("health/it", FAIL, error="a: b\nc"))) == "health/it: fail: a: b\\nc\n"


def test_in_ascii_it_is_escaped_as_in_python() -> None:
    each = composed("health/it", seen("health/it/é😀", FAIL, error="…"))
    assert told(judged(each), ascii_only=True) == "health/it/\\xe9\\U0001f600: fail: \\u2026\n"


@pytest.mark.parametrize("reports", [(), (judged(),)])
def test_without_anything_to_look_at_it_says_so(reports: tuple[Report, ...]) -> None:
    assert told(*reports) == "nothing to look at\n"
