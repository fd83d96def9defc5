"""Names and values of the worst kind, and servers that go away: the page stands, and says what it knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.browser import hostile
from tests.browser.conftest import Site
from tests.browser.cutting import cutter_before
from tests.browser.test_accessible import violations
from tests.browser.watching import PATIENCE_MS, watched

pytestmark = pytest.mark.browser

LOST_MS = PATIENCE_MS + 30_000
"""Until the page has given up an answer: it waits ten seconds to ask, and twenty for it."""

REFRESH = "document.querySelector('a[data-refresh]').click()"


@pytest.mark.parametrize("path", hostile.PATHS)
def test_a_page_of_hostile_names_runs_nothing_and_breaks_no_rule(
    browser: Browser, hostile_root: str, path: str
) -> None:
    dialogs: list[Dialog] = []
    with watched(browser, hostile_root) as page:
        page.on("dialog", lambda dialog: dialogs.append(dialog))
        page.goto(f"{hostile_root}{path}")
        with page.expect_response(re.compile(f"/status/{path}$")):
            page.evaluate(REFRESH)
        expect(page.locator("h1")).to_have_count(1)
        scripts = page.locator("script").evaluate_all("all => all.map((each) => each.src)")
        assert [script.rpartition("/")[2] for script in scripts] == ["status.js"]
        assert page.locator("main img, main [onerror], main [onmouseover]").count() == 0
        if not path or path == "crowd/":
            # A thousand like rows: the first of them tell of all, and axe-core takes a minute for the rest.
            page.locator(".row ~ .row:nth-child(n + 40)").evaluate_all("all => all.forEach((each) => each.remove())")
        assert violations(page) == []
    assert dialogs == []


def test_of_thousands_of_components_the_failing_one_is_on_the_screen(browser: Browser, hostile_root: str) -> None:
    with watched(browser, hostile_root) as page:
        page.goto(f"{hostile_root}crowd/")
        expect(page.locator("h1")).to_have_text("1 of 5,000 checks fails")
        expect(page.locator(".row.is-fail .name")).to_be_in_viewport()
        expect(page.locator(".rest")).to_have_text("… 4,000 more, all passing")


@contextmanager
def stopped(site: Site) -> Iterator[None]:
    """While the server is frozen: connections are taken, and nothing is answered."""
    site.server.stop_in_its_tracks()
    try:
        yield
    finally:
        site.server.resume()


@pytest.mark.parametrize("begin", [lambda page: None, lambda page: page.evaluate(REFRESH)], ids=["by itself", "asked"])
def test_a_server_that_hangs_is_told_and_found_again(page: Page, site: Site, begin: Callable[[Page], None]) -> None:
    page.goto(site.server.url)
    with stopped(site):
        begin(page)
        expect(page.locator("#contact")).to_be_visible(timeout=LOST_MS)
        expect(page.locator("#contact")).to_have_text(re.compile("^Lost contact with the site since"))
        expect(page.locator("h1")).to_have_text("All 2 checks pass")
        assert violations(page) == []
    site.says("the broker is gone")
    expect(page.locator("#contact")).to_be_hidden(timeout=LOST_MS)
    expect(page.locator("h1")).to_have_text("1 of 2 checks fails", timeout=LOST_MS)


def test_half_a_page_changes_nothing(browser: Browser, site: Site) -> None:
    site.says("pass")
    with cutter_before(site.server.port) as cutter, watched(browser, f"http://127.0.0.1:{cutter.port}") as page:
        page.goto(f"http://127.0.0.1:{cutter.port}/status/")
        rows = page.locator(".row .name").all_text_contents()
        cutter.cutting = True
        site.says("the broker is gone")
        page.evaluate(REFRESH)
        expect(page.locator("#contact")).to_be_visible(timeout=PATIENCE_MS)
        expect(page).to_have_title("All 2 checks pass · Status")
        assert page.locator(".row .name").all_text_contents() == rows
        cutter.cutting = False
        page.evaluate(REFRESH)
        expect(page.locator("#contact")).to_be_hidden(timeout=PATIENCE_MS)
        expect(page.locator("h1")).to_have_text("1 of 2 checks fails", timeout=PATIENCE_MS)
