"""The pages on paper, in the reader's own colours, without motion, and from right to left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import hostile
from tests.browser.pages import ALL, Shown
from tests.browser.watching import sideways, watched

pytestmark = pytest.mark.browser

EVERY = pytest.mark.parametrize("shown", ALL, ids=lambda shown: shown.name)

# What is shown of the words, as pairs of a text's colour and the first background behind it.
_COLOURS = """() => {
    const behind = (each) => {
        const colour = each ? getComputedStyle(each).backgroundColor : "rgb(255, 255, 255)";
        return colour === "rgba(0, 0, 0, 0)" ? behind(each.parentElement) : colour;
    };
    const shown = [...document.body.querySelectorAll("*")].filter((each) => each.checkVisibility()
        && [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
    return shown.map((each) => [getComputedStyle(each).color, behind(each)]);
}"""
_LEFT = "each => each.getBoundingClientRect().left"


@pytest.fixture
def trusted(browser: Browser, shop_root: str) -> Iterator[Page]:
    with watched(browser, shop_root, extra_http_headers=dict(ALL[0].headers), color_scheme="dark") as page:
        yield page


@EVERY
def test_on_paper_all_is_dark_on_white(browser: Browser, shop_root: str, shown: Shown) -> None:
    with watched(browser, shop_root, extra_http_headers=dict(shown.headers), color_scheme="dark") as page:
        page.emulate_media(media="print", color_scheme="dark")
        shown.open(page, shop_root)
        for ink, paper in page.evaluate(_COLOURS):
            assert paper == "rgb(255, 255, 255)"
            assert min(_channels(ink)) <= 0x33, ink


def _channels(colour: str) -> list[int]:
    return [int(each) for each in colour.removeprefix("rgb(").removesuffix(")").split(",")]


def test_on_paper_nothing_is_left_to_click(trusted: Page, shop_root: str) -> None:
    trusted.emulate_media(media="print")
    trusted.goto(shop_root)
    for gone in (".top nav", "[data-refresh]", ".skip", "#contact"):
        expect(trusted.locator(gone)).to_be_hidden()
    failing = trusted.locator(".row.is-fail").first
    expect(failing.locator(".mark")).to_be_visible()
    expect(failing.locator(".word")).to_be_visible()
    runbook = trusted.get_by_role("link", name="Runbook").first
    assert "wiki.example/replica-lost" in runbook.evaluate("each => getComputedStyle(each, '::after').content")


def test_on_paper_rows_are_whole_and_branches_open(trusted: Page, shop_root: str) -> None:
    trusted.emulate_media(media="print")
    trusted.goto(shop_root)
    breaks = trusted.locator(".row, .card").evaluate_all("all => all.map((each) => getComputedStyle(each).breakInside)")
    assert set(breaks) == {"avoid"}
    trusted.goto(f"{shop_root}stats/")
    assert trusted.locator("details li").first.evaluate("each => each.checkVisibility({contentVisibilityAuto: true})")
    assert trusted.pdf().startswith(b"%PDF-")


@EVERY
def test_nothing_moves_by_itself(browser: Browser, shop_root: str, shown: Shown) -> None:
    headers = dict(shown.headers)
    with watched(browser, shop_root, extra_http_headers=headers, reduced_motion="reduce") as page:
        shown.open(page, shop_root)
        assert page.evaluate("document.getAnimations().length") == 0
        moving = "all => all.filter((each) => getComputedStyle(each).transitionDuration !== '0s').length"
        assert page.locator("*").evaluate_all(moving) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_the_readers_colours_marks_and_the_current_page_are_seen(trusted: Page, shop_root: str, scheme: str) -> None:
    trusted.emulate_media(forced_colors="active", color_scheme="light" if scheme == "light" else "dark")
    trusted.goto(shop_root)
    page_colour = trusted.evaluate("getComputedStyle(document.body.parentElement).backgroundColor")
    fills = trusted.locator(".row .mark").evaluate_all("all => all.map((each) => getComputedStyle(each).fill)")
    assert page_colour not in fills
    assert len(set(fills)) == 3  # one a state, beside its shape
    current = trusted.locator("nav a[aria-current]")
    assert current.evaluate("each => getComputedStyle(each).borderTopStyle") == "solid"


def test_with_more_contrast_there_is_no_soft_text(trusted: Page, shop_root: str) -> None:
    trusted.emulate_media(contrast="more")
    trusted.goto(shop_root)
    ink = trusted.evaluate("getComputedStyle(document.body).color")
    assert trusted.locator(".row .num").first.evaluate("each => getComputedStyle(each).color") == ink


@EVERY
def test_from_right_to_left_it_is_mirrored(browser: Browser, shop_root: str, shown: Shown) -> None:
    with watched(browser, shop_root, extra_http_headers=dict(shown.headers)) as page:
        shown.open(page, shop_root)
        brand, nav = page.locator(".brand"), page.locator(".top nav")
        assert brand.evaluate(_LEFT) < nav.evaluate(_LEFT)
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert brand.evaluate(_LEFT) > nav.evaluate(_LEFT)
        for width in (320, 768, 1280):
            page.set_viewport_size({"width": width, "height": 700})
            assert sideways(page) == []
            for mark, name in zip(page.locator(".row > .mark").all(), page.locator(".row > .name").all(), strict=True):
                assert mark.evaluate(_LEFT) > name.evaluate(_LEFT)


@pytest.mark.parametrize("path", hostile.PATHS)
def test_from_right_to_left_hostile_names_stay_within(browser: Browser, hostile_root: str, path: str) -> None:
    with watched(browser, hostile_root, viewport={"width": 320, "height": 700}) as page:
        page.goto(f"{hostile_root}{path}")
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert sideways(page) == []


def test_what_others_name_does_not_turn_what_is_around_it(browser: Browser, hostile_root: str) -> None:
    with watched(browser, hostile_root) as page:
        page.goto(f"{hostile_root}health/")
        overridden = page.locator(".row .name bdi", has_text="evil").first
        assert overridden.evaluate("each => getComputedStyle(each).unicodeBidi") == "isolate"
        # The word after it stands where it would without it.
        row = page.locator(".row", has=page.locator("bdi", has_text="evil")).first
        assert row.locator(".name").evaluate(_LEFT) < row.locator(".seen").evaluate(_LEFT)
