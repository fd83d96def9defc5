"""Every page by the rules of axe-core: WCAG 2.2 AA and its best practices, in light and in dark."""

from __future__ import annotations

from importlib.resources import files

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.pages import ALL, SCHEMES, WALL, Scheme, Shown
from tests.browser.watching import watched

pytestmark = pytest.mark.browser

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """async (tags) => {
    const found = await axe.run(document, {runOnly: tags, resultTypes: ["violations"]});
    return found.violations.flatMap((rule) => rule.nodes.map(
        (node) => `${rule.id}: ${node.html}\\n${node.failureSummary}`));
}"""


def violations(page: Page) -> list[str]:
    """What axe-core finds. Not by a script element, which the pages' policy forbids."""
    page.evaluate(AXE)
    return list(page.evaluate(_RUN, TAGS))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("shown", [*ALL, WALL], ids=lambda shown: shown.name)
def test_a_page_breaks_no_rule(browser: Browser, shop_root: str, shown: Shown, scheme: Scheme) -> None:
    headers = dict(shown.headers)
    with watched(browser, shop_root, color_scheme=scheme, extra_http_headers=headers) as page:
        shown.open(page, shop_root)
        page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
        assert violations(page) == []
