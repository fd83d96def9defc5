"""The pages by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site
from tests.browser.pages import ALL, Shown
from tests.browser.watching import PATIENCE_MS, watched

pytestmark = pytest.mark.browser

# What can be reached, in reading order. A closed branch hides what is in it.
_REACHABLE = """() => [...document.querySelectorAll("a[href], button, input, summary")]
    .filter((each) => each.checkVisibility())
    .map((each) => each.outerHTML.slice(0, 120))"""

# Seen where it has an outline of two pixels, is on the screen, and nothing lies over it.
_FOCUSED = """() => {
    const each = document.activeElement;
    const style = getComputedStyle(each);
    const box = each.getClientRects()[0];
    const over = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return [each.outerHTML.slice(0, 120), outlined, each.contains(over) || Boolean(over?.contains(each))];
}"""


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("shown", ALL, ids=lambda shown: shown.name)
def test_tab_reaches_all_in_reading_order_and_is_seen(
    browser: Browser, shop_root: str, shown: Shown, width: int
) -> None:
    screen = {"width": width, "height": 800}
    with watched(browser, shop_root, extra_http_headers=dict(shown.headers), viewport=screen) as page:
        shown.open(page, shop_root)
        reachable = page.evaluate(_REACHABLE)
        assert 'class="skip"' in reachable[0]
        assert 'class="brand"' in reachable[1]
        assert "Overview" in reachable[2]
        for expected in reachable:
            page.keyboard.press("Tab")
            focused, outlined, uncovered = page.evaluate(_FOCUSED)
            assert (focused, outlined, uncovered) == (expected, True, True)


def test_the_skip_link_leads_to_the_content(page: Page, site: Site) -> None:
    page.goto(site.server.url)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("main a").first).to_be_focused()


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_branch_opens_and_closes(page: Page, site: Site, key: str) -> None:
    page.goto(f"{site.server.url}stats/")
    branch = page.locator(".tree > .branch > details").first
    branch.locator("> summary").focus()
    page.keyboard.press(key)
    expect(branch).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    expect(branch.locator("ul summary").first).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press(key)
    expect(branch).not_to_have_attribute("open", "")


def test_focus_stays_with_the_check_that_a_refresh_moves(page: Page, site: Site) -> None:
    page.goto(site.server.url)
    link = page.locator(".row a.name", has_text=re.compile("^queue"))
    expect(page.locator(".row a.name").last).to_have_text("queue/mail")
    link.focus()
    site.says("the broker is gone")
    expect(page.locator(".row a.name").first).to_have_text("queue", timeout=PATIENCE_MS)
    expect(link).to_be_focused()
    site.says("pass")
    expect(page.locator(".row a.name").last).to_have_text("queue/mail", timeout=PATIENCE_MS)
    expect(link).to_be_focused()
