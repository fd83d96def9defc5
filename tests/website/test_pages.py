from __future__ import annotations

import asyncio
import gzip
import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest
from django.test import AsyncClient, Client, override_settings

from status import Provider
from status.website.assets import ASSETS
from status.website.cards import MOST_CARDS
from status.website.present import MOST_ROWS
from tests.website.providers import DEEPEST, LONG

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = "tests.website.providers"
RUNBOOK = "https://wiki.example/replica-lost"
TOKEN = "a-token-of-the-test-site"
INLINE_SCRIPT = re.compile("<script(?! src=)")
HEALTH: list[object] = [
    ("ping", f"{HERE}.passing"),
    Provider("databases", f"{HERE}.databases", runbook=RUNBOOK, description="Reads fall back to the primary."),
    ("celery", f"{HERE}.workers"),
    ("certificate", f"{HERE}.warning"),
]
STATS: list[object] = [("code", f"{HERE}.code"), ("broken", f"{HERE}.failing")]


def site(health: list[object] | None = None, stats: list[object] | None = None, **settings: object) -> Any:
    providers = {"health": HEALTH if health is None else health, "stats": STATS if stats is None else stats}
    return override_settings(**{"STATUS_PROVIDERS": providers, "DEBUG": True, **settings})


@pytest.fixture
def usual() -> Iterator[None]:
    with site():
        yield


def get(path: str = "/status/", **headers: str) -> Any:
    return Client().get(path, headers=headers)


def html(path: str = "/status/", **headers: str) -> str:
    response = get(path, **headers)
    assert response.status_code == 200
    return str(response.content.decode())


def text(page: str) -> str:
    """What a reader sees, in one line."""
    body = page.partition("</head>")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", "", re.sub(r"<li|<div|<dd|<h\d|<p|<section", " <i", body))).split())


def said(page: str) -> str:
    """As `text`, without how long it has been so, which the machine's pace decides."""
    return re.sub(r" for \d+ s\b", "", text(page))


def title(page: str) -> str:
    return unescape(re.findall("<title>(.*?)</title>", page)[0])


@pytest.mark.usefixtures("usual")
class TestTheOverview:
    def test_begins_with_the_sentence(self) -> None:
        assert "2 of 6 checks fail celery/mail@w2, databases/replica 1 more warns" in said(html())

    def test_tells_it_in_the_tab_and_in_the_icon(self) -> None:
        page = html()
        assert title(page) == "(2) 2 of 6 checks fail · Status"
        assert f'href="./{ASSETS["fail.svg"].path}"' in page
        assert '<meta name="description" content="2 of 6 checks fail: celery/mail@w2, databases/replica">' in page

    def test_shows_failing_first_then_warning_then_passing_by_name(self) -> None:
        names = re.findall(r'class="name" title="health/(.*?)"', html())
        assert names == [
            "celery/mail@w2",
            "databases/replica",
            "certificate/shop.example",
            "celery/web@w1",
            "databases/default",
            "ping/pong",
        ]

    def test_shows_the_reason_and_what_to_do(self) -> None:
        page = html()
        assert "fail · ConnectionError: the replica is lost" in text(page)
        assert f'<a href="{RUNBOOK}">Runbook' in page
        assert "Reads fall back to the primary." in page

    def test_shows_the_other_resources_in_short(self) -> None:
        assert "branch main dirty no commit 2 entries" in text(html())

    def test_leads_to_the_resources(self) -> None:
        page = html()
        assert '<a href="./health/">Health</a>' in page
        assert '<a href="./stats/">Stats</a>' in page
        assert '<a href="./api/">JSON</a>' in page

    def test_leads_to_the_feed(self) -> None:
        for path, feed in (("/status/", "./feed"), ("/status/health/", "../feed"), ("/status/health", "./feed")):
            page = html(path)
            assert f'<a href="{feed}" type="application/atom+xml">Changes</a>' in page
            assert re.search(f'<link rel="alternate" type="application/atom.xml" [^>]*href="{feed}">', page)


@pytest.mark.usefixtures("usual")
class TestTheHealthPage:
    def test_has_the_sentence_and_the_checks(self) -> None:
        page = html("/status/health/")
        assert "2 of 6 checks fail" in text(page)
        assert "code" not in re.findall(r"<h3><bdi>(.*?)</bdi>", page)

    def test_says_what_is_checked(self) -> None:
        assert "What is checked databases Reads fall back to the primary." in text(html("/status/health/"))


@pytest.mark.usefixtures("usual")
class TestTheStatsPage:
    def test_shows_all_of_a_value(self) -> None:
        page = html("/status/stats/")
        assert title(page) == "Stats · Status"
        assert "commit 2 entries id 9f31c2e message Retry the webhook" in text(page)
        assert "<details><summary>" in page

    def test_says_why_there_is_nothing(self) -> None:
        assert "Nothing to show: ConnectionError: refused by db.internal" in text(html("/status/stats/"))


@pytest.mark.usefixtures("usual")
class TestEveryPage:
    @pytest.mark.parametrize(
        "path", ["/status/", "/status/health", "/status/health/", "/status/stats", "/status/stats/"]
    )
    @pytest.mark.parametrize("method", ["get", "post", "put", "delete", "head"])
    def test_is_200_and_html(self, path: str, method: str) -> None:
        response = getattr(Client(enforce_csrf_checks=True), method)(path)
        assert response.status_code == 200
        assert response["Content-Type"] == "text/html; charset=utf-8"

    @pytest.mark.parametrize("path", ["/status/", "/status/health/", "/status/stats"])
    def test_is_the_same_under_asgi(self, path: str) -> None:
        response: Any = asyncio.run(AsyncClient().get(path))
        assert response.status_code == 200
        assert title(response.content.decode())

    @pytest.mark.parametrize("path", ["/status/", "/status/health/", "/status/stats/"])
    def test_is_kept_by_nobody_and_runs_nothing_inline(self, path: str) -> None:
        response = get(path)
        assert response["Cache-Control"] == "no-store"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
        assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son\w+=", response.content.decode())

    @pytest.mark.parametrize(
        "path", ["/status/", "/status/health", "/status/health/", "/status/stats", "/status/stats/"]
    )
    def test_links_to_what_there_is(self, path: str) -> None:
        links = {urljoin(path, url) for url in re.findall(r'(?:href|src)="([^"#:]+)"', html(path))}
        assert {"/status/", "/status/health/", "/status/stats/", f"/status/{ASSETS['status.css'].path}"} <= links
        for link in links:
            assert get(link).status_code in (200, 503), link

    def test_names_its_language_once_its_heading_and_no_id_twice(self) -> None:
        for path in ("/status/", "/status/health/", "/status/stats/"):
            page = html(path)
            ids = re.findall(r'\sid="(.*?)"', page)
            assert '<html lang="en" dir="ltr">' in page
            assert page.count("<h1") == 1
            assert len(ids) == len(set(ids))

    def test_refuses_other_methods_and_lists_its_own(self) -> None:
        assert Client().patch("/status/").status_code == 405
        assert Client().options("/status/")["Allow"] == "GET, HEAD, OPTIONS, POST, PUT, DELETE"


class TestCompression:
    """Of pages; that of assets is told there."""

    @pytest.mark.parametrize("path", ["/status/", "/status/health/", "/status/stats/", "/status/?view=wall"])
    def test_is_for_who_takes_it(self, path: str) -> None:
        with site():
            plain, packed = get(path), get(path, accept_encoding="br, gzip")
            under_asgi: Any = asyncio.run(AsyncClient().get(path, headers={"accept-encoding": "gzip"}))
        assert "Content-Encoding" not in plain
        for response in (packed, under_asgi):
            assert response["Content-Encoding"] == "gzip"
            assert title(gzip.decompress(response.content).decode()) == title(plain.content.decode())
            assert len(response.content) < len(plain.content) / 2
        assert {response["Vary"] for response in (plain, packed)} == {"Authorization, Cookie, Accept-Encoding"}

    def test_has_no_length_that_tells_what_is_in_it(self) -> None:
        with site([], []):
            lengths = {len(get(accept_encoding="gzip").content) for _ in range(20)}
        assert len(lengths) > 1

    def test_is_not_done_twice(self) -> None:
        with site(MIDDLEWARE=["django.middleware.gzip.GZipMiddleware"]):
            response = get(accept_encoding="gzip")
        assert gzip.decompress(response.content).startswith(b"<!doctype html>")


@pytest.mark.parametrize(
    ("health", "state", "sentence"),
    [
        ([("ping", f"{HERE}.passing"), ("caches", f"{HERE}.passing")], "pass", "All 2 checks pass"),
        ([("ping", f"{HERE}.passing")], "pass", "The only check passes"),
        ([("a", f"{HERE}.passing"), ("cert", f"{HERE}.warning")], "warn", "1 of 2 checks warns cert/shop.example"),
        ([("a", f"{HERE}.failing"), ("b", f"{HERE}.failing")], "fail", "All 2 checks fail a, b"),
        ([("a", f"{HERE}.passing"), Provider("b", f"{HERE}.failing", critical=False)], "warn", "1 of 2 checks warns b"),
        ([("a", f"{HERE}.nothing")], "pass", "The only check passes"),
        ([("a", "no.such.provider"), ("b", f"{HERE}.passing")], "fail", "1 of 2 checks fails a"),
        ([], "none", "Nothing is checked yet"),
    ],
)
def test_sentence_and_icon_follow_the_state(health: list[object], state: str, sentence: str) -> None:
    with site(health, []):
        page = html()
    assert sentence in said(page)
    assert ASSETS[f"{state}.svg"].path in page
    assert f'<body class="is-{state}">' in page


def test_a_provider_that_hangs_fails_alone() -> None:
    with site([("slow", f"{HERE}.hanging"), ("ping", f"{HERE}.passing")], [], STATUS_TIMEOUT=0.05):
        page = text(html())
    assert "1 of 2 checks fails slow" in page
    assert "fail · no answer in 0.05 s" in page


@pytest.mark.parametrize("path", ["/status/", "/status/stats/", "/status/health/"])
def test_names_and_values_of_others_are_text_and_nothing_more(path: str) -> None:
    with site([("nasty", f"{HERE}.nasty")], [("nasty", f"{HERE}.nasty")]):
        page = html(path)
    assert not INLINE_SCRIPT.search(page)
    assert "<img" not in page
    assert 'onmouseover="' not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ settings.SECRET_KEY }}" in page
    assert "\x00" not in page
    assert "nul␀" in page
    assert LONG[:1000] not in page
    assert "(no name)" in page


def test_a_value_of_the_greatest_depth_unfolds_to_its_bottom() -> None:
    with site([], [("nested", f"{HERE}.nested")]):
        page = html("/status/stats/")
    assert page.count("<details>") == DEEPEST - 1
    assert page.count("<details>") == page.count("</details>")
    assert "the bottom" in page


def test_a_value_deeper_than_that_is_cut_and_says_so() -> None:
    with site([], [("deeper", f"{HERE}.deeper")]):
        page = html("/status/stats/")
    assert "nested deeper than 64 levels" in text(page)
    assert page.count("<details>") == page.count("</details>")
    assert "below what is kept" not in page


@pytest.mark.parametrize("path", ["/status/", "/status/stats/"])
def test_what_is_no_number_is_told_as_none(path: str) -> None:
    with site([], [("unbounded", f"{HERE}.unbounded")]):
        assert "a number none greatest none least none" in text(html(path))


@pytest.mark.parametrize("path", ["/status/", "/status/health/", "/status/stats/"])
def test_the_direction_of_what_others_name_ends_with_it(path: str) -> None:
    with site([("nasty", f"{HERE}.nasty"), ("wordy", f"{HERE}.wordy")], [("nasty", f"{HERE}.nasty")]):
        body = html(path).partition("</head>")[2]
    visible = re.sub(r'"[^"]*"', "", body)
    assert "\u202e" in visible
    assert "\u202e" not in re.sub(r"<bdi>[^<]*</bdi>", "", visible)


def test_when_every_check_fails_each_is_shown_with_its_reason() -> None:
    with site([(f"check-{at}", f"{HERE}.wordy") for at in range(20)], []):
        page = html("/status/health/")
    assert "All 20 checks fail" in text(page)
    assert "and 14 more" in text(page)
    assert page.count('<li class="row is-fail"') == page.count("ConnectionError: &lt;script&gt;") == 20


def test_a_list_of_thousands_is_counted_not_shown() -> None:
    with site([], [("list", f"{HERE}.long_list")]):
        page = html("/status/stats/")
    assert "… 4,800 more" in page
    assert page.count('class="leaf"') == 200


def test_of_thousands_of_components_the_failing_one_is_seen_and_the_rest_counted() -> None:
    with site([("shards", f"{HERE}.many")], []):
        page = html("/status/health/")
    assert "1 of 5,000 checks fails shards/shard 4999" in text(page)
    assert page.count('<li class="row is-') == MOST_ROWS
    assert "… 4,000 more, all passing" in page


def test_as_many_cards_as_a_page_has_room_for() -> None:
    with site([], [(f"p{at}", f"{HERE}.code") for at in range(MOST_CARDS + 5)]):
        assert "… 5 more" in html("/status/stats/")


@pytest.mark.parametrize("path", ["/status/", "/status/health/", "/status/stats/"])
def test_an_empty_resource_has_a_page(path: str) -> None:
    with site([], []):
        assert "yet" in text(html(path))


def test_an_empty_project_has_an_overview() -> None:
    with override_settings(STATUS_PROVIDERS={}, DEBUG=True):
        page = text(html())
    assert "Nothing is checked yet" in page
    assert "This site has no resources" in page


def test_another_name_is_a_page_too_and_is_judged_when_listed() -> None:
    providers = {"shop.orders": [("a", f"{HERE}.failing")], "health": [("a", f"{HERE}.passing")]}
    with override_settings(STATUS_PROVIDERS=providers, DEBUG=True, STATUS_JUDGED=("health", "shop.orders")):
        assert "1 of 2 checks fails shop.orders/a" in text(html())
        assert "The only check fails a" in text(html("/status/shop.orders/"))


class TestWhoMaySeeWhat:
    def test_with_states_a_stranger_sees_no_error_no_value_and_no_duration(self) -> None:
        health = [*HEALTH, ("queue", f"{HERE}.measured")]
        with site(health, DEBUG=False):
            pages = [html(), html("/status/health/")]
        for page in pages:
            assert "databases/replica" in text(page)
            assert "fail" in page
            for secret in ("replica is lost", "SELECT 1", "41,270", "41270", "11 days", RUNBOOK, "Reads fall", " ms"):
                assert secret not in page
            assert "process" not in page
            assert "3.0.0" not in page

    def test_with_states_a_stranger_sees_one_state_of_a_provider_whose_names_are_details(self) -> None:
        health: list[object] = [("ping", f"{HERE}.passing"), ("mail", f"{HERE}.hosts")]
        with site(health, DEBUG=False, STATUS_TOKENS=(TOKEN,)):
            pages = [html(), html("/status/health/")]
            trusted = html(Authorization=f"Bearer {TOKEN}")
        for page in pages:
            assert "1 of 2 checks fails mail" in text(page)
            assert title(page) == "(1) 1 of 2 checks fails · Status"
            assert re.findall(r'class="name" title="health/(.*?)"', page) == ["mail", "ping/pong"]
            assert "10.0.0" not in page
        assert "1 of 3 checks fails mail/10.0.0.8" in text(trusted)

    def test_with_states_a_stranger_is_not_told_since_when(self) -> None:
        # Of what has never failed it is when the process began.
        with site(DEBUG=False):
            pages = [html(), html("/status/health/")]
        for page in pages:
            assert "since" not in re.sub(r'class="num since"|data-lost="[^"]*"', "", page)
            assert not re.search(r"for \d", text(page))

    def test_with_a_token_all_is_seen(self) -> None:
        with site(DEBUG=False, STATUS_TOKENS=(TOKEN,)):
            overview = html(Authorization=f"Bearer {TOKEN}")
            stats = html("/status/stats/", Authorization=f"Bearer {TOKEN}")
        assert "the replica is lost" in overview
        assert "9f31c2e" in stats

    def test_a_private_resource_is_left_out_with_a_quiet_line(self) -> None:
        with site(DEBUG=False):
            page = html()
        assert "branch" not in page
        assert "Shown only to those who may see it: Stats" in text(page)

    @pytest.mark.parametrize("path", ["/status/stats", "/status/stats/"])
    def test_a_private_resource_asks_for_a_token(self, path: str) -> None:
        with site(DEBUG=False):
            response = get(path)
        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert response["Content-Type"] == "text/html; charset=utf-8"
        assert response["Cache-Control"] == "no-store"
        assert b"branch" not in response.content

    @pytest.mark.parametrize("path", ["/status/stats", "/status/stats/"])
    def test_a_hidden_resource_is_as_one_that_there_is_not(self, path: str) -> None:
        with site(DEBUG=False, STATUS_ACCESS={"stats": "hidden"}):
            hidden, missing = get(path), get("/status/nothing-of-the-kind")
            assert "Stats" not in html()
        assert hidden.status_code == missing.status_code == 404
        assert hidden.content.replace(b"stats", b"") == missing.content.replace(b"nothing-of-the-kind", b"")

    def test_who_may_see_nothing_is_told_so(self) -> None:
        with site(DEBUG=False, STATUS_ACCESS={"health": "private"}):
            assert "Nothing is shown to you" in text(html())

    def test_values_need_the_right_to_details(self) -> None:
        with site(DEBUG=False, STATUS_ACCESS={"stats": "states"}):
            page = html("/status/stats/")
        assert "shown to those who may see details" in page
        assert "9f31c2e" not in page


class TestTheSite:
    def test_title_logo_and_links_are_the_projects(self) -> None:
        links = {"Grafana": "https://grafana.example/d?a=1&b=2", "Docs": "/docs/"}
        with site(STATUS_SITE={"title": "shop & co", "logo": "/static/logo.svg", "links": links}):
            page = html()
        assert title(page) == "(2) 2 of 6 checks fail · shop & co"
        assert '<img src="/static/logo.svg" alt="">' in page
        assert '<a href="https://grafana.example/d?a=1&amp;b=2"><bdi>Grafana</bdi></a>' in page
        assert '<a href="/docs/"><bdi>Docs</bdi></a>' in page

    @pytest.mark.parametrize(
        ("setting", "said"),
        [
            ({}, "Release 4.18.0"),
            ({"release": "2026-11-24.3"}, "Release 2026-11-24.3"),
            ({"release": " a\nb "}, "Release a b"),
            ({"release": ""}, None),
            ({"release": None}, None),
        ],
    )
    def test_the_release_is_what_the_setting_says_else_the_projects_version(
        self, setting: dict[str, object], said: str | None, tmp_path: Path
    ) -> None:
        (tmp_path / "pyproject.toml").write_text('[project]\nversion = "4.18.0"\n')
        with site(PROJECT_PATH=str(tmp_path), STATUS_SITE=setting):
            page = text(html())
        assert said in page if said else "Release" not in page

    def test_the_release_is_for_the_trusted(self) -> None:
        with site(DEBUG=False, STATUS_SITE={"release": "4.18.0"}):
            assert "4.18.0" not in html()

    @pytest.mark.parametrize("links", [[("A", "/a/"), ["B", "/b/"]], (("A", "/a/"), ("B", "/b/"))])
    def test_links_may_be_pairs(self, links: object) -> None:
        with site(STATUS_SITE={"links": links}):
            page = html()
        assert 'href="/a/"' in page
        assert 'href="/b/"' in page

    @pytest.mark.parametrize(
        "url", ["javascript:alert(1)", "JavaScript:alert(1)", "java\nscript:alert(1)", "data:text/html,x"]
    )
    def test_a_link_that_would_run_something_is_left_out(self, url: str) -> None:
        with site(STATUS_SITE={"logo": url, "links": {"Bad": url}}):
            page = html()
        assert "Bad" not in page
        assert "<img" not in page

    @pytest.mark.parametrize("links", ["text", 5, [1, "ab", ("a", "b", "c")], {"a": None}, None])
    def test_links_of_another_shape_are_left_out(self, links: object) -> None:
        with site(STATUS_SITE={"links": links, "title": 7}):
            assert title(html()).endswith("· 7")


class TestTheTemplates:
    @pytest.mark.parametrize(
        "templates",
        [
            [],
            [{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
            [{"BACKEND": "django.template.backends.jinja2.Jinja2", "APP_DIRS": True}],
            [{"BACKEND": "no.such.Engine"}],
            [
                {
                    "BACKEND": "django.template.backends.django.DjangoTemplates",
                    "APP_DIRS": True,
                    "OPTIONS": {
                        "autoescape": False,
                        "string_if_invalid": "INVALID",
                        "context_processors": [f"{__name__}.broken_processor"],
                    },
                }
            ],
        ],
    )
    def test_work_whatever_the_project_has(self, templates: list[dict[str, object]]) -> None:
        with site([("nasty", f"{HERE}.nasty")], TEMPLATES=templates):
            for path in ("/status/", "/status/health/", "/status/stats/"):
                page = html(path)
                assert not INLINE_SCRIPT.search(page)
                assert "INVALID" not in page

    @pytest.mark.parametrize("app_dirs", [True, False])
    def test_are_overridden_by_the_projects(self, tmp_path: Path, app_dirs: bool) -> None:
        (tmp_path / "status").mkdir()
        (tmp_path / "status" / "main.html").write_text(
            '{% extends "status/base.html" %}{% block content %}Ours: {{ verdict.headline }}{% endblock %}'
        )
        with site(TEMPLATES=[engine(tmp_path, app_dirs=app_dirs)]):
            assert "Ours: 2 of 6 checks fail" in html()
            assert "2 of 6 checks fail" in html("/status/health/")

    def test_of_the_projects_that_fail_do_not_hide_what_is_down(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "status").mkdir()
        (tmp_path / "status" / "base.html").write_text("{% nonsense %}")
        with site(TEMPLATES=[engine(tmp_path, app_dirs=True)], DEBUG=False):
            assert "2 of 6 checks fail" in html()
        assert "templates of django-status can't be used" in caplog.text


def engine(folder: Path, *, app_dirs: bool) -> dict[str, object]:
    return {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [folder], "APP_DIRS": app_dirs}


def broken_processor(request: object) -> dict[str, object]:
    raise AssertionError("a context processor of the project's was asked")
