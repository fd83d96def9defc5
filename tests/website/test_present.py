from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from status import Observation, Provider, Report, State
from status.recent.minutes import Minutes
from status.recent.story import Story
from status.website import present, wording
from status.website.about import About
from status.website.cards import values
from status.website.present import Checks, Row, Seen, anchor, checks
from status.website.templates import render
from status.website.tree import MOST, WIDEST, Node, tree
from status.website.verdict import MOST_NAMED, verdict
from tests.recent.conftest import hour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from status.core.observation import Json
    from status.website.verdict import Verdict

NOW = 1_800_000_000.0


def seen(reference: str = "health/ping", state: State | str = State.PASS, **fields: Any) -> Observation:
    fields = {"observed_at": NOW - 4, "duration_s": 0.0012, "since": NOW - 840, **fields}
    return Observation(reference, reference.split("/", 2)[-1], State(state), **fields)


def whole(name: str, *parts: Observation, state: State | str = State.PASS) -> Observation:
    return replace(seen(f"health/{name}", state), components=parts, composed=True)


def section(*observations: Observation, details: bool = True, **providers: Provider) -> Checks:
    return checks(Seen(Report("health", observations), details, providers), NOW)


def row(observation: Observation, provider: Provider | None = None, *, details: bool = True) -> Row:
    [only] = section(observation, details=details, **({provider.name: provider} if provider else {})).rows
    return only


def workers() -> Observation:
    """A provider whose components' names are details."""
    parts = seen("health/celery/web@w1"), seen("health/celery/mail@w2", "fail", error="no answer")
    return replace(whole("celery", *parts, state="fail"), names_are_details=True)


def said(*states: str) -> Verdict:
    return verdict([section(*(seen(f"health/check-{at:02}", state) for at, state in enumerate(states)))], NOW)


class TestTheSentence:
    @pytest.mark.parametrize(
        ("states", "sentence", "title"),
        [
            (["pass"] * 9, "All 9 checks pass", "All 9 checks pass"),
            (["pass"], "The only check passes", "The only check passes"),
            (["fail"], "The only check fails: check-00", "(1) The only check fails"),
            (["pass", "fail", "fail"], "2 of 3 checks fail: check-01, check-02", "(2) 2 of 3 checks fail"),
            (["pass", "warn", "pass"], "1 of 3 checks warns: check-01", "(1) 1 of 3 checks warns"),
            (["warn", "fail"], "1 of 2 checks fails: check-01", "(1) 1 of 2 checks fails"),
            (["fail", "fail"], "All 2 checks fail: check-00, check-01", "(2) All 2 checks fail"),
            ([], "Nothing is checked yet", "Nothing is checked yet"),
        ],
    )
    def test_says_how_many_and_which(self, states: list[str], sentence: str, title: str) -> None:
        assert said(*states).sentence == sentence
        assert said(*states).title == title

    def test_names_a_few_and_counts_the_rest(self) -> None:
        told = said(*["fail"] * 20, "pass")
        assert len(told.named) == MOST_NAMED
        assert told.sentence.endswith("check-05 and 14 more")

    @pytest.mark.parametrize(
        ("states", "also"), [("fw", "1 more warns"), ("fww", "2 more warn"), ("fp", ""), ("wp", "")]
    )
    def test_counts_the_warnings_beside_failures(self, states: str, also: str) -> None:
        assert said(*({"f": "fail", "w": "warn", "p": "pass"}[state] for state in states)).also == also

    def test_has_the_age_of_the_oldest(self) -> None:
        sections = [section(seen(observed_at=NOW - 4)), section(seen(observed_at=NOW - 70))]
        assert verdict(sections, NOW).age == "1 min ago"

    def test_names_the_resource_where_there_are_several(self) -> None:
        sections = [section(seen(state="fail")), section(seen())]
        assert verdict(sections, NOW).sentence == "1 of 2 checks fails: health/ping"

    def test_counts_each_component(self) -> None:
        databases = whole("databases", seen("health/databases/a"), seen("health/databases/b", "fail"), state="fail")
        assert verdict([section(databases, seen())], NOW).sentence == "1 of 3 checks fails: databases/b"

    def test_counts_and_names_a_provider_once_whose_components_may_not_be_named(self) -> None:
        found = section(workers(), seen(), details=False)
        told = verdict([found], NOW)
        assert (told.sentence, told.title) == ("1 of 2 checks fails: celery", "(1) 1 of 2 checks fails")
        assert [each.since for each in told.named] == [""]
        assert verdict([section(workers(), seen())], NOW).sentence == "1 of 3 checks fails: celery/mail@w2"

    def test_that_nothing_was_observed_is_never_a_pass(self) -> None:
        assert verdict([], NOW).state == "none"


class TestTheLastHour:
    """What was read while the checks ran, and what they found meanwhile."""

    @staticmethod
    def hour(observation: Observation, *states: State) -> bytes:
        """The end of its hour, where the minutes up to NOW are read to have been in these states."""
        minutes = Minutes()
        for ago, state in enumerate(reversed(states)):
            minutes.add(observation.reference, NOW - ago * 60, state)
        return present.last_hour(observation, Story(minutes), NOW)[-3:]

    def test_has_what_became_worse_just_now(self) -> None:
        lost = seen(state="fail", observed_at=NOW)
        assert self.hour(lost, State.PASS, State.PASS, State.PASS) == hour(State.PASS, State.PASS, State.FAIL)
        assert self.hour(lost) == hour(None, None, State.FAIL)

    def test_has_it_in_the_minute_in_which_it_was_observed(self) -> None:
        lost = seen(state="fail", observed_at=NOW - 61)
        assert self.hour(lost, State.PASS, State.PASS, State.PASS) == hour(State.FAIL, State.PASS, State.PASS)

    def test_is_left_as_it_is_where_it_knows_as_much(self) -> None:
        lost, back = seen(state="fail", observed_at=NOW), seen(observed_at=NOW)
        assert self.hour(lost, State.PASS, State.FAIL) == hour(None, State.PASS, State.FAIL)
        assert self.hour(back, State.FAIL, State.FAIL) == hour(None, State.FAIL, State.FAIL)

    @pytest.mark.parametrize("at", [NOW - 7200, NOW + 7200, float("nan")])
    def test_is_of_an_hour(self, at: float) -> None:
        assert self.hour(seen(state="fail", observed_at=at), State.PASS) == hour(None, None, State.PASS)


def test_a_summary_begins_with_the_worst() -> None:
    states = ["pass", "fail", "warn", "pass", "fail"]
    assert section(*(seen(f"health/{at}", state) for at, state in enumerate(states))).summary == (
        "2 fail · 1 warns · 2 pass"
    )


class TestARow:
    def test_has_what_was_observed_how_long_it_took_and_since_when(self) -> None:
        found = row(seen(value=61, unit="%"))
        assert (found.observed, found.took, found.since) == ("61 %", "1.2 ms", "14 min")
        assert found.since_at == wording.exact(NOW - 840)

    def test_of_a_failing_check_has_the_reason_and_what_to_do(self) -> None:
        provider = Provider("ping", print, label="The ping", description="Says pong.", runbook="https://wiki/ping")
        error = "OperationalError: connection timed out, no answer in 2 s"
        found = row(seen(state="fail", error=error, last_pass_at=NOW - 900, failures=3), provider)
        assert (found.name, found.error, found.runbook) == ("The ping", error, "https://wiki/ping")
        assert (found.passed, found.note) == ("last passed 15 min ago", "")

    def test_of_a_passing_check_is_calm(self) -> None:
        provider = Provider("ping", print, description="Says pong.", runbook="https://wiki/ping")
        found = row(seen(value=True), provider)
        assert not any((found.observed, found.error, found.note, found.passed, found.runbook, found.description))

    def test_is_the_same_whichever_process_saw_more_failures(self) -> None:
        first, second = (row(seen(state="fail", error="refused", failures=count)) for count in (9, 10))
        assert first == second

    def test_has_a_short_reason_in_its_own_line(self) -> None:
        found = row(seen(state="fail", error="no answer in 2 s"))
        assert (found.observed, found.error) == ("no answer in 2 s", "")

    def test_says_what_a_component_says_once(self) -> None:
        found = row(seen(state="warn", value=11, unit="days", detail="11 left", error="11 left", by_state=True))
        assert (found.observed, found.error) == ("11 days", "11 left")

    def test_says_a_passing_components_detail(self) -> None:
        assert row(seen(value=3, unit="ms", detail="quick", by_state=True)).observed == "3 ms · quick"

    def test_of_a_failing_check_that_is_not_critical_warns(self) -> None:
        found = row(seen(state="fail", critical=False))
        assert (found.state, found.note) == (State.WARN, "not critical")

    def test_without_the_right_to_details_has_the_state_alone(self) -> None:
        provider = Provider("ping", print, label="The ping", description="Says pong.", runbook="https://wiki/ping")
        secret = seen(state="fail", value=1, unit="%", detail="why", error="why", failures=2, last_pass_at=1.0)
        found = row(secret, provider, details=False)
        told = replace(found, id="", resource="", key="", kind="", path="", reference="", provider="", observed_at=0)
        assert told == Row("", "", "", "", "", "", State.FAIL, "fail")

    def test_without_the_right_to_details_is_the_providers_where_its_components_may_not_be_named(self) -> None:
        [only] = section(workers(), details=False).rows
        assert (only.reference, only.name, only.state) == ("health/celery", "celery", State.FAIL)
        assert only.id == anchor("health/celery")
        assert [each.name for each in section(workers()).rows] == ["celery/mail@w2", "celery/web@w1"]

    @pytest.mark.parametrize(
        "runbook", ["see the wiki", "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x"]
    )
    def test_never_links_to_what_is_no_web_address(self, runbook: str) -> None:
        found = row(seen(state="fail"), Provider("ping", print, runbook=runbook))
        assert (found.runbook, found.advice) == ("", runbook)

    def test_of_an_empty_mapping_says_so(self) -> None:
        found = row(whole("celery"))
        assert (found.name, found.observed, found.state) == ("celery", "no components", State.PASS)

    def test_is_there_for_a_provider_that_fails_while_its_components_pass(self) -> None:
        held = replace(whole("celery", seen("health/celery/w1"), state="fail"), error="failed before, pass 1 of 3")
        names = [(each.name, each.state) for each in section(held).rows]
        assert names == [("celery", State.FAIL), ("celery/w1", State.PASS)]

    def test_of_a_component_that_is_a_path_is_named_by_it(self) -> None:
        disk = whole("disk", seen("health/disk//"), seen("health/disk//srv/media", "fail"), state="fail")
        assert [each.name for each in section(disk).rows] == ["disk /srv/media", "disk /"]
        assert [each.reference for each in section(disk).rows] == ["health/disk//srv/media", "health/disk//"]
        assert verdict([section(disk)], NOW).sentence == "1 of 2 checks fails: disk /srv/media"

    def test_says_what_is_checked_on_the_first_that_does_not_pass_alone(self) -> None:
        shards = whole("shards", *(seen(f"health/shards/{name}", "fail") for name in "ab"), seen("health/shards/c"))
        provider = Provider("shards", print, description="One each region.", runbook="https://wiki/shards")
        rows = section(shards, shards=provider).rows
        assert [each.description for each in rows] == ["One each region.", "", ""]
        assert [each.runbook for each in rows] == ["https://wiki/shards", "https://wiki/shards", ""]

    def test_asks_each_provider_for_its_texts_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[str] = []

        def about_of(provider: Provider | None, name: str) -> About:
            asked.append(name)
            return About(name)

        monkeypatch.setattr(present, "about_of", about_of)
        shards = whole("shards", *(seen(f"health/shards/{at}", "fail") for at in range(100)))
        assert len(section(shards, seen()).rows) == 101
        assert asked == ["shards", "ping"]

    def test_keeps_its_anchor_when_the_order_changes(self) -> None:
        first = {each.name: each.id for each in section(seen("health/a"), seen("health/b")).rows}
        second = {each.name: each.id for each in section(seen("health/a"), seen("health/b", "fail")).rows}
        assert first == second

    def test_keeps_its_anchor_when_others_go_and_come(self) -> None:
        orders = whole("orders", seen("health/orders/by_shop"), seen("health/orders/waiting"))
        many = whole("a", *(seen(f"health/a/{name}") for name in "xyz"))
        before, after = (
            {each.name: each.id for each in section(a, orders).rows} for a in (many, whole("a", seen("health/a/z")))
        )
        assert {name: before[name] for name in after} == after
        assert len(set(before.values())) == len(before)


def outline(nodes: Sequence[Node]) -> list[str]:
    return [" ".join(part for part in (node.kind, node.key, node.text) if part) for node in nodes]


class TestTheTree:
    @pytest.mark.parametrize(
        ("value", "nodes"),
        [
            (42, ["leaf 42"]),
            (None, ["leaf none"]),
            ({}, ["leaf empty"]),
            ([1, 2, 3], ["leaf 1, 2, 3"]),
            ({"a": True, "b": ""}, ["leaf a yes", "leaf b empty"]),
            ({"a": {"b": 1}, "c": 2}, ["open a 1 entry", "leaf b 1", "close", "leaf c 2"]),
            ([{"a": 1}], ["open 0 1 entry", "leaf a 1", "close"]),
            ({"a": {"b": {"c": 1}}}, ["open a 1 entry", "open b 1 entry", "leaf c 1", "close", "close"]),
            ({"": 1}, ["leaf (no name) 1"]),
        ],
    )
    def test_has_a_leaf_a_value_and_a_branch_a_container(self, value: Json, nodes: list[str]) -> None:
        assert outline(tree(value, NOW)) == nodes

    def test_in_short_counts_what_is_in_a_branch(self) -> None:
        assert outline(tree({"a": {"b": 1}}, NOW, flat=True)) == ["leaf a 1 entry"]

    @pytest.mark.parametrize(("size", "more"), [(WIDEST, ""), (WIDEST + 1, ""), (WIDEST + 2, "more … 2 more")])
    def test_counts_what_a_level_has_no_room_for(self, size: int, more: str) -> None:
        last = outline(tree(list(range(size)), NOW))[-1]
        assert last == more if more else last.startswith("leaf")

    def test_counts_what_a_page_has_no_room_for(self) -> None:
        wide: Json = {f"k{at}": list(range(150)) for at in range(150)}
        nodes = tree(wide, NOW)
        assert len(nodes) < MOST + 5
        assert nodes[-1].kind == "more"

    def test_of_any_depth_is_walked(self) -> None:
        value: Json = "bottom"
        for _ in range(5000):
            value = [value, {}]
        assert len(tree(value, NOW)) > 100


class TestWording:
    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (0, "0.0 ms"),
            (0.0012, "1.2 ms"),
            (0.00996, "10 ms"),
            (0.062, "62 ms"),
            (0.9994, "999 ms"),
            (0.9996, "1.0 s"),
            (2.0, "2.0 s"),
            (9.96, "10 s"),
            (75, "1 min"),
            (-1, "0.0 ms"),
            (float("nan"), ""),
        ],
    )
    def test_of_durations(self, seconds: float, words: str) -> None:
        assert wording.duration(seconds) == words

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (0, "0 s"),
            (59, "59 s"),
            (840, "14 min"),
            (3599, "59 min"),
            (3600, "1 h"),
            (172_799, "47 h"),
            (3_542_400, "41 d"),
        ],
    )
    def test_of_spans(self, seconds: float, words: str) -> None:
        assert wording.span(seconds) == words

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (0, "0"),
            (27017, "27017"),
            (38_114_020, "38,114,020"),
            (-123_456, "-123,456"),
            (0.1 + 0.2, "0.3"),
            (2.0, "2"),
            (0.99312345, "0.993123"),
            (1_234_567.891, "1,234,567.9"),
            (1e-9, "1e-09"),
            (1e300, "1e+300"),
            (float("inf"), "inf"),
        ],
    )
    def test_of_numbers(self, value: float, words: str) -> None:
        assert wording.number(value) == words

    def test_of_text_shows_what_can_not_be_seen_and_says_what_is_missing(self) -> None:
        assert wording.shown("a\x00b\x1b[1m") == "a␀b␛[1m"
        assert wording.shown("x" * 5000) == "x" * 2000 + "… 3,000 more characters"
        assert wording.name(" \n ") == "(no name)"

    @pytest.mark.parametrize("url", ["https://a/b?c=d#e", "http://a", "/a/b", "a", "../a?b=c:d", "?a", "//cdn/a", "#a"])
    def test_lets_web_addresses_through(self, url: str) -> None:
        assert wording.safe_url(url) == url

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "javascript:x",
            "JAVASCRIPT:x",
            " javascript:x",
            "java\tscript:x",
            "\x01javascript:x",
            "vbscript:x",
            "http://[",
            "a b",
        ],
    )
    def test_lets_nothing_else_through(self, url: str) -> None:
        assert wording.safe_url(url) == ""

    def test_lets_an_image_in_itself_through_where_one_is_asked_for(self) -> None:
        assert wording.safe_url("data:image/png;base64,AA==", image=True)
        assert not wording.safe_url("data:text/html,x", image=True)


# Each foreign text begins as markup would, with a word that no template of ours has.
texts = st.builds("{}zq{}".format, st.sampled_from(["<", "</", '"', "'", "&", "{{", "{%", ""]), st.text(max_size=30))
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
trees: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=10) | st.dictionaries(texts, inner, max_size=10), max_leaves=30
)
times = st.floats() | st.none()


@st.composite
def observations(draw: st.DrawFn, depth: int = 0) -> Observation:
    parts = draw(st.lists(observations(depth=1), max_size=3)) if depth == 0 else []
    name = draw(texts)
    return Observation(
        reference=f"health/{name}",
        name=name,
        state=draw(st.sampled_from(State)),
        observed_at=draw(st.floats()),
        duration_s=draw(st.floats()),
        value=draw(trees),
        unit=draw(st.none() | texts),
        detail=draw(st.none() | texts),
        error=draw(st.none() | texts),
        failed=draw(st.booleans()),
        by_state=draw(st.booleans()),
        critical=draw(st.booleans()),
        since=draw(times),
        last_pass_at=draw(times),
        failures=draw(st.integers(0, 10**9)),
        components=tuple(parts),
        composed=bool(parts) or draw(st.booleans()),
        names_are_details=draw(st.booleans()),
    )


def bare(found: Observation) -> Observation:
    """What there is of it for who may see states alone."""
    parts = () if found.names_are_details else tuple(map(bare, found.components))
    states = Observation(found.reference, found.name, found.state, found.observed_at, 0.0, critical=found.critical)
    return replace(states, components=parts, composed=found.composed, names_are_details=found.names_are_details)


class Tags(HTMLParser):
    """The elements and attributes of a page, and whether it nests."""

    VOID = ("input", "meta", "link", "wbr", "img", "circle", "path", "use")

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(name for name, _ in attrs)}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(name for name, _ in attrs)}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@given(st.lists(observations(), max_size=4), st.booleans(), texts, texts)
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_was_observed_can_be_shown_and_is_escaped(
    found: list[Observation], details: bool, label: str, runbook: str
) -> None:
    providers = {each.name: Provider("p", print, label=label, description=label, runbook=runbook) for each in found}
    judged = checks(Seen(Report("health", tuple(found)), details, providers), NOW)
    shown = values(Seen(Report("stats", tuple(found), judged=False), details, providers), NOW)
    told = verdict([judged], NOW)
    frame = {"state": told.state, "title": told.title, "root": "./", "verdict": told}
    pages = [
        render("status/main.html", {**frame, "judged": [judged], "others": [shown]}).decode(),
        render("status/health.html", {**frame, "section": judged}).decode(),
        render("status/stats.html", {**frame, "section": shown}).decode(),
    ]
    for page in pages:
        assert not re.search(r"<[^>]*<|</?zq|'zq", page)
        tags = Tags()
        tags.feed(page)
        tags.close()
        assert not tags.open
        assert not [name for name in tags.found if name.startswith(("zq", "on", "style"))]
        assert page.count("<script") == 1  # ours


@given(st.lists(observations(), max_size=4), texts, texts)
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_without_details_nothing_but_states_and_harmless_names_changes_a_page(
    found: list[Observation], label: str, secret: str
) -> None:
    def pages(found: Sequence[Observation], text: str) -> list[bytes]:
        provider = Provider("p", print, label=label, description=text, runbook=text)
        providers = {each.name: provider for each in found}
        judged = checks(Seen(Report("health", tuple(found)), False, providers), NOW)
        shown = values(Seen(Report("stats", tuple(found), judged=False), False, providers), NOW)
        told = verdict([judged], NOW)
        frame = {"state": told.state, "title": told.title, "root": "./", "verdict": told}
        return [
            render("status/main.html", {**frame, "judged": [judged], "others": [shown]}),
            render("status/health.html", {**frame, "section": judged}),
            render("status/stats.html", {**frame, "section": shown}),
            repr(shown).encode(errors="surrogatepass"),  # a project's own template may show all of a card
        ]

    assert pages(found, secret) == pages([bare(each) for each in found], "")


def test_the_present_module_needs_no_settings_of_the_project() -> None:
    # What is shown depends on what comes in alone: no clock, no settings.
    assert not {"conf", "time", "settings"} & set(vars(present))
