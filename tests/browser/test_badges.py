"""Badges as a browser draws them: on other sites' pages, by themselves, and to assistive technology."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from status.core.states import State
from status.formats.badge import Badge, svg
from tests.browser.shop import TOKEN
from tests.browser.test_accessible import violations
from tests.browser.watching import watched
from tests.servers.scripted import saying, serving

pytestmark = pytest.mark.browser

EVERYBODYS = ("health", "health/databases", "health/databases/replica", "health/caches/sessions")
PRIVATE = "stats"
LABELS = (
    "databases/replica",
    "WWWWWWWWWW@@@@@",
    "iiiiiiiiiillllllllll.....",
    "سلام دنیا",
    "שלום עולם",
    "база данных",
    "注文データベース",
    "ﷺ𒐫꧅",
    "e\u0301" * 20,
    "x" * 60,
)
# Of each text, how far it is from the edges of the image: its own box, as it is drawn.
_ROOM = """() => [...document.querySelectorAll("svg")].flatMap((svg) => {
    const whole = svg.getBoundingClientRect();
    return [...svg.querySelectorAll("text")].map((text) => {
        const box = text.getBoundingClientRect();
        return Math.min(box.left - whole.left, whole.right - box.right);
    });
})"""
_HALVES = """() => [...document.querySelectorAll("svg")].map((svg) => {
    const [label, message] = [...svg.querySelectorAll("text")].map((text) => text.getBoundingClientRect());
    return message.left - label.right;
})"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 800, "height": 600})
    yield context.new_page()
    context.close()


def widths(page: Page) -> list[int]:
    """Of the images of a page once they are there, or are known not to come; 0 of these."""
    page.wait_for_function("[...document.images].every((each) => each.complete)")
    return list(page.evaluate("[...document.images].map((each) => each.naturalWidth)"))


def test_on_another_sites_page_is_what_everybody_sees_and_no_other(page: Page, shop_root: str) -> None:
    """That of others is kept away by `Cross-Origin-Resource-Policy`, also where the browser would be let in."""
    badges = "".join(f'<img src="{shop_root}badge/{reference}.svg">' for reference in (*EVERYBODYS, PRIVATE))
    body = f"<!doctype html><title>theirs</title>{badges}".encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with serving(saying(head, body)) as other:
        page.set_extra_http_headers({"Authorization": f"Bearer {TOKEN}"})
        page.goto(f"http://localhost:{other.port}/")
        *shown, private = widths(page)
    assert len(shown) == len(EVERYBODYS)
    assert all(width > 60 for width in shown)
    assert private == 0


def test_opened_by_itself_it_is_drawn_and_nothing_complains(browser: Browser, shop_root: str) -> None:
    with watched(browser, shop_root) as page:
        response = page.goto(f"{shop_root}badge/health.svg?label=%3Cscript%3Ealert(1)%3C/script%3E")
        assert response is not None
        assert response.headers["content-type"] == "image/svg+xml"
        said = page.evaluate("[...document.querySelectorAll('text')].map((text) => text.textContent)")
        assert said == ["<script>alert(1)</script>", "fail"]
        assert page.evaluate("document.documentElement.getBoundingClientRect().width") > 60


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stays_in_its_half_and_breaks_no_rule(browser: Browser, scheme: str) -> None:
    drawn = "".join(f"<p>{svg(Badge(label, 'pass', State.PASS)).decode()}</p>" for label in LABELS)
    with watched(browser, "about:", color_scheme=scheme) as page:
        page.set_content(f'<!doctype html><html lang="en"><title>Badges</title><main><h1>All</h1>{drawn}</main></html>')
        assert all(room >= 4 for room in page.evaluate(_ROOM))
        assert all(between >= 8 for between in page.evaluate(_HALVES))
        assert violations(page) == []


def test_it_is_one_image_with_a_name(page: Page, shop_root: str) -> None:
    page.goto(shop_root)
    page.set_content(f"<!doctype html><title>x</title>{svg(Badge('databases', 'fail', State.FAIL)).decode()}")
    assert page.get_by_role("img", name="databases: fail").count() == 1


def test_a_page_names_the_feed(page: Page, shop_root: str) -> None:
    page.goto(f"{shop_root}health/")
    feed = page.locator('link[rel="alternate"][type="application/atom+xml"]').evaluate("each => each.href")
    assert feed == f"{shop_root}feed"
    assert page.get_by_role("link", name="Changes").evaluate("each => each.href") == feed
    answer = page.request.get(feed)
    assert answer.ok
    assert answer.headers["content-type"].startswith("application/atom+xml")
