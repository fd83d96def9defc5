"""No page scrolls sideways, however narrow the screen, large the text or long the names."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser import hostile
from tests.browser.pages import ALL, Shown
from tests.browser.watching import sideways, watched

pytestmark = pytest.mark.browser

WIDTHS = (320, 500, 768, 1280, 1920, 3840)
LARGE_TEXT_WIDTHS = (320, 640, 1280)

_DOUBLE = "document.documentElement.style.fontSize = '200%'"
_UNFOLD = "all => all.forEach((each) => { each.open = true; })"


@pytest.mark.parametrize("shown", ALL, ids=lambda shown: shown.name)
def test_an_ordinary_page(browser: Browser, shop_root: str, shown: Shown) -> None:
    with watched(browser, shop_root, extra_http_headers=dict(shown.headers)) as page:
        shown.open(page, shop_root)
        page.locator("details").evaluate_all(_UNFOLD)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 700})
            assert sideways(page) == []
        page.evaluate(_DOUBLE)
        for width in LARGE_TEXT_WIDTHS:
            page.set_viewport_size({"width": width, "height": 700})
            assert sideways(page) == [], "with text of double size"


@pytest.mark.parametrize("path", hostile.PATHS)
def test_a_page_of_hostile_names(browser: Browser, hostile_root: str, path: str) -> None:
    with watched(browser, hostile_root) as page:
        page.goto(f"{hostile_root}{path}")
        page.locator("details").evaluate_all(_UNFOLD)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 700})
            assert sideways(page) == []
        page.evaluate(_DOUBLE)
        page.set_viewport_size({"width": 640, "height": 700})
        assert sideways(page) == [], "with text of double size"


@pytest.mark.parametrize("width", [320, 500, 768, 1280])
def test_a_wide_table_needs_no_sideways_scroll_and_keeps_its_heads(
    browser: Browser, shop_root: str, width: int
) -> None:
    stats = next(shown for shown in ALL if shown.name == "stats")
    screen = {"width": width, "height": 700}
    with watched(browser, shop_root, extra_http_headers=dict(stats.headers), viewport=screen) as page:
        stats.open(page, shop_root)
        page.locator("details").evaluate_all(_UNFOLD)
        over = "all => all.filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.ariaLabel)"
        assert page.locator(".scroll").evaluate_all(over) == []
        table = page.get_by_role("region", name="Workers", exact=True)
        cell = table.get_by_role("row", name="mail@w1.shop.internal").get_by_role("cell").nth(4)
        head = table.get_by_role("columnheader").nth(5)
        assert (head.text_content(), cell.text_content()) == ("Tasks done", "1609")
        said = cell.evaluate("each => getComputedStyle(each, '::before').content")
        assert ("Tasks done" in said) is (width < 896)


def test_what_ends_a_line_on_a_phone_ends_with_the_cards(browser: Browser, shop_root: str) -> None:
    stats = next(shown for shown in ALL if shown.name == "stats")
    screen = {"width": 320, "height": 700}
    with watched(browser, shop_root, extra_http_headers=dict(stats.headers), viewport=screen) as page:
        stats.open(page, shop_root)
        right = "all => all.map((each) => each.getBoundingClientRect().right)"
        [end] = set(page.locator(".card").evaluate_all(right))
        assert page.locator(".section [data-refresh]").evaluate_all(right) == [pytest.approx(end, abs=1)]
        inner = set(map(round, page.locator(".card > header .copy").evaluate_all(right)))
        assert len(inner) == 1
