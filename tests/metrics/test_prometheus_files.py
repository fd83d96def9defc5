"""The alert rules and the dashboard that ship: sound by Prometheus' own tools, and of series that there are."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import status
from status.core.states import State
from status.formats.metrics import exposition
from status.formats.metrics.catalogue import CATALOGUE
from status.formats.metrics.metric import Metric, Sheet
from tests.conftest import REQUIRE_ALL
from tests.servers.process import find_program

FILES = Path(status.__file__).parent / "prometheus"
ALERTS, TRIED = FILES / "alerts.yml", FILES / "alerts.test.yml"
DASHBOARD: dict[str, Any] = json.loads((FILES / "dashboard.json").read_text())
BY_NAME = {metric.name: metric for metric in CATALOGUE}
OF_PROMETHEUS = {"job", "instance"}
"""Labels that each target has."""


def promtool(*arguments: str | Path) -> str:
    done = run_promtool(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_promtool(*arguments: str | Path, given: bytes = b"") -> subprocess.CompletedProcess[str]:
    program = find_program("promtool")
    if program is None:
        (pytest.fail if REQUIRE_ALL else pytest.skip)("promtool is not installed (apt-get install prometheus)")
    return subprocess.run(
        [str(program), *map(str, arguments)], input=given.decode(), capture_output=True, text=True, timeout=60
    )


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def expressions() -> Iterator[str]:
    for rule in rules():
        yield rule["expr"]
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]


def complaints(*metrics: Metric, text: str = "it") -> str:
    """What promtool has to say of these metrics in the older text format, each with one series."""
    sheet = Sheet()
    for metric in metrics:
        sheet.put(metric, [text] * len(metric.labels), 1.5)
    body, _ = exposition.write(sheet.families(), "text/plain")
    assert body.count(b"# TYPE ") == len(metrics)
    done = run_promtool("check", "metrics", given=body)
    assert bool(done.returncode) is bool(done.stderr)
    return done.stderr


@pytest.mark.parametrize("text", ["it", "", 'a"b\\c{}=,', "two\nlines", "é\u202e", "x" * 10_000])
def test_all_that_is_told_is_well_formed_and_well_named_to_prometheus(text: str) -> None:
    assert complaints(*CATALOGUE, text=text) == ""


@pytest.mark.parametrize(
    ("metric", "complaint"),
    [
        (Metric("django_status_it_total", "It."), 'non-counter metrics should not have "_total" suffix'),
        (Metric("django_status_it_milliseconds", "It."), 'use base unit "seconds"'),
        (Metric("django_status_it", ""), "no help text"),
    ],
)
def test_what_is_named_ill_prometheus_would_complain_of(metric: Metric, complaint: str) -> None:
    """So that its silence says something."""
    assert complaint in complaints(metric)


def test_the_rules_are_sound() -> None:
    assert f"{len(rules())} rules found" in promtool("check", "rules", ALERTS)


def test_each_alert_fires_when_it_should() -> None:
    promtool("test", "rules", TRIED)
    tried = {
        test["alertname"] for each in yaml.safe_load(TRIED.read_text())["tests"] for test in each["alert_rule_test"]
    }
    assert tried == {rule["alert"] for rule in rules()}


def test_expressions_are_of_metrics_that_there_are() -> None:
    names = {name for expression in expressions() for name in re.findall(r"\bdjango_status_\w+", expression)}
    assert names
    assert names <= set(BY_NAME)


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_labels_in_selectors_are_those_of_the_metric(expression: str) -> None:
    for name, selector in re.findall(r"\b(django_status_\w+)\{([^}]*)\}", expression):
        labels = dict(re.findall(r'(\w+)=~?"([^"]*)"', selector))
        assert labels.keys() <= {*BY_NAME[name].labels, *OF_PROMETHEUS}
        assert labels.get("state", "pass") in {state.value for state in State}


def test_prometheus_can_parse_what_the_dashboard_asks(tmp_path: Path) -> None:
    """As rules, since its tool takes expressions in no other form."""
    plain = (each.replace("$__rate_interval", "5m") for each in expressions() if not each.startswith("label_values"))
    listed = [{"record": f"it:{at}", "expr": expression} for at, expression in enumerate(plain)]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": listed}]}))
    promtool("check", "rules", file)


def test_the_dashboard_asks_the_data_source_that_is_chosen() -> None:
    variables = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert set(re.findall(r"\$(\w+)", " ".join(expressions()))) <= {*variables, "__rate_interval"}
    for panel in DASHBOARD["panels"]:
        for asked in (panel, *panel.get("targets", ())) if panel["type"] != "row" else ():
            assert asked["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_panels_have_names_of_their_own_and_do_not_overlap() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({panel["title"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_the_dashboard_is_of_a_grafana_of_today() -> None:
    assert DASHBOARD["schemaVersion"] >= 39  # Grafana 11
    assert {panel["type"] for panel in DASHBOARD["panels"]} <= {"row", "stat", "table", "timeseries", "state-timeline"}
