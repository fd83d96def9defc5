"""The pages by keyboard alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site
from tests.browser.pages import ALL, Shown
from tests.browser.watching import PATIENCE_MS, watched
from tests.servers.web import GunicornThreads
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

# What can be reached, in reading order. A closed branch hides what is in it.
_REACHABLE = """() => [...document.querySelectorAll("a[href], button, input, summary, [tabindex='0']")]
    .filter((each) => each.checkVisibility())
    .map((each) => each.outerHTML.slice(0, 120))"""

_REFRESH = """() => new Promise((resolve) => {
    document.addEventListener("status:shown", resolve, {once: true});
    document.querySelector("a[data-refresh]").click();
})"""

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


def test_focus_goes_to_the_provider_and_back_when_it_fails_whole(page: Page, site: Site) -> None:
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


def test_focus_stays_with_its_check_when_those_before_it_go(browser: Browser, tmp_path: Path) -> None:
    counts = tmp_path / "counts"
    counts.write_text("0 0 3")
    settings = f"""
DEBUG = True
STATUS_TTL = 0.1
STATUS_PROVIDERS = {{"health": [("a", "tests.browser.checks.shards", [{str(counts)!r}]),
                               ("orders", "tests.browser.checks.orders")], "stats": []}}
"""
    with GunicornThreads.serving(settings) as server, watched(browser, server.url) as page:
        page.goto(server.url)
        waiting = page.locator(".row a.name", has_text="waiting")
        waiting.focus()
        counts.write_text("0 0 1")
        # An answer is reused for 0.1 s.
        wait_until(lambda: refreshed(page) == 3, timeout_s=30)
        expect(waiting).to_be_focused()


def refreshed(page: Page) -> int:
    """How many checks there are, once the page has asked again."""
    page.evaluate(_REFRESH)
    return page.locator(".row a.name").count()
