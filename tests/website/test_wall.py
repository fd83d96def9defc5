"""The wall screen: which tiles there are, and for whom."""

from __future__ import annotations

import re

import pytest
from django.test import override_settings

from status import Observation, Provider, Report, State
from status.website.present import Checks, Seen, checks
from status.website.wall import CELLS, WIDEST, wall
from tests.website.test_pages import HERE, get, html, site, text, title

NOW = 1_800_000_000.0


def section(fail: int = 0, warn: int = 0, passing: int = 0) -> Checks:
    states = ["pass"] * passing + ["warn"] * warn + ["fail"] * fail
    found = tuple(
        Observation(f"health/c{at:05}", f"c{at:05}", State(state), NOW, 0.001) for at, state in enumerate(states)
    )
    return checks(Seen(Report("health", found), True, {}), NOW)


@pytest.mark.parametrize(
    ("fail", "warn", "passing", "tiles", "rest"),
    [
        (0, 0, 0, 0, ""),
        (0, 0, 1, 1, ""),
        (1, 0, 0, 1, ""),
        (2, 1, 57, 60, ""),
        (2, 1, 58, 3, "… 58 more, all passing"),
        (0, 0, 61, 0, ""),
        (0, 0, 5000, 0, ""),
        (60, 0, 4940, 60, "… 4,940 more, all passing"),
        (50, 20, 10, 60, "… 20 more, 10 of them in trouble"),
        (5000, 0, 0, 60, "… 4,940 more in trouble"),
    ],
)
def test_of_more_than_sixty_checks_those_that_do_not_pass_have_a_tile(
    fail: int, warn: int, passing: int, tiles: int, rest: str
) -> None:
    made = wall([section(fail, warn, passing)])
    assert (len(made.tiles), made.rest) == (tiles, rest)
    severities = [tile.state.severity for tile in made.tiles]
    assert severities == sorted(severities, reverse=True)


@pytest.mark.parametrize("fail", [0, 1, 2, 7, 60])
@pytest.mark.parametrize("warn", [0, 1, 3])
@pytest.mark.parametrize("passing", [0, 1, 5, 40])
def test_the_grid_is_about_as_wide_as_the_screen(fail: int, warn: int, passing: int) -> None:
    made = wall([section(fail, warn, passing)])
    cells = sum(CELLS[tile.state] for tile in made.tiles)
    assert 1 <= made.columns <= WIDEST
    if fail or warn:
        assert made.columns % 2 == 0
    rows = cells / made.columns
    assert rows <= made.columns + 2


@pytest.mark.parametrize(
    ("fail", "warn", "passing", "columns"), [(1, 0, 0, 2), (0, 1, 0, 2), (0, 0, 1, 1), (1, 0, 240, 2)]
)
def test_a_single_tile_has_the_screen_to_itself(fail: int, warn: int, passing: int, columns: int) -> None:
    assert wall([section(fail, warn, passing)]).columns == columns


def test_all_resources_share_it_and_the_worst_comes_first() -> None:
    made = wall([section(passing=2), section(fail=1, passing=1)])
    assert [tile.state for tile in made.tiles] == [State.FAIL, State.PASS, State.PASS, State.PASS]


class TestThePage:
    def test_says_the_sentence_and_every_check(self) -> None:
        with site():
            page = html("/status/?view=wall")
        said = text(page)
        assert "2 of 6 checks fail 1 more warns" in said
        assert title(page) == "(2) 2 of 6 checks fail · Status"
        assert page.count('<li class="tile is-fail"') == 2
        assert page.count('<li class="tile is-warn"') == 1
        assert page.count('<li class="tile is-pass"') == 3
        assert "the replica is lost" in said
        # Nothing that wants a hand.
        assert "<nav" not in page
        assert "<button" not in page
        assert "data-refresh" not in page

    def test_is_of_one_resource_too(self) -> None:
        with site():
            assert "2 of 6 checks fail" in text(html("/status/health/?view=wall"))

    @pytest.mark.parametrize("query", ["", "?view=", "?view=walls", "?view=wall%00", "?views=wall"])
    def test_any_other_view_is_the_page(self, query: str) -> None:
        with site():
            assert 'class="tile' not in html(f"/status/{query}")

    def test_more_parameters_than_django_reads_are_no_error(self) -> None:
        with site():
            assert 'class="tile' in html("/status/?view=wall&" + "a=1&" * 2_000)

    def test_what_is_not_judged_has_none(self) -> None:
        with site():
            assert 'class="tile' not in html("/status/stats/?view=wall")

    def test_the_overview_links_to_it(self) -> None:
        with site():
            assert '<a href="?view=wall">Wall screen</a>' in html()
            assert '<a href="?view=wall">Wall screen</a>' in html("/status/health/")
            assert "view=wall" not in html("/status/stats/")
            assert "view=wall" not in html("/status/health/ping")

    def test_a_stranger_sees_states_alone(self) -> None:
        with site(DEBUG=False, STATUS_ACCESS={"health": "states"}):
            page = html("/status/?view=wall")
        assert "replica" in page
        assert "is lost" not in page
        assert re.search("for [0-9]", text(page)) is None

    def test_a_stranger_who_may_see_nothing_sees_nothing(self) -> None:
        with site(DEBUG=False, STATUS_ACCESS={"health": "private"}):
            assert "Nothing is shown to you" in text(html("/status/?view=wall"))
            assert get("/status/health/?view=wall").status_code == 401

    def test_counts_what_has_no_tile(self) -> None:
        with site([("shards", f"{HERE}.many")], []):
            said = text(html("/status/?view=wall"))
        assert "… 4,999 more, all passing" in said

    def test_whatever_the_names_are(self) -> None:
        with site([("nasty", f"{HERE}.nasty"), Provider("broken", f"{HERE}.failing", label="<b>")], []):
            page = html("/status/?view=wall")
        assert "<script>alert" not in page
        assert "&lt;b&gt;" in page
        assert "<img" not in page

    def test_of_nothing_says_so(self) -> None:
        with override_settings(STATUS_PROVIDERS={}, DEBUG=True):
            assert "Nothing is checked yet" in text(html("/status/?view=wall"))
