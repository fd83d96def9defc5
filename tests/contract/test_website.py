"""The website's rows of CONTRACT.md, and its fault: a configuration without `health` or `stats` broke it."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import get_template
from django.test import override_settings

from tests.asking import Site

HERE = "tests.contract.providers"


@pytest.mark.parametrize("path", ["", "health", "health/", "stats", "stats/"])
def test_a_page_is_html(path: str, site: Site) -> None:
    response = site(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    text = response.content.decode()
    assert text.lstrip().lower().startswith("<!doctype html>")
    for provider in ("ping", "databases") if path.startswith("health") else ("databases", "code"):
        assert path == "" or provider in text


@pytest.mark.usefixtures("_site_in_trouble")
@pytest.mark.parametrize("path", ["", "health/"])
def test_a_page_of_a_site_in_trouble_is_200_and_names_it(path: str, site: Site) -> None:
    response = site(path)
    assert response.status_code == 200
    assert "databases/gone" in response.content.decode()


@pytest.mark.parametrize(
    ("configured", "paths"),
    [
        ({"resource": [("test", f"{HERE}.told")]}, ("", "resource", "resource/")),
        ({"health": [("test", f"{HERE}.told")]}, ("", "health/")),
        ({"stats": [("test", f"{HERE}.told")]}, ("", "stats/")),
        ({"health": [], "stats": []}, ("", "health/", "stats/")),
        ({}, ("",)),
    ],
    ids=["neither health nor stats", "no stats", "no health", "no providers", "no resources"],
)
def test_a_configuration_of_other_resources_has_its_pages(
    configured: dict[str, Any], paths: tuple[str, ...], site: Site
) -> None:
    with override_settings(STATUS_PROVIDERS=configured):
        for path in paths:
            assert site(path).status_code == 200


@pytest.mark.parametrize("name", ["base", "main", "health", "stats"])
def test_a_template_that_projects_override_is_there(name: str) -> None:
    assert get_template(f"status/{name}.html")
