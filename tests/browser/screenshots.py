"""Draws the pages, for people to look at: nothing is compared.

`python -m tests.browser.screenshots FOLDER` draws every page in both schemes and four widths; the folder's `index.html`
shows them side by side. `python -m tests.browser.screenshots --readme FOLDER` draws those of the README.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import shop
from tests.browser.chromium import CHROMIUM, launch
from tests.browser.pages import ALL, SCHEMES, WALL, Scheme, Shown
from tests.servers.web import GunicornThreads
from tests.settings import SQLITE_FILE

WIDTHS = (320, 768, 1280, 1920)


README: tuple[tuple[str, Scheme], ...] = (("overview", "light"), ("check-failing", "dark"), ("wall", "dark"))
"""Which pages, and how."""


def draw(browser: Browser, root: str, folder: Path) -> Iterator[Path]:
    """The pictures of every page, each as soon as it is there."""
    for shown in (*ALL, WALL):
        for scheme in SCHEMES:
            for width in WIDTHS:
                picture = folder / f"{shown.name}-{width}-{scheme}.png"
                _draw(browser, root, shown, scheme, (width, 900), picture)
                yield picture


def draw_readme(browser: Browser, root: str, folder: Path) -> Iterator[Path]:
    pages = {shown.name: shown for shown in (*ALL, WALL)}
    for name, scheme in README:
        picture = folder / f"{name}.png"
        _draw(browser, root, pages[name], scheme, (1200, 660), picture, whole=False)
        yield picture


def _draw(
    browser: Browser, root: str, shown: Shown, scheme: Scheme, size: tuple[int, int], picture: Path, whole: bool = True
) -> None:
    page = browser.new_page(
        color_scheme=scheme,
        viewport={"width": size[0], "height": size[1]},
        extra_http_headers=dict(shown.headers),
        reduced_motion="reduce",
    )
    shown.open(page, root)
    page.screenshot(path=picture, full_page=whole)
    page.close()


def main(folder: Path, draws: Callable[[Browser, str, Path], Iterator[Path]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        database = Path(SQLITE_FILE)
        database.touch()
        runtime = Path(temporary) / "runtime"
        shop.remember(runtime)
        browser = launch(playwright)
        with GunicornThreads.serving(shop.settings(runtime)) as server:
            pictures = list(draws(browser, server.url, folder))
        browser.close()
        database.unlink()
    if draws is draw:
        _index(folder, pictures)
    print(f"{len(pictures)} pictures in {folder}")


def _index(folder: Path, pictures: Sequence[Path]) -> None:
    shown = "\n".join(
        f'<figure><img src="{each.name}"><figcaption>{each.stem}</figcaption></figure>' for each in pictures
    )
    (folder / "index.html").write_text(f"<!doctype html>\n<title>Screenshots</title>\n{shown}\n")


if __name__ == "__main__":
    if CHROMIUM is None:
        sys.exit("Chromium is missing: apt install chromium")
    main(Path(sys.argv[-1]), draw_readme if "--readme" in sys.argv else draw)
