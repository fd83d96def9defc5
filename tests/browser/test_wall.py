"""The wall screen on a real screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from status.website.wall import MOST_TILES
from tests.browser.conftest import Site
from tests.browser.pages import WALL
from tests.servers.web import GunicornThreads
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

SCREENS = [(1280, 720), (1920, 1080), (3840, 2160)]
SOON_MS = 25_000
_SETTINGS = """
DEBUG = True
STATUS_TTL = 0.1
STATUS_PROVIDERS = {{"health": [("shards", "tests.browser.checks.shards", [{counts!r}])], "stats": []}}
"""


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """How many checks fail, warn and pass."""
    return tmp_path_factory.mktemp("wall") / "counts"


@pytest.fixture(scope="module")
def crowd(counts: Path) -> Iterator[GunicornThreads]:
    counts.write_text("2 1 57")
    with GunicornThreads.serving(_SETTINGS.format(counts=str(counts))) as server:
        yield server


def open_wall(page: Page, crowd: GunicornThreads, counts: Path, said: str) -> None:
    """The wall of as many that fail, warn and pass. An answer is reused for 0.1 s: until it is a new one."""
    counts.write_text(said)
    fail, warn, passing = map(int, said.split())
    expected = (fail, warn, passing if fail + warn + passing <= MOST_TILES else 0)

    def shown() -> bool:
        page.goto(f"{crowd.url}?view=wall")
        return tuple(page.locator(f".tile.is-{state}").count() for state in ("fail", "warn", "pass")) == expected

    wait_until(shown, timeout_s=30)


def area(tile: Locator) -> float:
    box = tile.bounding_box()
    assert box is not None
    return box["width"] * box["height"]


@pytest.mark.parametrize("said", ["2 1 57", "0 0 60", "60 0 0", "0 0 1", "1 0 0", "3 2 4000"])
@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_it_fits_the_screen(
    browser: Browser, crowd: GunicornThreads, counts: Path, said: str, width: int, height: int
) -> None:
    with browser.new_page(viewport={"width": width, "height": height}) as page:
        open_wall(page, crowd, counts, said)
        assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
        assert page.evaluate("document.scrollingElement.scrollHeight <= innerHeight")
        for tile in (page.locator(".tile").first, page.locator(".tile").last, page.locator(".more")):
            if tile.count():
                box = tile.bounding_box()
                assert box is not None
                assert box["y"] + box["height"] <= height
                assert box["x"] + box["width"] <= width
        # Of each tile the name is read, and its state.
        for part in (".tile .name", ".tile .word"):
            for each in page.locator(part).all()[:3]:
                box = each.bounding_box()
                assert box is not None
                assert box["height"] >= 8


def test_what_fails_is_far_larger_than_what_passes(browser: Browser, crowd: GunicornThreads, counts: Path) -> None:
    with browser.new_page(viewport={"width": 1920, "height": 1080}) as page:
        open_wall(page, crowd, counts, "2 1 57")
        fail, warn, passing = (area(page.locator(f".tile.is-{state}").first) for state in ("fail", "warn", "pass"))
    assert fail > 3.5 * passing
    assert fail > 1.9 * warn
    assert warn > 1.9 * passing


@pytest.mark.parametrize("said", ["1 0 0", "0 1 0", "0 0 1", "1 0 240"])
def test_a_single_tile_fills_the_screen(browser: Browser, crowd: GunicornThreads, counts: Path, said: str) -> None:
    with browser.new_page(viewport={"width": 1280, "height": 720}) as page:
        open_wall(page, crowd, counts, said)
        assert area(page.locator(".tile").first) > 0.7 * 1280 * 720


def test_it_is_current_without_a_hand(page: Page, site: Site) -> None:
    page.goto(f"{site.server.url}?view=wall")
    expect(page.locator(".tile.is-pass")).to_have_count(2)
    site.says("the broker is gone")
    expect(page.locator(".tile.is-fail")).to_contain_text("the broker is gone", timeout=SOON_MS)
    expect(page).to_have_title("(1) 1 of 2 checks fails · Status")
    assert page.url.endswith("?view=wall")
    page.route("**/status/?view=wall", lambda route: route.abort())
    expect(page.locator("#contact")).to_be_visible(timeout=SOON_MS)
    page.unroute_all()


@pytest.mark.parametrize(("width", "height"), [(320, 600), (390, 844), (1080, 1920)])
def test_upright_it_goes_on_below(
    browser: Browser, crowd: GunicornThreads, counts: Path, width: int, height: int
) -> None:
    with browser.new_page(viewport={"width": width, "height": height}) as page:
        open_wall(page, crowd, counts, "2 1 57")
        assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
        last = page.locator(".tile").last.bounding_box()
        assert last is not None
        assert last["height"] >= 24


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1280, 900), *SCREENS[1:]])
def test_the_names_of_what_is_in_trouble_are_whole(browser: Browser, shop_root: str, width: int, height: int) -> None:
    with browser.new_page(viewport={"width": width, "height": height}, extra_http_headers=dict(WALL.headers)) as page:
        WALL.open(page, shop_root)
        for tile in page.locator(".tile:not(.is-pass)").all():
            for part in (".name", ".why"):
                assert tile.locator(part).evaluate("each => each.scrollHeight <= each.clientHeight + 1")
