"""What the view of `--watch` is made of, drawn for terminals of any size."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from status.command.screen import Screen
from status.core.observation import Report
from tests.formats.reports import FAIL, WARN, composed, judged, seen, shown

CHECKS = judged(
    composed("health/ping", seen("health/ping/pong", value=True)),
    composed(
        "health/databases",
        seen("health/databases/default"),
        seen("health/databases/replica", FAIL, failed=True, error="no answer in 2 s", duration_s=2.0),
    ),
    seen("health/disk", WARN, value=91.5, detail="91 % of 100 GiB used"),
)
VALUES = shown(seen("stats/code", value={"tag": None, "size": 12}), seen("stats/it", FAIL, failed=True, error="no"))


def drawn(screen: Screen, columns: int = 72, rows: int = 12) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=columns, height=rows, color_system=None).print(screen)
    return [line.rstrip() for line in out.getvalue().split("\n")]


def screen(report: Report | None, **fields: object) -> Screen:
    resource = report.resource if report else "health"
    return Screen(resource, lambda text: text, report=report, **fields)  # type: ignore[arg-type]


def test_the_worst_stands_first_below_the_verdict() -> None:
    head, _, *rows = drawn(screen(CHECKS, next_in_s=1.2))
    assert head.startswith("health  fail  2 of 4 checks pass  ")
    assert head.endswith(" UTC, again in 2 s")
    assert [row.split()[:2] for row in rows[1:5]] == [
        ["fail", "databases/replica"],
        ["warn", "disk"],
        ["pass", "ping/pong"],
        ["pass", "databases/default"],
    ]
    assert "no answer in 2 s" in rows[1]
    assert rows[-2:] == ["q ends", ""]


@pytest.mark.parametrize("rows", [1, 4, 5, 8, 40])
@pytest.mark.parametrize("report", [CHECKS, VALUES, None], ids=["checks", "values", "nothing yet"])
def test_it_fills_the_terminal_and_no_more(report: Report | None, rows: int) -> None:
    assert len(drawn(screen(report), rows=rows)) - 1 == max(rows, 5)  # of one with less, the terminal shows the top


def test_before_all_have_answered_there_is_no_verdict() -> None:
    head = drawn(screen(judged(seen("health/it")), is_partial=True, awaiting="waiting for other … 1.0 s"))
    assert head[0].startswith("health  1 of 1 checks pass so far  ")
    assert "again" not in head[0]
    assert head[-2] == "waiting for other … 1.0 s"


def test_values_are_told_by_their_paths() -> None:
    head, _, *rows = drawn(screen(VALUES))
    assert head.startswith("stats   ")
    assert [row.split() for row in rows[:4]] == [["value"], ["code.tag", "-"], ["code.size", "12"], ["it", "no"]]


def test_it_scrolls_as_far_as_there_are_lines() -> None:
    it = screen(CHECKS, scrolled=1)
    assert drawn(it, rows=7)[2].startswith("fail")
    assert drawn(it, rows=7)[-2] == "1 more below, j and k scroll, q ends"
    it.scrolled = 100
    assert drawn(it, rows=7)[-2] == "j and k scroll, q ends"
    assert it.scrolled == 2
    it.scrolled = -5
    assert drawn(it, rows=7)[2].startswith("state")
    assert it.scrolled == 0


def test_a_narrow_terminal_is_told_the_state_and_why() -> None:
    rows = drawn(screen(CHECKS), columns=44)
    assert rows[2].split() == ["state", "check"]
    assert rows[3].split(None, 2) == ["fail", "databases/replica", "no answer in 2 s"]
    assert rows[0] == "health  fail  2 of 4 checks pass"


@pytest.mark.parametrize(
    ("ago_s", "told"), [(-5, "0 s"), (42, "42 s"), (200, "3 min"), (7300, "2 h"), (260_000, "3 d"), (None, "-")]
)
def test_since_when_is_told_in_one_unit(ago_s: float | None, told: str) -> None:
    since = None if ago_s is None else time.time() - ago_s
    row = drawn(screen(judged(seen("health/it", since=since, value="end"))))[3]
    assert row.split(None, 4)[4].replace(" ", "") == f"{told}end".replace(" ", "")
