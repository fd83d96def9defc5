"""Searching a page's values, and taking them along."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site
from tests.servers.web import GunicornThreads

pytestmark = pytest.mark.browser


def refresh(page: Page) -> None:
    """As the script does it by itself, and wait until its answer is on the page."""
    page.evaluate("document.addEventListener('status:shown', () => { document.body.dataset.shown = 'yes' })")
    page.evaluate("document.querySelector('a[data-refresh]').click()")
    expect(page.locator("body")).to_have_attribute("data-shown", "yes")


def test_what_has_not_all_of_the_words_is_hidden(page: Page, site: Site) -> None:
    page.goto(f"{site.server.url}stats/")
    find = page.get_by_role("searchbox", name="Find")
    cards = page.locator(".card")
    expect(cards).to_have_count(2)
    find.fill("EU lag")
    expect(page.locator(".card:visible")).to_have_text(re.compile("eu"))
    expect(page.locator(".find output")).to_have_text("1 of 2 shown")
    find.fill("nowhere")
    expect(page.locator(".card:visible")).to_have_count(0)
    expect(page.locator(".group:visible")).to_have_count(0)
    expect(page.locator(".find output")).to_have_text("0 of 2 shown")
    find.fill("")
    expect(page.locator(".card:visible")).to_have_count(2)
    expect(page.locator(".find output")).to_have_text("")


def test_branches_that_hold_it_are_opened(page: Page, site: Site) -> None:
    page.goto(f"{site.server.url}stats/")
    expect(page.get_by_text("needle")).to_be_hidden()
    page.get_by_role("searchbox").fill("needle")
    expect(page.get_by_text("needle")).to_be_visible()


def test_a_search_outlives_a_refresh(page: Page, site: Site) -> None:
    page.goto(f"{site.server.url}stats/")
    find = page.get_by_role("searchbox")
    find.fill("lag")
    expect(page.locator(".card:visible")).to_have_count(1)
    refresh(page)
    expect(find).to_have_value("lag")
    expect(find).to_be_focused()
    expect(page.locator(".card:visible")).to_have_count(1)
    expect(page.locator(".find output")).to_have_text("1 of 2 shown")


def test_values_are_copied_as_json(page: Page, site: Site) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{site.server.url}stats/")
    link = page.locator(".card", has_text="regions").locator("a.copy")
    expect(link).to_have_text("Copy as JSON")
    link.click()
    expect(link).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert json.loads(copied)["regions"]["eu"]["lag_ms"] == 12
    assert copied.startswith('{\n  "')
    expect(page.locator("#announced")).to_have_text("Copied")
    expect(link).to_have_text("Copy as JSON")
    refresh(page)
    expect(link).to_have_text("Copy as JSON")


def test_where_nothing_can_be_copied_the_link_leads_there(browser: Browser, site: Site) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{site.server.url}stats/")
    expect(page.get_by_role("searchbox")).to_be_hidden()
    link = page.locator(".card", has_text="regions").locator("a.copy")
    expect(link).to_have_text("JSON · regions")
    link.click()
    assert json.loads(page.inner_text("body"))["regions"]["eu"]["lag_ms"] == 12
    page.close()


def test_a_few_checks_have_no_search(page: Page, site: Site) -> None:
    page.goto(f"{site.server.url}health/")
    expect(page.get_by_role("searchbox")).to_have_count(0)


def test_thirty_checks_can_be_searched(browser: Browser) -> None:
    settings = 'DEBUG = True\nSTATUS_PROVIDERS = {"health": [("shards", "tests.browser.checks.many")], "stats": []}\n'
    with GunicornThreads.serving(settings) as server, browser.new_page() as page:
        page.goto(f"{server.url}health/")
        page.get_by_role("searchbox").fill("shard-17")
        expect(page.locator(".row:visible:not(.heads)")).to_have_count(1)
        expect(page.locator(".find output")).to_have_text("1 of 30 shown")
