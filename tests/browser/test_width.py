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
