"""A page that stays open keeps itself current."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.browser.conftest import Site
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

SOON_MS = 60_000
"""A few refreshes."""
REFRESH = "document.querySelector('a[data-refresh]').click()"
TYPES = {"status.css": "text/css", "status.js": "text/javascript"}

_COUNT_TOLD = """() => {
    window.told = 0;
    const count = () => { window.told += 1; };
    new MutationObserver(count).observe(document.getElementById("contact"), {childList: true, characterData: true});
}"""
# As a browser does it for a tab that another one covers.
_HIDE = """() => {
    const told = document.documentElement.dataset;
    document.addEventListener("status:shown", () => { told.shown = Number(told.shown ?? 0) + 1; });
    document.hide = (is) => {
        Object.defineProperty(document, "hidden", {value: is, configurable: true});
        Object.defineProperty(document, "visibilityState", {value: is ? "hidden" : "visible", configurable: true});
        document.dispatchEvent(new Event("visibilitychange"));
    };
    document.hide(true);
}"""


def icon(page: Page) -> str:
    return str(page.get_attribute("link[rel=icon]", "href")).rpartition("/")[2]


def test_when_a_check_fails_and_recovers_sentence_title_icon_and_order_follow(page: Page, site: Site) -> None:
    page.goto(site.server.url)
    assert (page.title(), icon(page)) == ("All 2 checks pass · Status", "pass.svg")

    site.says("the broker is gone")
    expect(page).to_have_title("(1) 1 of 2 checks fails · Status", timeout=SOON_MS)
    expect(page.locator("h1")).to_have_text("1 of 2 checks fails")
    expect(page.locator(".row .name").first).to_have_text("queue")
    expect(page.locator(".row.is-fail")).to_contain_text("ConnectionError: the broker is gone")
    # Told to who listens, once.
    expect(page.locator("#announced")).to_have_text("1 of 2 checks fails: queue")
    assert icon(page) == "fail.svg"

    site.says("warn")
    expect(page).to_have_title("(1) 1 of 2 checks warns · Status", timeout=SOON_MS)
    assert icon(page) == "warn.svg"

    site.says("pass")
    expect(page).to_have_title("All 2 checks pass · Status", timeout=SOON_MS)
    assert icon(page) == "pass.svg"


def test_scroll_focus_and_open_branches_stay(page: Page, site: Site) -> None:
    page.goto(f"{site.server.url}stats/")
    branch = page.locator(".tree > .branch > details > summary").nth(3)
    branch.click()
    page.evaluate("scrollTo(0, 300)")
    before = page.evaluate("[scrollY, document.querySelectorAll('details[open]').length]")
    assert before == [300, 1]
    expect(branch).to_be_focused()
    page.evaluate("window.branch = document.activeElement")

    # Nothing on the page is to change: this goes, since what is sent has no such thing.
    page.evaluate("document.getElementById('main').dataset.old = 'yes'")
    page.evaluate("document.querySelector('a[data-refresh]').click()")
    expect(page.locator("main[data-old]")).to_have_count(0)
    assert page.evaluate("[scrollY, document.querySelectorAll('details[open]').length]") == before
    assert page.evaluate("window.branch === document.activeElement")


def test_a_site_that_does_not_answer_is_told_until_it_does(page: Page, site: Site) -> None:
    page.goto(site.server.url)
    expect(page.locator("#contact")).to_be_hidden()
    page.route(re.compile("/status/$"), lambda route: route.abort())
    expect(page.locator("#contact")).to_be_visible(timeout=SOON_MS)
    expect(page.locator("#contact")).to_have_text(re.compile(r"^Lost contact with the site since \d+:\d\d:\d\d"))
    # What was seen last stays.
    expect(page.locator("h1")).to_have_text("All 2 checks pass")
    page.unroute_all()
    expect(page.locator("#contact")).to_be_hidden(timeout=SOON_MS)


def test_a_page_of_someone_else_is_no_answer(page: Page, site: Site) -> None:
    page.goto(site.server.url)
    page.route(re.compile("/status/$"), lambda route: route.fulfill(body="<title>Down for maintenance</title>"))
    expect(page.locator("#contact")).to_be_visible(timeout=SOON_MS)
    assert page.title() == "All 2 checks pass · Status"


@pytest.mark.parametrize("code", [401, 404, 410])
def test_a_page_that_is_over_gives_way_to_the_answer(browser: Browser, site: Site, code: int) -> None:
    with browser.new_page() as page:
        page.goto(site.server.url)
        page.route(re.compile("/status/$"), lambda route: route.fulfill(status=code, body="<title>Gone</title>"))
        page.evaluate(REFRESH)
        expect(page).to_have_title("Gone")


@pytest.mark.parametrize("file", ["status.css", "status.js"])
def test_a_new_release_is_loaded_whole(page: Page, site: Site, file: str) -> None:
    page.goto(site.server.url)
    page.evaluate("document.documentElement.dataset.old = 'yes'")

    def released(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub(f"[0-9a-f]{{16}}/{file}", f"{'0' * 16}/{file}", answer.text()))

    page.route(re.compile("/status/$"), released)
    page.route(re.compile("/0{16}/"), lambda route: route.fulfill(body="", content_type=TYPES[file]))
    page.evaluate(REFRESH)
    expect(page.locator("html[data-old]")).to_have_count(0)
    expect(page.locator("h1")).to_have_text("All 2 checks pass")


def test_lost_contact_is_told_once(page: Page, site: Site) -> None:
    page.goto(site.server.url)
    page.evaluate(_COUNT_TOLD)
    page.route(re.compile("/status/$"), lambda route: route.abort())
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))

    def lost_again() -> bool:
        page.evaluate(REFRESH)
        return len(failed) >= 3

    wait_until(lost_again, timeout_s=30)
    expect(page.locator("#contact")).to_have_text(re.compile("^Lost contact"))
    assert page.evaluate("window.told") == 1


def test_in_a_tab_that_nobody_looks_at_it_asks_ever_less_often(page: Page, site: Site) -> None:
    page.clock.install()
    page.goto(site.server.url)
    page.evaluate(_HIDE)
    asked: list[str] = []

    def is_refresh(request: Request) -> bool:
        return "/assets/" not in request.url  # as the icon's, which comes when the browser has time

    page.on("request", lambda request: asked.append(request.url) if is_refresh(request) else None)
    for wait_s in (10, 20, 40, 80, 160, 300, 300):
        before = len(asked)
        page.clock.run_for((wait_s - 1) * 1000)
        assert len(asked) == before
        with page.expect_event("requestfinished", is_refresh):
            page.clock.run_for(1000)
        # It plans the next time when it has shown the answer.
        expect(page.locator("html")).to_have_attribute("data-shown", str(before + 1))
    with page.expect_event("requestfinished", is_refresh):
        page.evaluate("document.hide(false)")
    expect(page.locator("html")).to_have_attribute("data-shown", str(len(asked)))
    with page.expect_event("requestfinished", is_refresh):
        page.clock.run_for(10_000)


def test_without_javascript_it_is_the_same_page_with_a_link(browser: Browser, site: Site) -> None:
    site.says("pass")
    page = browser.new_page(java_script_enabled=False)
    page.goto(site.server.url)
    expect(page.locator("h1")).to_have_text("All 2 checks pass")
    site.says("the broker is gone")

    def refreshed() -> str | None:
        page.locator("a[data-refresh]").click()
        return page.locator("h1").text_content()

    # An answer is reused for 0.1 s.
    wait_until(lambda: refreshed() == "1 of 2 checks fails", timeout_s=30)
    page.close()
