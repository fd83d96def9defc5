"""From reports to what is written: whatever names and values there are, it is read as it was meant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as some

from status.core.observation import Observation, Report
from status.core.states import State
from status.formats.format import Showing
from status.formats.metrics import exposition, made
from status.formats.metrics.catalogue import CATALOGUE
from status.formats.metrics.metric import MOST_SERIES, Family, Kind, Metric, Sheet, fit, label
from status.formats.metrics.walking import found
from status.recent.entry import LONGEST_KEY
from status.totals.keeper import Told
from tests.formats.reports import composed, judged, seen, shown
from tests.metrics.reading import OPENMETRICS, Series, read

NOW = 1_700_000_000.0
FORMATS = ("text/plain", OPENMETRICS)
names = some.text(some.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
values = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.just(10**400)
    | names
    | some.lists(some.integers(), max_size=2)
)


def write(families: list[Family], accept: str) -> Series:
    body, _ = exposition.write(families, accept)
    return read(body.decode(), is_openmetrics=accept == OPENMETRICS)


def meant(families: list[Family]) -> Series:
    return {
        family.metric.name: {
            frozenset((name, text) for name, text in zip(family.metric.labels, labels, strict=True) if text): value
            for labels, value in family.series.items()
        }
        for family in families
    }


def observed(reference: str, fields: dict[str, Any]) -> Observation:
    return replace(seen(reference, fields.pop("state")), **fields)


fields = some.fixed_dictionaries(
    {
        "state": some.sampled_from(State),
        "value": values,
        "unit": some.none() | names | some.sampled_from(["%", "ms", "s", "days"]),
        "failed": some.booleans(),
        "failures": some.integers(0, 10**6),
        "duration_s": some.floats(0, 1e9),
        "observed_at": some.floats(0, 1e10),
    }
)


@pytest.mark.parametrize("accept", FORMATS)
@pytest.mark.parametrize("report", [judged, shown])
@given(components=some.dictionaries(names, fields, max_size=5), details=some.booleans())
def test_what_is_read_is_what_was_meant(
    accept: str, report: Any, components: dict[str, dict[str, Any]], details: bool
) -> None:
    parts = [observed(f"health/it/{name}", dict(each)) for name, each in components.items()]
    made_of: Report = report(composed("health/it", *parts))
    families = made.of_reports(Showing([made_of], frozenset({made_of.resource} if details else ())), NOW)
    assert write(families, accept) == meant(families)


@pytest.mark.parametrize(
    ("value", "unit", "told", "base"),
    [
        (1500, "B", 1500, "bytes"),
        (1500, "bytes", 1500, "bytes"),
        (1.5, "KB", 1500, "bytes"),
        (2, "MB", 2e6, "bytes"),
        (2, "GB", 2e9, "bytes"),
        (2, "TB", 2e12, "bytes"),
        (2, "KiB", 2048, "bytes"),
        (250, "us", 0.00025, "seconds"),
        (250, "µs", 0.00025, "seconds"),
        (250, "ms", 0.25, "seconds"),
        (3, "hours", 10_800, "seconds"),
        (2, "days", 172_800, "seconds"),
        (25, "%", 0.25, "ratio"),
        (7, "c", 7, "c"),
        (7, "messages", 7, "messages"),
    ],
)
def test_what_was_measured_is_told_in_base_units(value: float, unit: str, told: float, base: str) -> None:
    report = judged(seen("health/it", value=value, unit=unit))
    series = {each.metric.name: each.series for each in made.of_reports(Showing([report], frozenset({"health"})), NOW)}
    assert series["django_status_value"] == {("health", "it", "", base): pytest.approx(told)}


@pytest.mark.parametrize("accept", FORMATS)
@given(texts=some.lists(names, min_size=4, max_size=4))
def test_texts_of_an_info_are_read_as_they_were_meant(accept: str, texts: list[str]) -> None:
    sheet = Sheet()
    build = next(metric for metric in CATALOGUE if metric.kind is Kind.INFO and len(metric.labels) == 4)
    sheet.put(build, texts, 1)
    assert write(sheet.families(), accept) == meant(sheet.families())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("default", "default"),
        ("C:\\temp", "C:\\temp"),
        ('a"b{c}', 'a"b{c}'),
        ("two\nlines\r\0", "two\\nlines\\r\\x00"),
        ("\u202eevil", "\\u202eevil"),
        ("é", "é"),
    ],
)
def test_a_label_is_one_line_of_text(text: str, told: str) -> None:
    assert label(text) == told


def test_long_labels_are_cut_and_still_told_apart() -> None:
    one, other = (label("x" * 10_000 + end) for end in "ab")
    assert len(one) == len(other) == LONGEST_KEY
    assert one != other


@pytest.mark.parametrize("value", [True, None, "1", float("nan"), float("inf"), 10**400, [1], {}])
def test_what_is_no_number_is_not_written(value: object) -> None:
    assert fit(value) is None


METRIC = Metric("django_status_it", "It.", ("name",))


def test_a_series_is_there_once_and_there_is_an_end_to_them() -> None:
    sheet = Sheet()
    for name in ("a", "a", *map(str, range(MOST_SERIES))):
        sheet.put(METRIC, (name,), 1)
    (family,) = sheet.families()
    assert len(family.series) == MOST_SERIES
    assert sheet.left_out == 2


def test_counters_that_there_is_no_room_for_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "MOST_COMPONENTS", 3)
    providers = [(f"it{number}", lambda: True) for number in range(5)]
    with override_settings(STATUS_PROVIDERS={"health": providers}):
        report = judged(*(seen(f"health/{name}") for name, _ in providers))
        families = made.of_reports(Showing([report], frozenset({"health"})), NOW, Told({}, {}, left_out=7))
    series = {family.metric.name: family.series for family in families}
    assert len(series["django_status_runs_total"]) == 3
    assert series["django_status_left_out"] == {(): 2 + 2 + 7}  # components, those whose runs are counted, and others


def test_what_another_release_has_written_is_told_where_it_is_known_here() -> None:
    read = {
        "django_status_database_commits_total\ndefault": 5.0,
        "django_status_database_commits_total": 6.0,
        "django_status_database_commits_total\ndefault\nmore": 7.0,
        "django_status_database_connections\ndefault": 8.0,
        "django_status_of_tomorrow_total\ndefault": 9.0,
    }
    families = made.of_reports(Showing([]), NOW, Told({}, {"stats/databases/default": read}))
    series = {family.metric.name: family.series for family in families}
    assert series == {"django_status_database_commits_total": {("default",): 5}, "django_status_left_out": {(): 0}}


def test_names_that_look_alike_once_they_are_written_cost_one_of_them_and_not_the_scrape() -> None:
    parts = [seen(f"health/it/{name}") for name in ("a\n", "a\\n")]
    families = made.of_reports(Showing([judged(composed("health/it", *parts))], frozenset({"health"})), NOW)
    series = {family.metric.name: family.series for family in families}
    assert len(series["django_status_duration_seconds"]) == 1
    assert series["django_status_left_out"] == {(): 1}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.b", [((), 1)]),
        ("a.none", []),
        ("a.b.c", []),
        ("{x}.b", [(("a",), 1), (("z",), 2)]),
        ("l[name].n", [(("one",), 3), (("",), 4)]),
        ("a[name].n", []),
    ],
)
def test_a_path_leads_to_what_is_there(path: str, expected: list[Any]) -> None:
    tree: Any = {"a": {"b": 1}, "z": {"b": 2}, "l": [{"name": "one", "n": 3}, {"n": 4}, 5, {"name": "two"}]}
    assert list(found(tree, path)) == expected


def test_of_a_provider_that_is_worse_than_its_components_its_own_state_is_told() -> None:
    report = judged(composed("health/it", seen("health/it/a"), state=State.FAIL))
    families = made.of_reports(Showing([report]), NOW)
    states = next(family.series for family in families if family.metric.name == "django_status_state")
    assert states["health", "it", "", "fail"] == states["health", "it", "a", "pass"] == 1


def test_every_metric_is_named_as_prometheus_wants() -> None:
    assert len({metric.name for metric in CATALOGUE}) == len(CATALOGUE)
    for metric in CATALOGUE:
        assert metric.name.startswith("django_status_")
        assert metric.name.endswith("_total") is (metric.kind is Kind.COUNTER)
        assert metric.name.endswith("_info") is (metric.kind is Kind.INFO)
        assert metric.help.endswith(".")
        assert len(set(metric.labels)) == len(metric.labels)
