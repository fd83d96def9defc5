"""The page of a resource that isn't judged: what each provider's own template makes of its values."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from status import Observation, Provider, Report, State
from status.website.cards import Values, template_of, values
from status.website.present import Seen
from status.website.templates import render
from tests.sites import celery_project
from tests.website.test_pages import engine, html, site, text

if TYPE_CHECKING:
    from tests.conftest import StartCeleryWorker
    from tests.servers.valkey import Valkey

HERE = "tests.website.providers"
NOW = 1_800_000_000.0
PUBLIC: dict[str, object] = {"DEBUG": False, "STATUS_ACCESS": {"stats": "public"}}
DATABASES = Provider("databases", "status.providers.django.stats.databases")


def seen(reference: str, value: object = None, **fields: object) -> Observation:
    told = Observation(reference, reference.split("/")[-1], State.PASS, NOW - 4, 0.001)
    return replace(told, value=value, **fields)  # type: ignore[arg-type]


def whole(name: str, *parts: Observation) -> Observation:
    return replace(seen(f"stats/{name}"), components=parts, composed=True)


def shown(*found: Observation, outline: bool = False, details: bool = True, **providers: Provider) -> Values:
    return values(Seen(Report("stats", found, judged=False), details, providers), NOW, outline=outline)


def page(section: Values) -> str:
    return render("status/stats.html", {"state": "none", "title": "Stats", "root": "./", "section": section}).decode()


def words(section: Values) -> str:
    return text(page(section))


class TestGroups:
    def test_components_stand_together_and_single_cards_side_by_side_below(self) -> None:
        section = shown(
            seen("stats/code", {"a": 1}),
            whole("queues", seen("stats/queues/a", 1), seen("stats/queues/b", 2)),
            seen("stats/orders", {"a": 1}),
        )
        assert [(group.title, group.single) for group in section.groups] == [("queues", False), ("code, orders", True)]

    def test_each_provider_has_its_values_for_programs(self) -> None:
        made = page(shown(seen("stats/code", {"a": 1}), whole("a b", seen("stats/a b/x", 1))))
        assert re.findall('href="([^"]*)" data-copy', made) == ["./api/stats/code", "./api/stats/a%20b"]

    def test_not_for_who_may_not_see_them(self) -> None:
        made = page(shown(seen("stats/code", {"a": 1}), details=False))
        assert "api/" not in made
        assert 'type="search"' not in made


class TestDatabases:
    VALUE: ClassVar[dict[str, object]] = {
        "vendor": "postgresql",
        "settings": {
            "NAME": "shop",
            "HOST": "db.internal",
            "PORT": "5432",
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
            "ATOMIC_REQUESTS": False,
            "TIME_ZONE": None,
        },
    }

    def test_say_where_they_are_and_how_they_are_used(self) -> None:
        found = whole("databases", seen("stats/databases/default", self.VALUE))
        told = words(shown(found, databases=DATABASES))
        assert "default postgresql" in told
        for line in (
            "Database shop",
            "Host db.internal",
            "Port 5432",
            "Connections are kept 10 min",
            "Checked before use yes",
        ):
            assert line in told, line
        assert "All values" in told

    @pytest.mark.parametrize(
        ("age", "kept"), [(0, "for one request"), (None, "as long as they last"), (0.5, "500 ms"), ("x", "")]
    )
    def test_say_how_long_connections_are_kept(self, age: object, kept: str) -> None:
        value = {**self.VALUE, "settings": {"CONN_MAX_AGE": age}}
        told = words(shown(whole("databases", seen("stats/databases/default", value)), databases=DATABASES))
        assert f"Connections are kept {kept}".strip() in told or not kept
        assert ("Connections are kept" in told) is bool(kept)

    def test_that_can_not_be_read_say_why(self) -> None:
        lost = seen("stats/databases/replica", error="connection refused", failed=True)
        told = words(shown(whole("databases", lost), databases=DATABASES))
        assert "replica" in told
        assert "Nothing to show: connection refused" in told
        assert "Connections" not in told

    def test_are_of_this_site(self, databases_allowed: None) -> None:
        with site([], [("databases", "status.providers.django.stats.databases")]):
            assert "default sqlite" in text(html("/status/stats/"))
            assert "default sqlite" in text(html())


class TestCelery:
    def test_workers_are_a_table(self, valkey: Valkey, start_celery_worker: StartCeleryWorker) -> None:
        start_celery_worker(valkey.url, "web@w1")
        workers = {"workers": ["web@w1", "mail@w2"]}
        with celery_project(valkey.url), site([], [("celery", "status.providers.celery.stats.celery", (), workers)]):
            made = html("/status/stats/")
            brief = html()
        told = text(made)
        assert "1 of 2 workers answer" in told
        rows = re.findall(r"<tr [^>]*class=.*?</tr>", made, re.DOTALL)
        assert [re.findall("is-[a-z]+", row)[0] for row in rows] == ["is-pass", "is-fail"]
        assert re.search(r"web@w1.*online.*MiB", rows[0])
        assert "silent" in rows[1]
        assert "All values of web@w1" in told
        assert "1 of 2 workers answer" in text(brief)
        assert "<table" not in brief

    @pytest.mark.parametrize("value", [{}, {"uptime": "x", "pool": 3, "total": [], "rusage": None}, 7, "text", None])
    def test_a_worker_of_another_version_has_gaps(self, value: object) -> None:
        celery = Provider("celery", "status.providers.celery.stats.celery")
        told = words(shown(whole("celery", seen("stats/celery/a", value)), celery=celery))
        assert "1 of 1 worker answers" in told

    def test_without_a_broker_it_says_why(self) -> None:
        celery = Provider("celery", "status.providers.celery.stats.celery")
        lost = seen("stats/celery", error="broker refused", failed=True)
        told = words(shown(lost, celery=celery))
        assert "Nothing to show: broker refused" in told
        assert "answer" not in told

    def test_that_are_silent_are_named_in_short_too(self) -> None:
        celery = Provider("celery", "status.providers.celery.stats.celery")
        lost = [seen(f"stats/celery/mail@w{at}", error="no answer", failed=True) for at in range(8)]
        told = words(shown(whole("celery", seen("stats/celery/web@w1", {}), *lost), celery=celery, outline=True))
        assert "1 of 9 workers answer" in told
        assert "mail@w5 silent" in told
        assert "mail@w6" not in told
        assert told.count("…") == 1
        assert "web@w1" not in told


class TestCode:
    def test_says_what_runs(self) -> None:
        with site([], [("code", "status.providers.stats.code")], PROJECT_PATH=str(Path(__file__).parent)):
            told = text(html("/status/stats/"))
        assert re.search(r"Commit [0-9a-f]{7} ", told)
        assert "DEBUG on: for development alone" in told

    @pytest.mark.parametrize(
        ("value", "said"),
        [
            ({"problem": "the repository can't be read"}, "Repository the repository can't be read"),
            ({"hint": "install django-status[git]"}, "Repository install django-status[git]"),
            (
                {"commit": {"id": "9f31c2e" * 5, "summary": "Retry", "date": "2027-01-15T08:00:00Z"}},
                "Commit 9f31c2e Retry",
            ),
            ({"branch": {"local": "main"}, "dirty": True}, "Working copy changed since"),
            ({"commit": 3, "branch": [], "tag": {}}, "All values"),
        ],
    )
    def test_of_any_shape_is_shown(self, value: object, said: str) -> None:
        code = Provider("code", "status.providers.stats.code")
        assert said in words(shown(seen("stats/code", value), code=code))


class TestTemplatesOfProviders:
    def test_of_ours_are_for_our_functions_alone(self) -> None:
        with site([], [("databases", f"{HERE}.code")]):
            told = text(html("/status/stats/"))
        assert "branch main" in told
        assert "Connections" not in told

    @pytest.mark.parametrize("path", ["/status/stats/", "/status/"])
    def test_of_the_project_have_the_documented_context(self, path: str, tmp_path: Path) -> None:
        folder = tmp_path / "status" / "providers" / "stats"
        folder.mkdir(parents=True)
        (folder / "orders.html").write_text(
            "{% load status_figures %}{% for part in parts %}<p>{{ provider.label }} {{ part.name }} "
            "{{ part.value.size|bytes }}, {{ part.problem }}, outline {{ outline }}, alone {{ alone }}</p>{% endfor %}"
        )
        orders = Provider("orders", f"{HERE}.orders", label="Our orders")
        with site([], [orders], TEMPLATES=[engine(tmp_path, app_dirs=True)]):
            told = text(html(path))
        assert f"Our orders 2.0 KiB, , outline {path == '/status/'}, alone True" in told

    def test_of_the_project_show_a_check_too(self, tmp_path: Path) -> None:
        folder = tmp_path / "status" / "providers" / "health"
        folder.mkdir(parents=True)
        (folder / "plain.html").write_text("<p>seen: {{ parts.0.value }}, {{ provider.name }}</p>")
        with site([("plain", f"{HERE}.plain")], TEMPLATES=[engine(tmp_path, app_dirs=True)]):
            assert "seen: fine, plain" in text(html("/status/health/plain"))

    def test_that_fails_does_not_hide_what_is_shown(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        folder = tmp_path / "status" / "providers" / "stats"
        folder.mkdir(parents=True)
        (folder / "code.html").write_text("{% nonsense %}")
        with site([], [("code", f"{HERE}.code")], TEMPLATES=[engine(tmp_path, app_dirs=True)], **PUBLIC):
            assert "branch main" in text(html("/status/stats/"))
        assert "templates of django-status can't be used" in caplog.text

    @pytest.mark.parametrize(
        ("resource", "name", "templates"),
        [
            ("stats", "orders", ("status/providers/stats/orders.html",)),
            ("shop.orders", "a-b_c.d", ("status/providers/shop.orders/a-b_c.d.html",)),
            ("stats", "..", ()),
            ("..", "orders", ()),
            ("stats", "a/../../b", ()),
            ("stats", "a b", ()),
            ("stats", "a\x00", ()),
            ("stats", "", ()),
        ],
    )
    def test_are_looked_for_under_harmless_names_alone(
        self, resource: str, name: str, templates: tuple[str, ...]
    ) -> None:
        assert template_of(resource, name, None) == templates


def test_the_tree_says_units_by_key() -> None:
    told = words(shown(seen("stats/orders", {"size_bytes": 13_314_398_618, "started_at": NOW - 7300, "x": [1, 2]})))
    assert "size_bytes 12.4 GiB" in told
    assert "started_at 2 h ago" in told


def test_what_is_shown_says_how_it_is_exactly() -> None:
    assert 'title="13314398618"' in page(shown(seen("stats/orders", {"size_bytes": 13_314_398_618})))
