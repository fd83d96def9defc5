"""`manage.py status … -f openmetrics`, as for the textfile collector of Prometheus' node exporter."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from tests.metrics import checks
from tests.metrics.reading import read, state, value


@pytest.fixture(autouse=True)
def _site() -> Iterator[None]:
    with override_settings(STATUS_PROVIDERS={"health": [("it", checks.measured), ("raises", checks.raises)]}):
        yield


def test_a_command_prints_the_same_series() -> None:
    out = io.StringIO()
    call_command("status", "health", "-f", "openmetrics", stdout=out)
    series = read(out.getvalue(), is_openmetrics=True)
    assert state(series, "health", "it", "left") == "fail"
    assert not [name for name in series if name.endswith("_total") or "answered" in name]


@pytest.mark.parametrize(("providers", "told"), [((), 1), (("it", "raises"), 1), (("it",), None)])
def test_of_a_part_of_a_resource_its_state_is_not_told_as_that_of_the_whole(
    providers: tuple[str, ...], told: float | None
) -> None:
    out = io.StringIO()
    call_command("status", "health", *providers, "-f", "openmetrics", stdout=out)
    series = read(out.getvalue(), is_openmetrics=True)
    assert state(series, "health", "it", "left") == "fail"
    assert value(series, "resource_state", resource="health", state="fail") == told


def test_where_the_output_takes_ascii_alone_it_is_printed_all_the_same() -> None:
    out: Any = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    with override_settings(STATUS_PROVIDERS={"health": [("it", lambda: {"é": True})]}):
        call_command("status", "health", "-f", "openmetrics", stdout=out)
    assert b"EOF" in out.buffer.getvalue()


def test_without_the_extra_it_says_which_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(CommandError, match=r"pip install django-status\[metrics\]") as raised:
        call_command("status", "health", "-f", "openmetrics", stdout=io.StringIO())
    assert raised.value.returncode == 2
