"""A page that must not complain, nor ask anyone but its own site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page

PATIENCE_MS = 30_000
"""For a page to come, or to become what is expected of it, on a machine that does much else."""

_OF_CHROMIUM = re.compile("net::ERR_|status of 401")
"""It reports requests that fail itself: where a test has stopped the server, and where a page is refused."""


@contextmanager
def watched(browser: Browser, origin: str, **options: Any) -> Iterator[Page]:
    """A page in a context of its own with these options; afterwards it is judged by what it said and asked for."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    try:
        yield page
    finally:
        context.close()
    assert [each for each in complaints if not _OF_CHROMIUM.search(each)] == []
    assert [url for url in asked if not url.startswith((origin, "data:"))] == []


def sideways(page: Page) -> list[str]:
    """What makes the page scroll sideways: the innermost elements that stick out; empty where nothing does."""
    return list(page.evaluate(_SIDEWAYS))


_SIDEWAYS = """() => {
    const scroller = document.scrollingElement;
    if (scroller.scrollWidth <= scroller.clientWidth) return [];
    const out = [...document.body.querySelectorAll("*")].filter((each) => {
        const box = each.getBoundingClientRect();
        return box.width > 1 && (box.right > scroller.clientWidth + 0.5 || box.left < -0.5);
    });
    const inner = out.filter((each) => !out.some((other) => other !== each && each.contains(other)));
    return [`${scroller.scrollWidth} > ${scroller.clientWidth}`, ...inner.map((each) => each.outerHTML.slice(0, 200))];
}"""
