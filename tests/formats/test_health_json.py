"""`application/health+json`: each member as draft-inadarei-api-health-check-06 has it, as far as the caller may see."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client, override_settings
from jsonschema import Draft202012Validator

from status import Component, Provider, Report, State
from status.api import views
from status.formats import health_json, schemas
from status.formats.format import Showing, Style
from tests.asking import SERVERS, Site, body
from tests.formats.reports import FAIL, PASS, WARN, composed, judged, seen, shown

PING = ("ping", "status.providers.health.ping")
TOKEN = "s3cret-token-of-a-length"
FORMATS = Draft202012Validator.FORMAT_CHECKER
VALIDATOR = Draft202012Validator(schemas.load("health+json"), format_checker=FORMATS)


def told(*reports: Report, details: bool = True, root: str = "") -> Any:
    """What is written of these, read again and held against the schema."""
    showing = Showing(reports, frozenset(report.resource for report in reports) if details else frozenset(), root=root)
    document = json.loads(health_json.render(showing))
    VALIDATOR.validate(document)
    return document


def check(document: Any, measurement: str = "responseTime") -> Any:
    """What is told of this measurement of the only component."""
    [found] = [found for key, [found] in document["checks"].items() if key.endswith(f":{measurement}")]
    return found


def observed(check: Any) -> Any:
    return {name: entry for name, entry in check.items() if name.startswith("observed")}


# --- 3: the verdict -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "status"),
    [([], "pass"), ([PASS], "pass"), ([PASS, WARN], "warn"), ([WARN, FAIL, PASS], "fail")],
)
def test_status_is_the_worst_state(states: list[State], status: str) -> None:
    parts = [seen(f"health/it/{at}", state) for at, state in enumerate(states)]
    for details in (True, False):
        assert told(judged(*parts), details=details)["status"] == status


def test_what_is_not_judged_has_no_status_of_its_own() -> None:
    document = told(shown(seen("stats/it", value=1), seen("stats/raises", FAIL, failed=True, error="no")))
    assert document["status"] == "pass"
    assert all("status" not in each for [each] in document["checks"].values())
    assert {"output", "notes"}.isdisjoint(document)


WRONG = judged(
    seen("health/a", FAIL, failed=True, error="ConnectionError: closed"),
    seen("health/b", WARN, value=91.5, unit="%", detail="91 % used"),
    seen("health/c"),
)


def test_output_and_notes_say_why_it_does_not_pass() -> None:
    document = told(WRONG)
    assert document["notes"] == ["2 of 3 checks do not pass"]
    assert document["output"] == "health/a: ConnectionError: closed"


def test_a_stranger_is_told_that_it_does_not_pass_and_not_why() -> None:
    document = told(WRONG, details=False)
    assert document["notes"] == ["2 of 3 checks do not pass"]
    assert "output" not in document
    assert "closed" not in json.dumps(document)


def test_output_is_omitted_where_it_passes() -> None:
    document = told(judged(seen("health/it", detail="all 3 of them")))
    assert {"output", "notes"}.isdisjoint(document)
    assert "output" not in check(document)


def test_of_many_reasons_the_first_are_told_together() -> None:
    parts = [seen(f"health/it/{at}", FAIL, error=f"no {at}") for at in range(50)]
    output = told(judged(*parts))["output"]
    assert output.startswith("health/it/0: no 0; ")
    assert output.endswith("health/it/19: no 19; and 30 more")


SITE = {
    "title": "Shop",
    "id": "shop-1",
    "description": "Sells things, by redis://:hunter2@queue.example",
    "version": 4,
    "release": "4.2.1",
}


def test_who_says_so_is_told_to_everybody_and_which_release_to_whom_details_are_told() -> None:
    known = {"serviceId": "shop-1", "description": "Sells things, by redis://:********@queue.example"}
    members = ("serviceId", "description", "version", "releaseId")
    with override_settings(STATUS_SITE=SITE):
        for details, expected in ((False, known), (True, {**known, "version": "4", "releaseId": "4.2.1"})):
            document = told(judged(), details=details)
            assert {name: document[name] for name in members if name in document} == expected


def test_nothing_is_made_up_where_the_project_says_nothing() -> None:
    with override_settings(STATUS_SITE={}, PROJECT_PATH=None, BASE_DIR=None):
        assert told(judged()) == {"status": "pass", "checks": {}}


# --- 4: the checks ------------------------------------------------------------------------------------------------


TOOK = {"observedValue": 1.5, "observedUnit": "ms"}


@pytest.mark.parametrize(
    ("value", "unit", "key", "said"),
    [
        (91.5, "%", "utilization", {"observedValue": 91.5, "observedUnit": "%"}),
        (7, "connections", "connections", {"observedValue": 7, "observedUnit": "connections"}),
        (7, "messages", "value", {"observedValue": 7, "observedUnit": "messages"}),
        (12, None, "value", {"observedValue": 12}),
        (0, None, "value", {"observedValue": 0}),
        (12, "", "value", {"observedValue": 12}),
        ("4.2.1", None, "value", {"observedValue": "4.2.1"}),
        ([1, {"a": None}], None, "value", {"observedValue": [1, {"a": None}]}),
        (False, "open", "value", {"observedValue": False, "observedUnit": "open"}),
    ],
)
def test_a_value_is_told_under_what_it_measures_beside_how_long_it_took(
    value: Any, unit: Any, key: str, said: Any
) -> None:
    each = seen("health/it/a", FAIL, value=value, unit=unit, error="too many")
    document = told(judged(composed("health/it", each)))
    assert list(document["checks"]) == [f"health/it/a:{key}", "health/it/a:responseTime"]
    measured, took = check(document, key), check(document)
    assert (observed(measured), observed(took)) == (said, TOOK)
    # All else is the component's, whatever is measured of it.
    rest = {"componentId": "health/it/a", "componentType": "component", "status": "fail", "output": "too many"}
    for one in (measured, took):
        assert {name: entry for name, entry in one.items() if name not in observed(one)} == {
            **rest,
            "time": "1970-01-01T00:00:00.000Z",
        }
    strange = told(judged(composed("health/it", each)), details=False)
    assert list(strange["checks"]) == ["health/it/a:responseTime"]
    assert observed(check(strange)) == {}


@pytest.mark.parametrize(("value", "unit"), [(True, None), (False, None), (None, None), (None, "%")])
def test_of_what_says_no_more_than_its_state_it_is_told_how_long_it_took(value: Any, unit: Any) -> None:
    document = told(judged(composed("health/it", seen("health/it/a", value=value, unit=unit))))
    assert list(document["checks"]) == ["health/it/a:responseTime"]
    assert observed(check(document)) == TOOK


@pytest.mark.parametrize("value", [{"commit": ["a", None, 1.5]}, True, 0, ""])
def test_of_what_is_not_judged_any_value_is_told(value: Any) -> None:
    document = told(shown(seen("stats/code", value=value)))
    assert list(document["checks"]) == ["stats/code:value", "stats/code:responseTime"]
    assert (observed(check(document, "value")), observed(check(document))) == ({"observedValue": value}, TOOK)


def test_a_component_without_a_unit_is_told_in_full_through_the_api() -> None:
    def queue() -> dict[str, Component]:
        return {"orders": Component(FAIL, 12, None, "too many")}

    with override_settings(STATUS_PROVIDERS={"health": [("queue", queue)]}, STATUS_TOKENS=[TOKEN]):
        document = Client().get("/status/api/health/queue", **TRUSTED).json()
    VALIDATOR.validate(document)
    assert list(document["checks"]) == ["health/queue/orders:value", "health/queue/orders:responseTime"]
    value, took = check(document, "value"), check(document)
    assert (value["observedValue"], took["observedUnit"]) == (12, "ms")
    for one in (value, took):
        assert (one["status"], one["output"]) == ("fail", "too many")
        assert one["links"] == {"self": "http://testserver/status/api/health/queue"}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("a:b", "health/it/a%3Ab:responseTime"),
        ("a%3Ab", "health/it/a%253Ab:responseTime"),
        ("a/b \"'\n\\é\u202e", "health/it/a/b \"'\n\\é\u202e:responseTime"),
        ("::", "health/it/%3A%3A:responseTime"),
    ],
)
def test_a_key_has_one_colon(name: str, key: str) -> None:
    document = told(judged(composed("health/it", seen(f"health/it/{name}"))))
    assert list(document["checks"]) == [key]
    assert check(document)["componentId"] == f"health/it/{name}"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("databases", "datastore"), ("caches", "datastore"), ("disk", "system"), ("ping", "component")],
)
def test_the_type_is_one_of_the_draft_s_three(name: str, kind: str) -> None:
    for details in (True, False):
        assert check(told(judged(seen(f"health/{name}")), details=details))["componentType"] == kind


def test_time_is_when_it_was_observed() -> None:
    assert check(told(judged(seen("health/it"))))["time"] == "1970-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("fields", "output"),
    [
        ({"state": FAIL, "error": "ConnectionError: closed", "detail": "a detail"}, "ConnectionError: closed"),
        ({"state": WARN, "detail": "91 % used"}, "91 % used"),
        ({"state": FAIL}, None),
    ],
)
def test_a_check_says_why_it_does_not_pass(fields: Any, output: str | None) -> None:
    each = judged(seen("health/it", **fields))
    assert check(told(each)).get("output") == output
    assert "output" not in check(told(each, details=False))


def test_what_is_not_judged_says_why_it_gave_nothing_to_whom_details_are_told() -> None:
    each = shown(seen("stats/it", FAIL, failed=True, error="ValueError: no"))
    assert check(told(each))["output"] == "ValueError: no"
    assert {*check(told(each, details=False))} == {"componentId", "componentType", "time"}


def test_names_that_are_details_are_not_told_to_strangers() -> None:
    each = judged(composed("health/it", seen("health/it/worker@host", FAIL), names_are_details=True))
    assert list(told(each)["checks"]) == ["health/it/worker@host:responseTime"]
    document = told(each, details=False)
    assert list(document["checks"]) == ["health/it:responseTime"]
    assert "host" not in json.dumps(document)


def test_it_can_be_written_for_people() -> None:
    showing = Showing((judged(seen("health/é")),), style=Style(indented=True, ascii_only=True))
    text = health_json.render(showing).decode("ascii")
    assert text.startswith('{\n  "status": "pass",\n')
    assert text.endswith("}\n")


# --- 4.9: links, and 9: for how long ------------------------------------------------------------------------------


@pytest.fixture(params=SERVERS)
def site(request: pytest.FixtureRequest) -> Site:
    return Site(request.param)


HEALTH: Any = {"headers": {"Accept": "application/health+json"}}
TRUSTED: Any = {"headers": {"Accept": "application/health+json", "Authorization": f"Bearer {TOKEN}"}}


def configured(*entries: Any, **more: Any) -> Any:
    return override_settings(STATUS_PROVIDERS={"health": [*entries]}, STATUS_TOKENS=[TOKEN], **more)


@pytest.mark.parametrize("path", ["api/", "api/health", "api/health/ping", "api/health/ping/"])
def test_each_check_links_to_its_own_place(path: str, site: Site) -> None:
    with configured(PING):
        document = body(site(path, **HEALTH))
        VALIDATOR.validate(document)
        assert check(document)["links"] == {"self": "http://testserver/status/api/health/ping"}
        assert Client().get(check(document)["links"]["self"]).status_code == 200


def test_links_are_below_the_place_and_the_host_that_were_asked() -> None:
    with configured(PING, ALLOWED_HOSTS=["*"], STATUS_TTL=60):
        for host, script, prefix in (
            ("a.example", "", "http://a.example"),
            ("b.example", "/é {x}", "http://b.example/%C3%A9%20%7Bx%7D"),
            ("a.example", "", "http://a.example"),
        ):
            client = Client(SCRIPT_NAME=script.encode().decode("latin-1"), HTTP_HOST=host)
            document = client.get("/status/api/health?format=health%2Bjson").json()
            assert check(document)["links"] == {"self": f"{prefix}/status/api/health/ping"}


def test_what_is_kept_does_not_grow_with_the_hosts_that_are_asked() -> None:
    with configured(PING, ALLOWED_HOSTS=["*"], STATUS_TTL=60):
        views._told.clear()
        for number in range(10):
            assert Client(HTTP_HOST=f"{number}.example", **HEALTH).get("/status/api/health").status_code == 200
        assert len(views._told) == 1


def test_under_a_host_that_is_not_the_project_s_there_are_no_links(site: Site) -> None:
    with configured(PING, ALLOWED_HOSTS=["shop.example"], MIDDLEWARE=[]):
        response = site("api/health", **HEALTH)
    assert response.status_code == 200
    assert "links" not in check(body(response))


@pytest.mark.parametrize(
    ("runbook", "link"),
    [
        ("https://wiki.example/a?b=c#d", "https://wiki.example/a?b=c#d"),
        ("https://wiki.example/é", "https://wiki.example/%C3%A9"),
        (
            "https://ada:hunter2@wiki.example/?api_key=hunter2&a=1",
            "https://ada:********@wiki.example/?api_key=********&a=1",
        ),
        # No URI, or of no web.
        ("", None),
        ("/wiki/a", None),
        ("ask Ada", None),
        ("javascript:alert(1)", None),
        ("https://wiki.example/%zz", None),
        ("https://wiki.example/a#b#c", None),
        ("https://wiki.example/\udc80", "https://wiki.example/%EF%BF%BD"),
    ],
)
def test_a_runbook_is_a_link_for_whom_details_are_told(runbook: str, link: str | None) -> None:
    provider = Provider("it", "status.providers.health.ping", runbook=runbook)
    each = judged(seen("health/it", value=12))
    with configured(provider):
        document = told(each, root="https://shop.example/")
        for measurement in ("value", "responseTime"):
            assert check(document, measurement).get("links", {}).get("help") == link
        assert "help" not in check(told(each, root="https://shop.example/", details=False))["links"]


def look() -> dict[str, Component]:
    return {"one": Component(PASS), "two": Component(WARN)}


@pytest.mark.parametrize("ttl", [0.0, 1.0, 30.0, 3600.0])
def test_it_is_fresh_for_no_longer_than_its_ttl(ttl: float, site: Site) -> None:
    with configured(Provider("it", look, ttl=ttl), Provider("day", look, ttl=86_400)):
        for _ in range(2):
            header = site("api/health", **HEALTH).headers["Cache-Control"]
            kind, _, age = header.partition(", max-age=")
            assert kind == "private"
            assert max(ttl - 10, 0) <= int(age) <= ttl


def test_a_clock_that_was_set_back_makes_nothing_fresh_for_longer() -> None:
    later = replace(seen("health/it"), observed_at=time.time() + 3_600)
    with configured(Provider("it", look, ttl=30)):
        assert health_json.headers(Showing((judged(later),)))["Cache-Control"] == "private, max-age=30"


def test_each_component_with_a_check_of_its_own_counts() -> None:
    now = time.time()
    parts = [replace(seen(f"health/databases/{name}"), observed_at=now - age) for name, age in (("a", 0), ("b", 20))]
    whole = replace(composed("health/databases", *parts), observed_at=now)
    with configured(Provider("databases", "status.providers.django.health.databases", ttl=30)):
        # Of a database that there is not any more nothing is known.
        assert health_json.headers(Showing((judged(whole),)))["Cache-Control"] == "private, max-age=0"
        kept = replace(whole, components=(replace(parts[1], reference="health/databases/default"),))
        age = int(health_json.headers(Showing((judged(kept),)))["Cache-Control"].rpartition("=")[2])
        assert 5 <= age <= 10


def test_what_looks_at_nothing_has_nothing_to_be_fresh() -> None:
    assert health_json.headers(Showing((judged(),))) == {}


# --- the schema ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"status": "ok", "checks": {}},
        {"status": "pass", "checks": {}, "output": "well"},
        {"status": "pass", "checks": {"a/b": []}},
        {"status": "pass", "checks": {"a/b:c:value": []}},
        {"status": "pass", "checks": {"a/b:value": [{}]}},
        {"status": "pass", "checks": {}, "more": 1},
    ],
)
def test_the_schema_takes_no_other_document(document: Any) -> None:
    assert not VALIDATOR.is_valid(document)


def test_formats_are_looked_at_too() -> None:
    assert {"date-time", "uri"} <= FORMATS.checkers.keys()
