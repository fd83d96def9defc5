"""The page of one check."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from django.http import Http404
from django.test import AsyncClient, Client, RequestFactory, override_settings
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from status import Provider
from status.core.states import State
from status.engine import engine
from status.recent.entry import Cell
from status.recent.minutes import Minutes
from status.recent.store import Store
from status.recent.story import CELL_S
from status.website import past, views
from status.website.addresses import LONGEST, Address, path_of
from status.website.bars import bars
from status.website.chart import HEIGHT, WIDTH, chart
from tests.recent.conftest import entry

HERE = "tests.website.providers"
NASTY = "a/b <i>'\"&%?#\u202e\U0001f600"
HEALTH: list[object] = [
    Provider(
        "databases",
        f"{HERE}.databases",
        description="Reads fall back to the primary.",
        runbook="https://wiki.example/replica-lost",
        fail_after=1,
        timeout=1.5,
    ),
    Provider(
        "broken", f"{HERE}.failing", (7, "s3cret-of-the-test"), {"password": "hunter2", "host": "db"}, label="Broken"
    ),
    ("certificate", f"{HERE}.warning"),
    ("nasty", lambda: {NASTY: True, "..": True, "x" * 500: True}),
    ("celery", f"{HERE}.workers"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(past, "PATIENCE_S", 10.0)  # what is slow here is the machine
    with override_settings(
        DEBUG=True,
        STATUS_RUNTIME_DIR=tmp_path / "site",
        STATUS_PROVIDERS={"health": HEALTH, "stats": [("code", f"{HERE}.code")]},
    ):
        engine().restart()
        yield tmp_path / "site"
    engine().recorder.reset()


def get(path: str, **options: Any) -> Any:
    return Client().get(f"/status/{path}", **options)


def told(path: str) -> str:
    response = get(path)
    assert response.status_code == 200
    return str(response.content.decode())


def test_says_how_it_is_why_and_what_to_do(folder: Path) -> None:
    now = time.time()
    Store(folder).write(
        [
            entry(now - 1200, reference="health/databases/replica"),
            *(
                entry(now - step, State.FAIL, reference="health/databases/replica", error="the replica is lost")
                for step in range(840, 0, -30)
            ),
        ]
    )
    page = told("health/databases/replica")
    assert "<title>databases/replica fails · Status</title>" in page
    assert "<h1><bdi>databases/<wbr>replica fails</bdi></h1>" in page
    assert "ConnectionError: the replica is lost" in page
    assert "Reads fall back to the primary." in page
    assert 'href="https://wiki.example/replica-lost"' in page
    assert re.search(r">14 min</time>", page)
    assert "last passed 20 min ago" in page
    assert re.search(r"14 min ago</time>.*?from pass to .*?fail.*?the replica is lost", page, re.DOTALL)
    assert page.count('<svg class="chart"') == 1
    assert re.search(r'<span class="scale" aria-hidden="true">[\d.]+ m?s</span>', page)
    assert re.search(r'aria-label="In 1\d minutes observed of the last hour: 1\d minutes failing"', page)


def test_says_how_it_is_checked(folder: Path) -> None:
    page = unescape(told("health/databases/replica"))
    for fact in ("health/databases/replica", f"{HERE}.databases", "1.5 s", "1.0 s", "1 failure", "1 pass"):
        assert fact in page


def test_tells_no_secret_of_its_configuration(folder: Path) -> None:
    page = told("health/broken")
    assert "hunter2" not in page
    assert "s3cret-of-the-test" not in page
    assert re.search(r"Arguments.*?<bdi>int, str</bdi>", page, re.DOTALL)
    assert re.search(r"<bdi>host</bdi>.*?<bdi>db</bdi>", page, re.DOTALL)
    assert "********" in page


def test_that_of_a_provider_with_components_lists_them(folder: Path) -> None:
    page = told("health/databases")
    assert re.findall(r'class="name" title="health/(.*?)"', page) == ["databases/replica", "databases/default"]
    assert "1 of 2 checks fails" in page
    assert "broken" not in page.partition("<main")[2]
    assert "Reads fall back" in page
    assert "Reads fall back" not in told("health/celery")  # which is of the databases


@pytest.mark.parametrize("path", ["", "health/", "health/databases"])
def test_each_row_leads_to_its_page_and_that_back(folder: Path, path: str) -> None:
    page = told(path)
    client = Client()
    links = re.findall(r'<a href="([^"]*)" class="name"', page)
    assert links
    for link in links:
        target = urljoin(f"/status/{path}", unescape(link))
        assert client.get(target).status_code == 200, target
        back = re.search(r'class="crumb"><a href="([^"]*)"', str(client.get(target).content.decode()))
        assert back
        assert urljoin(target, unescape(back[1])) == "/status/health/"


def test_names_can_be_anything(folder: Path) -> None:
    page = told("health/")
    links = re.findall(r'<a href="\.\./(health/nasty/[^"]*)" class="name"', page)
    assert links == [f"health/{path_of(f'nasty/{NASTY}')}"]  # neither "..", nor one without an end
    found = told(unescape(links[0]))
    assert "&lt;i&gt;" in found
    assert "<i>" not in found


@pytest.mark.parametrize(
    "path",
    [
        *("health/none", "health/databases/none", "health/databases/replica/none", "health/databases/", "stats/code"),
        *("health/ping/../broken", "health//databases", "none/databases"),
    ],
)
def test_of_what_there_is_not_the_site_says_so_itself(folder: Path, path: str) -> None:
    expected = 200 if path == "health/databases/" else 404
    assert get(path).status_code == expected


def test_of_a_component_whose_provider_fails_as_a_whole_it_is_the_providers(folder: Path) -> None:
    # As of a page that was open when that began.
    page = told("health/broken/part")
    assert "Broken fails" in page
    assert "TypeError" in page


def test_under_asgi(folder: Path) -> None:
    response: Any = asyncio.run(AsyncClient().get("/status/health/databases/replica"))
    assert "databases/replica fails" in response.content.decode()


def test_its_url_has_a_name(folder: Path) -> None:
    assert reverse("status:check_health", kwargs={"check": "databases/replica"}) == "/status/health/databases/replica"


class TestWhoMaySeeWhat:
    @pytest.fixture(autouse=True)
    def _stranger(self, folder: Path) -> Iterator[None]:
        with override_settings(DEBUG=False, STATUS_ACCESS={"health": "states"}):
            yield

    def test_a_stranger_is_told_the_state_alone(self) -> None:
        page = told("health/databases/replica")
        assert "databases/replica fails" in page
        for secret in ("replica is lost", "primary", "wiki", "1.5 s", HERE, '<svg class="bars"', "took"):
            assert secret not in page

    def test_names_that_are_details_are_not_to_be_guessed(self) -> None:
        assert get("health/celery").status_code == 200
        with override_settings(
            STATUS_PROVIDERS={"health": [Provider("celery", f"{HERE}.workers", names_are_details=True)]}
        ):
            assert get("health/celery").status_code == 200
            assert get("health/celery/web@w1").status_code == get("health/celery/none@w9").status_code == 404

    @pytest.mark.parametrize(("level", "code"), [("private", 401), ("hidden", 404)])
    def test_who_may_not_see_the_resource_sees_no_check_of_it(self, level: str, code: int) -> None:
        with override_settings(STATUS_ACCESS={"health": level}):
            for path in ("health/databases/replica", "health/databases", "health/none"):
                assert get(path).status_code == code

    def test_who_may_not_see_it_is_not_told_whether_it_is_there(self) -> None:
        with override_settings(STATUS_ACCESS={"health": "private"}):
            pages = [get(path).content for path in ("health/broken", "health/absent")]
        assert pages[0] == pages[1]


class TestAddresses:
    @pytest.mark.parametrize(
        ("path", "below", "overview", "root"),
        [
            ("/status/", "", "/status/", "./"),
            ("/status/health/", "health", "/status/", "../"),
            ("/status/health", "health", "/status/", "./"),
            ("/status/health/a/b", "health/a/b", "/status/", "../../"),
            ("/status/health/a/b/", "health/a/b", "/status/", "../../../"),
            ("/health/a", "health/a", "/", "../"),
            ("/statushealth/", "health", "/status", "../status"),
            ("/statushealth/a", "health/a", "/status", "../status"),
            ("/st atus/health/a", "health/a", "/st atus/", "../"),
        ],
    )
    def test_everything_of_ours_is_found_from_each_page(self, path: str, below: str, overview: str, root: str) -> None:
        address = Address(path, below)
        assert (address.overview, address.root) == (overview, root)
        assert address.home == overview[: overview.rindex("/") + 1]

    @pytest.mark.parametrize(
        "reference", ["health/a/..", "health/./a", "health/a//b", "health/a/", "x" * (LONGEST + 1)]
    )
    def test_what_browsers_would_take_for_something_else_has_no_page(self, reference: str) -> None:
        assert path_of(reference) == ""


class TestTheChart:
    NOW = 1_800_000_000.0

    def cells(self, *took_s: float, worst: State = State.PASS, step: int = 1) -> list[Cell]:
        begin = self.NOW - len(took_s) * CELL_S * step
        return [Cell(begin + at * step * CELL_S, worst, each, each) for at, each in enumerate(took_s)]

    @pytest.mark.parametrize("took_s", [(), (0.1,)])
    def test_less_than_two_make_no_line(self, took_s: tuple[float, ...]) -> None:
        assert chart(self.cells(*took_s), 2.0, self.NOW) is None

    def test_a_deadline_far_above_is_not_drawn(self) -> None:
        made = chart(self.cells(0.01, 0.02, 0.01), 2.0, self.NOW)
        assert made is not None
        assert (made.limit, made.failed) == ("", "")
        assert made.label == "Took 10 ms as a rule and 20 ms at most in the last hour"

    def test_a_deadline_that_is_near_is(self) -> None:
        made = chart(self.cells(0.01, 2.0, 2.0, worst=State.FAIL), 2.0, self.NOW)
        assert made is not None
        assert made.limit.startswith("M0 ")
        assert made.failed.count("z") == 2  # minutes
        assert made.label.endswith("; the deadline is 2.0 s")

    @pytest.mark.parametrize("now", [NOW, NOW + 29, NOW + 59])
    def test_red_stands_where_the_bars_have_it(self, now: float) -> None:
        failed_at = self.NOW - 600
        cells = [Cell(failed_at + at * CELL_S, State.FAIL if at == 1 else State.PASS, 0.1, 0.1) for at in range(20)]
        minutes = Minutes()
        for cell in cells:
            minutes.add("health/it", cell.begins_at, cell.worst)
        made, drawn = chart(cells, 2.0, now), bars(minutes.of("health/it", now), "en", together=1)
        assert made is not None
        left, right = (float(each) / WIDTH for each in re.findall(r"M([\d.]+) 0H([\d.]+)", made.failed)[0])
        start, length = (int(each) for each in re.findall(r"M(\d+) 10h(\d+)", drawn.failed)[0])
        # A bar has a gap behind it.
        assert left == pytest.approx(start / (drawn.width + 1), abs=1e-3)
        assert right == pytest.approx((start + length + 1) / (drawn.width + 1), abs=1e-3)

    def test_what_is_before_the_bars_is_not_drawn(self) -> None:
        old = [Cell(self.NOW - 3600 + at, State.FAIL, 9.0, 9.0) for at in (0, 30)]
        made = chart([*old, *self.cells(0.1, 0.1)], 2.0, self.NOW + 30)
        assert made is not None
        assert (made.failed, made.limit, made.scale) == ("", "", "115 ms")

    def test_where_nobody_looked_the_line_breaks(self) -> None:
        close, far = (chart(self.cells(0.1, 0.1, 0.1, step=step), 2.0, self.NOW) for step in (1, 10))
        assert close is not None
        assert far is not None
        assert (close.line.count("M"), far.line.count("M")) == (1, 3)

    @given(st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from(State)), min_size=2, max_size=120))
    def test_nothing_is_drawn_outside(self, seen: list[tuple[float, State]]) -> None:
        cells = [
            replace(cell, worst=state)
            for cell, (_, state) in zip(self.cells(*(took_s for took_s, _ in seen)), seen, strict=True)
        ]
        made = chart(cells, 2.0, self.NOW)
        assert made is not None
        for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", made.line + made.failed + made.limit):
            assert 0 <= float(x) <= WIDTH
            assert 0 <= float(y) <= HEIGHT


def test_a_page_that_is_asked_for_by_hand_is_no_error(folder: Path) -> None:
    with pytest.raises(Http404):
        views.page(RequestFactory().get("/status/health/none"), "health", "none")
