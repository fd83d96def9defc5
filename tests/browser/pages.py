"""Every page of the website, as the shop shows it. A new page is a line here: every test of all pages then has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Page

from tests.browser.shop import TOKEN

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@dataclass(frozen=True)
class Shown:
    """A page below `/status/`, and whether who looks at it is trusted."""

    name: str
    path: str
    trusted: bool = True
    code: int = 200

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {TOKEN}"} if self.trusted else {}

    def open(self, page: Page, root: str) -> None:
        response = page.goto(f"{root}{self.path}")
        assert response is not None
        assert response.status == self.code


ALL = (
    Shown("overview", ""),
    Shown("overview-stranger", "", trusted=False),
    Shown("health", "health/"),
    Shown("check-failing", "health/databases/replica"),
    Shown("check-warning", "health/certificate/shop.example"),
    Shown("check-passing", "health/caches/sessions"),
    Shown("provider", "health/databases"),
    Shown("stats", "stats/"),
    Shown("refused", "stats/", trusted=False, code=401),
)
WALL = Shown("wall", "?view=wall")
"""It has neither links nor any frame."""
