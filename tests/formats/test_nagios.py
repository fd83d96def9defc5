"""What a plugin prints, read back by the guidelines of the Monitoring Plugins."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as some

from status.core.observation import Json, Observation, Report
from status.core.states import State
from status.formats import nagios
from status.formats.format import Showing, Style
from status.formats.nagios import Verdict
from tests.formats.reports import FAIL, WARN, composed, judged, seen, shown

CHECKS = judged(
    composed("health/ping", seen("health/ping/pong", value=True)),
    composed(
        "health/databases",
        seen("health/databases/default", duration_s=0.0123),
        seen("health/databases/replica", FAIL, failed=True, error="no answer in 2 s", duration_s=2.0),
    ),
    seen("health/disk", WARN, value=91.5, unit="%", detail="91 % of 100 GiB used"),
)


def showing(report: Report, style: Style | None = None) -> Showing:
    return Showing((report,), frozenset({report.resource}), report.resource, style=style or Style())


def told(report: Report, style: Style | None = None) -> str:
    return nagios.render(showing(report, style)).decode()


# --- a reader, written from the guidelines ----------------------------------------------------------------------------


@dataclass
class Measured:
    value: float
    unit: str
    warn: str
    crit: str
    least: str
    most: str


@dataclass
class Read:
    verdict: str
    text: str
    measured: dict[str, Measured]
    long: list[str]


_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_UNIT = re.compile(r"s|us|ms|%|B|KB|MB|TB|c|")


def read(output: str) -> Read:
    """Text up to the first pipe, then performance data, then lines in which a pipe would begin more of it."""
    assert output.endswith("\n")
    first, *long = output[:-1].split("\n")
    assert not any("|" in line for line in long)
    text, _, data = first.partition("|")
    found = re.fullmatch(r"STATUS (OK|WARNING|CRITICAL|UNKNOWN) - (.*)", text.rstrip(" "))
    assert found, text
    return Read(found[1], found[2], dict(read_data(data)), long)


def read_data(data: str) -> list[tuple[str, Measured]]:
    """`'label'=value[UOM];[warn];[crit];[min];[max]` by spaces; within quotes two quotes are one."""
    found = []
    rest = data.strip(" ")
    while rest:
        label = ""
        assert rest[0] == "'"
        at = 1
        while True:
            end = rest.index("'", at)
            label += rest[at:end]
            if rest[end + 1 : end + 2] != "'":
                break
            label += "'"
            at = end + 2
        assert "=" not in label
        assert rest[end + 1] == "="
        entry, _, rest = rest[end + 2 :].partition(" ")
        amount, warn, crit, least, most = (*entry.split(";"), "", "", "", "")[:5]
        number = _NUMBER.match(amount)
        assert number, entry
        unit = amount[number.end() :]
        assert _UNIT.fullmatch(unit), entry
        found.append((label, Measured(float(number[0]), unit, warn, crit, least, most)))
    assert len({label for label, _ in found}) == len(found)
    return found


# --- by example -------------------------------------------------------------------------------------------------------


def test_the_worst_and_why_come_first_then_what_was_measured_then_every_check() -> None:
    assert told(CHECKS) == (
        "STATUS CRITICAL - health: 2 of 4 checks pass; databases/replica: no answer in 2 s; disk: 91 % of 100 GiB used"
        " | 'ping/pong.duration'=0.0015s;;;0 'databases/default.duration'=0.0123s;;;0"
        " 'databases/replica.duration'=2s;;;0 'disk'=91.5%;;;0;100 'disk.duration'=0.0015s;;;0\n"
        "[CRITICAL] databases/replica: no answer in 2 s\n"
        "[WARNING] disk: 91 % of 100 GiB used\n"
        "[OK] ping/pong: yes\n"
        "[OK] databases/default\n"
    )


@pytest.mark.parametrize(
    ("report", "verdict"),
    [
        (judged(seen("health/it")), Verdict.OK),
        (judged(seen("health/it", WARN)), Verdict.WARNING),
        (judged(seen("health/it"), seen("health/other", FAIL)), Verdict.CRITICAL),
        (judged(seen("health/it", FAIL, critical=False)), Verdict.WARNING),
        (judged(), Verdict.UNKNOWN),
        (shown(seen("stats/it", value=1)), Verdict.OK),
        (shown(seen("stats/it", FAIL, failed=True, error="no")), Verdict.UNKNOWN),
        (shown(), Verdict.UNKNOWN),
    ],
)
def test_the_verdict_is_that_of_the_report_and_nothing_seen_is_unknown(report: Report, verdict: Verdict) -> None:
    assert nagios.verdict(showing(report)) is verdict
    assert told(report).startswith(f"STATUS {verdict.name} - {report.resource}: ")


@pytest.mark.parametrize(
    ("value", "unit", "measured"),
    [
        (91.5, "%", "91.5%;;;0;100"),
        (120, "%", "120%;;;0"),
        (-1, "%", "-1%"),
        (2048, "B", "2048B;;;0"),
        (2048, "bytes", "2048B;;;0"),
        (1.5, "s", "1.5s;;;0"),
        (17.25, "ms", "0.01725s;;;0"),
        (250, "us", "0.00025s;;;0"),
        (250, "µs", "0.00025s;;;0"),
        (30, "days", "2592000s;;;0"),
        (5, "KB", "5000B;;;0"),
        (5, "MB", "5000000B;;;0"),
        (2, "TB", "2000000000000B;;;0"),
        (2, "KiB", "2048B;;;0"),
        (0.25, "ratio", "25%;;;0;100"),
        (-3, "s", "-3s"),
        (7, "c", "7c"),
        (12, "messages", "12"),
        (30.2, None, "30.2"),
        (0, None, "0"),
        (0.0000001, None, "0"),
        (-0.25, None, "-0.25"),
        (1e15, None, "1000000000000000"),
    ],
)
def test_a_number_is_told_in_the_units_of_the_guidelines(value: Json, unit: str | None, measured: str) -> None:
    assert f" | 'it'={measured} 'it.duration'=" in told(judged(seen("health/it", value=value, unit=unit)))


def test_what_is_beyond_any_number_in_the_guidelines_unit_is_not_told() -> None:
    assert "'it'=" not in told(judged(seen("health/it", value=10**18, unit="TB")))


@pytest.mark.parametrize("value", [None, True, "12", [1], {"a": 1}, 10**19, -1e300])
def test_what_is_no_number_to_draw_is_not_told_as_one(value: Json) -> None:
    assert " | 'it.duration'=" in told(judged(seen("health/it", value=value)))


@pytest.mark.parametrize(
    ("name", "label"),
    [("it's", "'it''s.duration'"), ("a=b", "'a_b.duration'"), ("a|b", "'a/b.duration'"), ("a\nb", "'a b.duration'")],
)
def test_a_label_is_quoted(name: str, label: str) -> None:
    assert f" | {label}=" in told(judged(composed("health/x", seen(f"health/{name}"))))


def test_labels_that_become_alike_are_told_apart() -> None:
    read_back = read(told(judged(seen("health/a=b"), seen("health/a_b"))))
    assert list(read_back.measured) == ["a_b.duration", "a_b.duration (2)"]


def test_a_long_text_is_cut_and_says_how_much_is_missing() -> None:
    report = judged(*(seen(f"health/é{n}", FAIL, error="é" * 200) for n in range(100)))
    output = told(report)
    text, _, _ = output.partition(" | ")
    assert 900 < len(text.encode()) <= nagios.MOST_TEXT + 3
    read_back = read(output)
    assert len(read_back.measured) == 100
    assert read_back.long[-1] == f"and {100 - len(read_back.long) + 1} more"
    assert len("\n".join(read_back.long).encode()) < 4096


def test_what_could_not_be_looked_at_is_one_line() -> None:
    assert nagios.unknown("a|b\nc") == b"STATUS UNKNOWN - a/b c\n"
    assert len(nagios.unknown("x" * 5000)) < 1100


# --- by whatever there may be -----------------------------------------------------------------------------------------

names = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1, max_size=20)
numbers = some.integers() | some.floats(allow_nan=False, allow_infinity=False)
values = some.none() | some.booleans() | numbers | names | some.lists(numbers, max_size=2)
observations = some.builds(
    lambda name, state, value, unit, detail, error, took: seen(
        f"health/{name}", state, value=value, unit=unit, detail=detail, error=error, duration_s=took
    ),
    names,
    some.sampled_from(State),
    values,
    some.none() | some.sampled_from(["%", "B", "s", "ms", "c", "messages"]) | names,
    some.none() | some.text(some.characters(exclude_categories=["Cs"]), max_size=300),
    some.none() | some.text(some.characters(exclude_categories=["Cs"]), max_size=300),
    some.floats(0, 600),
)


@given(some.lists(observations, max_size=30), some.booleans())
def test_what_is_read_is_what_was_seen(all_seen: list[Observation], ascii_only: bool) -> None:
    report = judged(*all_seen)
    output = told(report, Style(ascii_only=ascii_only))
    assert output.isascii() or not ascii_only
    read_back = read(output)
    assert read_back.verdict == nagios.verdict(showing(report)).name
    assert len(output.partition("|")[0].encode()) <= 4096
    durations = [each for label, each in read_back.measured.items() if ".duration" in label]
    assert len(durations) >= len(all_seen)
    took = sorted(each.duration_s for each in all_seen)
    told_s = sorted(each.value for each in durations if each.unit == "s")
    for one in took:
        assert any(abs(one - other) <= 1e-6 for other in told_s)
