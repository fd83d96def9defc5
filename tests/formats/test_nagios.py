"""What a plugin prints, read back by the guidelines of the Monitoring Plugins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from status.core.observation import Json, Observation, Report
from status.core.states import State
from status.formats import nagios
from status.formats.format import Showing, Style
from status.formats.nagios import Verdict
from status.formats.words import written
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


def test_of_many_that_fail_the_first_are_told_and_the_others_counted() -> None:
    output = told(judged(*(seen(f"health/é{n}", FAIL, error="é" * 220) for n in range(100))))
    text, _, _ = output.partition(" | ")
    assert 950 < len(text.encode()) <= nagios.MOST_TEXT
    assert text.endswith("é; and 98 more; measurements left out: 29")
    read_back = read(output)
    assert len(read_back.measured) == 71
    assert len(read_back.long) == 3
    assert read_back.long[-1] == "and 98 more"


@pytest.mark.parametrize(("style", "mark"), [(Style(), "é…"), (Style(ascii_only=True), r"\xe9\u2026")])
def test_a_long_reason_is_cut_between_characters_and_leaves_room_for_the_next(style: Style, mark: str) -> None:
    reason = "é" * 60_000
    output = told(judged(seen("health/a", FAIL, error=reason), seen("health/b", FAIL, error="no")), style)
    text, _, _ = output.partition(" | ")
    assert text.endswith(f"{mark}; b: no")
    assert [line[-len(mark) :] for line in read(output).long] == [mark, "[CRITICAL] b: no"[-len(mark) :]]


def test_values_come_before_durations_and_what_fails_before_what_passes() -> None:
    def one(at: int) -> Observation:
        return seen(f"health/it-{at:03}", FAIL if at in (50, 99) else WARN if at == 70 else State.PASS, value=at)

    measured = read(told(judged(*map(one, range(100))))).measured
    assert [label for label in measured if "duration" not in label] == [f"it-{at:03}" for at in range(100)]
    assert {label for label in measured if "duration" in label} >= {f"it-{at:03}.duration" for at in (50, 70, 99)}
    assert len(measured) < 200


def test_ninety_checks_are_whole_within_what_nagios_reads() -> None:
    checks = judged(*(seen(f"health/databases/shard-{at:02}-of-the-shop", duration_s=0.00234) for at in range(90)))
    output = told(checks)
    assert len(output.encode()) < 4096
    read_back = read(output)
    assert {each.value for each in read_back.measured.values()} == {0.00234}
    assert read_back.text == f"health: 90 of 90 checks pass; measurements left out: {90 - len(read_back.measured)}"


def test_a_label_is_the_same_whatever_is_left_out() -> None:
    alike = [seen("health/" + "a=b" * 300, value=1), seen("health/" + "a_b" * 300, FAIL, value=2)]
    more = [seen(f"health/{at}" + "x" * 300, FAIL, value=at) for at in range(4)]
    few, many = (read(told(judged(*alike, *others))).measured for others in ([], more))
    label = "a_b" * 300 + " (2)"
    assert (few[label].value, many[label].value) == (2, 2)


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
    assert len(output.encode()) < 4096
    read_back = read(output)
    assert read_back.verdict == nagios.verdict(showing(report)).name
    assume("measurements left out: " not in read_back.text)
    durations = [each for label, each in read_back.measured.items() if ".duration" in label]
    assert len(durations) >= len(all_seen)
    took = sorted(each.duration_s for each in all_seen)
    told_s = sorted(each.value for each in durations if each.unit == "s")
    for one in took:
        assert any(abs(one - other) <= 1e-6 for other in told_s)


many_names = some.lists(some.text("éЖ注😀' abc", max_size=60), min_size=20, max_size=120)


@given(many_names, some.randoms(use_true_random=False), some.booleans())
def test_of_more_than_is_read_whole_items_are_told_by_their_weight_and_the_others_counted(
    given_names: list[str], random: Any, ascii_only: bool
) -> None:
    style = Style(ascii_only=ascii_only)
    every: dict[str, tuple[tuple[bool, int, int], float]] = {}
    all_seen = []
    for at, given_name in enumerate(given_names):
        name, state, took = f"{at}{given_name}", random.choice([*State]), random.randrange(10**6) / 10**5
        value = random.choice([None, "text", at])
        all_seen.append(seen(f"health/{name}", state, value=value, duration_s=took, error=random.choice([None, name])))
        if value == at:
            every[name] = ((False, -state.severity, at), at)
        every[f"{name}.duration"] = ((True, -state.severity, at), took)
    output = told(judged(*all_seen), style)
    assert len(output.encode()) < 4096
    read_back = read(output)
    measured = {_as_read(label, style): label for label in every}
    assert all(every[measured[label]][1] == each.value for label, each in read_back.measured.items())
    assert [*read_back.measured] == [label for label in measured if label in read_back.measured]  # in order

    # What is left out is counted, and there was no room for it beside what comes before it.
    sizes = {label: _size_of(label, one.value, style) for label, one in read_back.measured.items()}
    missing = [label for label in measured if label not in sizes]
    counted = re.search(r"; measurements left out: ([0-9]+)$", read_back.text)
    assert int(counted[1] if counted else 0) == len(missing)
    for label in missing:
        rank, value = every[measured[label]]
        before = sum(size for other, size in sizes.items() if every[measured[other]][0] < rank)
        assert before + _size_of(label, value, style) > nagios.MOST_MEASURED

    more = re.fullmatch(r"and ([0-9]+) more", read_back.long[-1])
    lines = read_back.long[:-1] if more else read_back.long
    assert len(lines) + int(more[1] if more else 0) == len(all_seen)
    assert all(re.match(r"\[(OK|WARNING|CRITICAL)\] [0-9]", line) for line in lines)


def _as_read(label: str, style: Style) -> str:
    return written(label, style).decode()


def _size_of(label: str, value: float, style: Style) -> int:
    """Bytes of an item and of the blank after it."""
    quoted = label.replace("'", "''")
    number = f"{value:.6f}".rstrip("0").rstrip(".")
    unit = "s;;;0" if label.endswith(".duration") else ""
    return len(written(f"'{quoted}'={number}{unit} ", style))
