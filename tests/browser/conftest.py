"""A site with checks that do as they are told, and a page of a real browser that looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import hostile, shop
from tests.browser.chromium import CHROMIUM, launch
from tests.browser.watching import PATIENCE_MS, watched
from tests.conftest import REQUIRE_ALL
from tests.servers.web import GunicornThreads

_SETTINGS = """
DEBUG = True
STATUS_TTL = 0.1
STATUS_RUNTIME_DIR = {runtime!r}
STATUS_PROVIDERS = {{
    "health": [("ping", "status.providers.health.ping"), ("queue", "tests.browser.checks.queue", [{word!r}])],
    "stats": [("tree", "tests.browser.checks.tree"), ("regions", "tests.browser.checks.regions")],
}}
"""


expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Site:
    """Served by gunicorn."""

    server: GunicornThreads
    word: Path
    """What the check `queue` says: "pass", "warn", or why it fails."""

    @property
    def origin(self) -> str:
        return self.server.url.removesuffix("/status/")

    def says(self, word: str) -> None:
        self.word.write_text(word)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    word = folder / "word"
    word.write_text("pass")
    settings = _SETTINGS.format(runtime=str(folder / "runtime"), word=str(word))
    with GunicornThreads.serving(settings) as server:
        yield Site(server, word)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        (pytest.fail if REQUIRE_ALL else pytest.skip)("Chromium is missing: apt install chromium")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A page that must not complain, nor ask anyone but the site."""
    site.says("pass")
    with watched(browser, site.origin) as page:
        yield page


@pytest.fixture(scope="session")
def shop_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the shop's pages are."""
    runtime = tmp_path_factory.mktemp("shop") / "runtime"
    shop.remember(runtime)
    with GunicornThreads.serving(shop.settings(runtime)) as server:
        yield server.url


@pytest.fixture(scope="session")
def hostile_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the pages of the hostile site are."""
    with GunicornThreads.serving(hostile.settings(tmp_path_factory.mktemp("hostile") / "runtime")) as server:
        yield server.url
