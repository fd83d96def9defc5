from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING, Any

import pytest
from django.test import AsyncClient, Client

from status.website.assets import ASSETS

if TYPE_CHECKING:
    from status.website.assets import Asset

CSS = ASSETS["status.css"]


def get(asset: Asset, **headers: str) -> Any:
    return Client().get(f"/status/{asset.path}", headers=headers)


@pytest.mark.parametrize("name", sorted(ASSETS))
def test_an_asset_is_served_for_a_year_without_staticfiles(name: str) -> None:
    response = get(ASSETS[name])
    assert response.status_code == 200
    assert response.content == ASSETS[name].content
    assert response["Content-Type"] == ASSETS[name].content_type
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["Vary"] == "Accept-Encoding"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "Content-Encoding" not in response


def test_an_asset_is_served_under_asgi() -> None:
    response: Any = asyncio.run(AsyncClient().get(f"/status/{CSS.path}"))
    assert response.content == CSS.content


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("deflate, gzip;q=1.0, br", True),
        ("GZIP", True),
        ("*", True),
        ("gzip; q=0.5", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("gzip;q=often", False),
        ("br", False),
        ("", False),
    ],
)
def test_an_asset_is_compressed_for_who_can_read_it(accepted: str, compressed: bool) -> None:
    response = get(CSS, **{"Accept-Encoding": accepted})
    assert response.get("Content-Encoding") == ("gzip" if compressed else None)
    assert (gzip.decompress(response.content) if compressed else response.content) == CSS.content


@pytest.mark.parametrize(
    "path",
    [
        f"assets/{CSS.digest[:-1]}/status.css",
        "assets/0/status.css",
        f"assets/{CSS.digest}/views.py",
        f"assets/{CSS.digest}/..",
        f"assets/{CSS.digest}/pass.svg",
    ],
)
def test_nothing_else_is_served(path: str) -> None:
    assert Client().get(f"/status/{path}").status_code == 404


def test_an_asset_is_only_read() -> None:
    response = Client().post(f"/status/{CSS.path}")
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


def test_head_is_answered_without_a_body() -> None:
    response = Client().head(f"/status/{CSS.path}")
    assert response.status_code == 200
    assert response.content == b""


def test_there_is_an_icon_for_every_state() -> None:
    assert {"pass.svg", "warn.svg", "fail.svg", "none.svg"} <= set(ASSETS)


def test_all_of_it_is_small_over_the_wire() -> None:
    assert sum(len(asset.compressed) for asset in ASSETS.values()) < 24 * 1024
