"""Figures in the units that people think in, by the filters of templates and by the keys of values."""

from __future__ import annotations

import math

import pytest
from django.template import Context, Engine
from hypothesis import given
from hypothesis import strategies as st

from status.core.observation import Json
from status.website import figures

NOW = 1_800_000_000.0  # 2027-01-15 08:00:00 UTC
ENGINE = Engine(
    libraries={"status_figures": "status.templatetags.status_figures", "i18n": "django.templatetags.i18n"},
    loaders=["django.template.loaders.app_directories.Loader"],
    builtins=["status.templatetags.status_figures"],
)


def rendered(text: str, **context: object) -> str:
    made = ENGINE.from_string(text).render(Context(context))
    return " ".join(made.split())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (640, "640 B"),
        (0.5, "0 B"),
        (1023, "1,023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (102_400, "100 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (13_314_398_618, "12.4 GiB"),
        (5 * 1024**6, "5.0 EiB"),
        (5000 * 1024**6, "5,000 EiB"),
        (-1, ""),
        (math.nan, ""),
        (math.inf, ""),
        (10**400, ""),
        (True, ""),
        ("640", ""),
        (None, ""),
    ],
)
def test_bytes(value: object, text: str) -> None:
    assert figures.size(value) == text
    assert rendered("{{ value|bytes }}", value=value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.9931, "99.3 %"),
        (1, "100 %"),
        (0.99999, "&gt; 99.9 %"),
        (0, "0 %"),
        (0.0001, "&lt; 0.1 %"),
        (0.31, "31 %"),
        (1.5, "150 %"),
        (-0.1, "-10 %"),
        (math.nan, ""),
        ("1", ""),
        (None, ""),
    ],
)
def test_a_share_is_all_or_nothing_only_when_it_is(value: object, text: str) -> None:
    assert rendered("{{ value|percent }}", value=value) == text


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("2027-01-15T08:00:00Z", NOW),
        ("2027-01-15T08:00:00+00:00", NOW),
        ("2027-01-15 09:00:00 +0100", NOW),
        ("2027-01-15T08:00Z", NOW),
        ("2027-01-15T08:00:00.25Z", NOW + 0.25),
        ("2027-01-15T08:00:00.123456789+00:00", NOW + 0.123456),
        (NOW, NOW),
        ("2027-01-15T08:00:00", None),  # where?
        ("2027-01-15", None),
        ("2027-13-15T08:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("2027-01-15T08:00:00Z, or so", None),
        (12, None),
        (1e15, None),
        (None, None),
    ],
)
def test_a_moment_is_a_text_with_a_zone_or_seconds_of_our_time(value: object, at: float | None) -> None:
    assert figures.moment(value) == (None if at is None else pytest.approx(at, abs=1e-4))


@pytest.mark.parametrize(
    ("key", "value", "text", "exact"),
    [
        ("size_bytes", 13_314_398_618, "12.4 GiB", "13314398618"),
        ("bytes", 640, "640 B", "640"),
        ("took_ms", 62.4, "62 ms", "62.4"),
        ("uptime_s", 7300, "2 h", "7300"),
        ("uptime_seconds", 7300, "2 h", "7300"),
        ("lag_us", 1500, "1.5 ms", "1500"),
        ("hit_ratio", 0.9931, "99.3 %", "0.9931"),
        ("used_percent", 12.5, "12.5 %", "12.5"),
        ("started_at", NOW - 7300, "2 h ago", "2027-01-15 05:58:20 UTC"),
        ("last", "2027-01-15T05:58:20Z", "2 h ago", "2027-01-15T05:58:20Z"),
    ],
)
def test_a_key_says_the_unit_of_its_value(key: str, value: Json, text: str, exact: str) -> None:
    assert figures.by_key(key, value, NOW) == figures.Figure(text, exact)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("open", 12),
        ("tables", 3),  # it ends with an s, and is no second
        ("status", 200),
        ("what", 1),
        ("size_bytes", "many"),
        ("size_bytes", True),
        ("size_bytes", None),
        ("took_ms", -1),
        ("looked_at", 12),
        ("expires", "2027-02-15T08:00:00Z"),  # that is still to come
        ("size_bytes", math.nan),
    ],
)
def test_what_says_none_is_shown_as_it_is(key: str, value: Json) -> None:
    assert figures.by_key(key, value, NOW) is None


@given(
    st.text() | st.sampled_from(["bytes", "x_s", "x_ms", "x_at", "x_ratio", "x_percent"]),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes().map(lambda at: f"{at}Z"),
)
def test_none_of_it_raises(key: str, value: Json) -> None:
    figures.by_key(key, value, NOW)
    filters = (
        *("bytes", "percent", "duration", "figure", "ago", "times:1024", "times:value", "total", "times:2|bytes"),
        *("count", "word", "listed", "over:3", "total:'a.b'", "records:'a'", "pairs", "part:'a'", "without:'a'"),
        *("lost", "answering"),
    )
    for name in filters:
        rendered(f"{{{{ value|{name} }}}}", value=value)
    rendered("{% fact 'a' value %}{% meter 'a' value value %}{% meter 'a' 1 value %}", value=value)
    rendered(
        "{% gauge 'a' value 1 'bytes' %}{% gauge 'a' 1 value %}{% table 'keys' value %}{% untold value %}", value=value
    )


@pytest.mark.parametrize(
    ("template", "made"),
    [
        ("{{ value.up|duration }}", "2 h"),
        ("{{ value.name|duration }}", ""),
        ("{{ value.many|figure }}", "1,204,551"),
        ("{{ value.name|figure }}", "a &lt; b"),
        ("{{ value.yes|figure }}", "yes"),
        ("{{ value.none|figure }}", ""),
        ("{{ value.kib|times:1024|bytes }}", "2.0 KiB"),
        ("{{ value.done|total }}", "5"),
        ("{{ value.empty|total }}", "None"),
        ("{{ value.empty|total|figure }}", ""),
        ("{{ value.up|total|figure }}", ""),
        ("{{ value.missing|bytes }}{{ value.missing|ago }}", ""),
    ],
)
def test_filters_of_templates(template: str, made: str) -> None:
    value = {
        "up": 7300,
        "name": "a < b",
        "many": 1_204_551,
        "yes": True,
        "none": None,
        "kib": 2,
        "done": {"a": 2, "b": 3, "c": "x"},
        "empty": {},
    }
    assert rendered(template, value=value) == made


@pytest.mark.parametrize(
    ("template", "made"),
    [
        ("{% fact 'Size' 640|bytes %}", "<div><dt>Size</dt><dd><bdi>640 B</bdi></dd></div>"),
        ("{% fact 'A' 640|bytes of='of 9' %}", "<div><dt>A</dt><dd><bdi>640 B</bdi> <small>of 9</small></dd></div>"),
        ("{% fact 'A' 1 title='9' code=True %}", '<div><dt>A</dt><dd title="9"><code><bdi>1</bdi></code></dd></div>'),
        ("{% fact 'Size' value %}", ""),
        ("{% fact 'Size' missing|bytes %}", ""),
        ("{% fact name name %}", "<div><dt>&lt;b&gt;</dt><dd><bdi>&lt;b&gt;</bdi></dd></div>"),
    ],
)  # fmt: skip
def test_a_fact_is_a_line_of_a_card_or_nothing(template: str, made: str) -> None:
    assert rendered(template, value=None, name="<b>") == made


@pytest.mark.parametrize(
    ("used", "limit", "shown"),
    [
        (31, 100, 'class="p" d="M0 2h31"'),
        (90, 100, 'class="w" d="M0 2h90"'),
        (300, 100, 'class="w" d="M0 2h100"'),
        (0, 100, 'class="p" d="M0 2h0"'),
    ],
)
def test_a_meter_draws_the_eye_when_much_is_used(used: float, limit: float, shown: str) -> None:
    made = rendered("{% meter 'Connections' used limit %}", used=used, limit=limit)
    assert shown in made
    assert f'aria-label="Connections: {figures.percent(min(used / limit, 1.0))}"' in made


@pytest.mark.parametrize(("used", "limit"), [(1, 0), (1, None), (None, 1), (1, "x"), (1, -1)])
def test_there_is_no_meter_without_a_limit(used: object, limit: object) -> None:
    assert rendered("{% meter 'Connections' used limit %}", used=used, limit=limit) == ""


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("{{ 9999|count }} {{ 12204|count }} {{ 0.5|count }} {{ 'x'|count }}", "9999 12,204 0.5"),
        ("{{ 'idle_in_transaction'|word }}", "idle in transaction"),
        ("{{ value.states|listed }}", "3 idle, 1 active"),
        ("{{ value.list|listed }}", "1, two"),
        ("{{ value.queues|total:'length' }} {{ value.rows|total:'a.b' }} {{ value.states|total }}", "7 5 4"),
        ("{{ 300|over:300 }} {{ 299.9|over:300 }} {{ None|over:300 }} {{ 'x'|over:300 }}", "True False False False"),
        ("{% for row in value.rows|records:'a.b' %}{{ row.a.b }}{% endfor %}", "5"),
        ("{% for name, each in value.states|pairs %}{{ name }}={{ each }} {% endfor %}", "idle=3 active=1"),
    ],
)
def test_of_several_values(text: str, made: str) -> None:
    value = {
        "states": {"idle": 3, "active": 1},
        "list": [1, "two"],
        "queues": {"items": {"length": 3}, "mail": {"length": 4}, "odd": 7},
        "rows": [{"a": {"b": 5}}, {"a": 7}, 3],
    }
    assert rendered(text, value=value) == made


@pytest.mark.parametrize(
    ("used", "limit", "text", "share", "much"),
    [
        (31, 100, "31 <small>of 100", "h31", False),
        (80, 100, "80 <small>of 100", "h80", True),
        (120, 100, "120 <small>of 100", "h100", True),
        (31, None, "31", "", False),
        (31, 0, "31 <small>of 0", "", False),
    ],
)
def test_a_gauge_says_of_how_much_and_draws_the_eye_when_it_matters(
    used: object, limit: object, text: str, share: str, much: bool
) -> None:
    made = rendered("{% gauge 'Clients' used limit %}", used=used, limit=limit)
    assert text in made.replace("<bdi>", "").replace("</bdi>", "")
    assert (f'd="M0 2{share}"' in made) is bool(share)
    assert ('class="w"' in made) is much


def test_a_gauge_without_a_figure_is_nothing() -> None:
    assert rendered("{% gauge 'Clients' used 100 %}", used="x") == ""


def test_what_warns_says_so_in_a_word_and_a_shape() -> None:
    made = rendered("{% fact 'Invalid' 3 warns=True %}")
    assert 'class="is-warn"' in made
    assert "#mark-warn" in made
    assert "Warning:" in made
