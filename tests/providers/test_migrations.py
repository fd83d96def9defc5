"""Migrations that a database has not seen."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import override_settings

from status import State
from status.core.observation import Observation
from status.providers.migrations import migrations
from status.testing import inline
from tests.checking import KINDS, empty_database, look, told_at_start
from tests.sites import databases

PATH = "migrations.migrations"
SQLITE = "django.db.backends.sqlite3"

MIGRATION = """
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = {dependencies}
    replaces = {replaces}
    operations = []
"""

Write = Callable[..., None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Write]:
    """Writes a migration of the app "shop", which the project has."""
    name = f"shop_{abs(hash(request.node.name))}"
    package = tmp_path / "apps" / name
    (package / "migrations").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "migrations" / "__init__.py").touch()
    (package / "apps.py").write_text(
        f"from django.apps import AppConfig\n\nclass Shop(AppConfig):\n    name = {name!r}\n    label = 'shop'\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path / "apps"))

    def written(migration: str, after: str | None = None, replaces: tuple[str, ...] = ()) -> None:
        text = MIGRATION.format(
            dependencies=[("shop", after)] if after else [], replaces=[("shop", each) for each in replaces]
        )
        (package / "migrations" / f"{migration}.py").write_text(textwrap.dedent(text))

    with override_settings(INSTALLED_APPS=["django.contrib.contenttypes", "status", name]):
        yield written
    for module in [module for module in sys.modules if module.startswith(name)]:
        del sys.modules[module]


def look_at() -> Observation:
    return look(PATH)["default"]


def tables() -> list[str]:
    return connections["default"].introspection.table_names()


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("kind", KINDS)
def test_it_follows_a_database_through_its_migrations(
    kind: str, write: Write, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    write("0001_initial")
    write("0002_price", after="0001_initial")
    with empty_database(kind, request, tmp_path):
        seen = look_at()
        assert (seen.state, seen.value, seen.error) == (State.FAIL, 4, "never migrated")
        assert tables() == []  # it created none
        call_command("migrate", "shop", "0001", verbosity=0)
        seen = look_at()
        assert (seen.state, seen.value, seen.unit) == (State.FAIL, 3, "unapplied")
        told = "contenttypes.0001_initial, contenttypes.0002_remove_content_type_name, shop.0002_price"
        assert seen.error == f"unapplied: {told}"
        assert look(PATH, unapplied="warn")["default"].state is State.WARN
        call_command("migrate", verbosity=0)
        seen = look_at()
        assert (seen.state, seen.value, seen.error) == (State.PASS, 0, None)


@pytest.mark.usefixtures("patient")
def test_it_costs_a_database_one_query(write: Write, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    write("0001_initial")
    asked: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    with empty_database("sqlite", request, tmp_path):
        call_command("migrate", verbosity=0)
        with inline(), connections["default"].execute_wrapper(note):
            assert look_at().state is State.PASS
    assert asked == ['SELECT app, name FROM "django_migrations"']


@pytest.mark.usefixtures("patient")
def test_squashed_migrations_count_once_applied_or_not(
    write: Write, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    write("0001_initial")
    write("0002_price", after="0001_initial")
    write("0001_squashed", replaces=("0001_initial", "0002_price"))
    write("0003_name", after="0001_squashed")
    with empty_database("sqlite", request, tmp_path):
        call_command("migrate", "contenttypes", verbosity=0)
        assert look_at().error == "unapplied: shop.0001_squashed, shop.0003_name"
        recorder = MigrationRecorder(connections["default"])
        recorder.record_applied("shop", "0001_initial")
        assert look_at().error == "unapplied: shop.0002_price, shop.0003_name"
        recorder.record_applied("shop", "0002_price")
        assert look_at().error == "unapplied: shop.0003_name"
        recorder.record_applied("shop", "0003_name")
        assert look_at().state is State.PASS


@pytest.mark.usefixtures("patient")
def test_an_inconsistent_history_fails(write: Write, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    write("0001_initial")
    write("0002_price", after="0001_initial")
    with empty_database("sqlite", request, tmp_path):
        call_command("migrate", "contenttypes", verbosity=0)
        MigrationRecorder(connections["default"]).record_applied("shop", "0002_price")
        seen = look(PATH, unapplied="warn")["default"]
        assert (seen.state, seen.value) == (State.FAIL, 1)
        assert seen.error == "shop.0002_price is applied before shop.0001_initial, which it depends on"


@pytest.mark.usefixtures("patient")
def test_conflicting_migrations_fail(write: Write, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    write("0001_initial")
    write("0002_name", after="0001_initial")
    write("0002_price", after="0001_initial")
    with empty_database("sqlite", request, tmp_path):
        assert look_at().error == "conflicting migrations of shop: 0002_name, 0002_price"


@pytest.mark.usefixtures("patient")
def test_of_many_the_first_are_named(write: Write, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    for number in range(1, 14):
        write(f"{number:04}_step", after=f"{number - 1:04}_step" if number > 1 else None)
    with empty_database("sqlite", request, tmp_path):
        call_command("migrate", "contenttypes", verbosity=0)
        assert str(look_at().error).endswith("shop.0010_step and 3 more")


class Elsewhere:
    """Content types and what the shop has are let into "other" alone."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "other"


@pytest.mark.usefixtures("patient")
def test_what_the_routers_keep_out_is_not_missed(write: Write, tmp_path: Path) -> None:
    write("0001_initial")
    for name in ("here", "there"):
        (tmp_path / name).touch()
    entries = {
        "default": {"ENGINE": SQLITE, "NAME": tmp_path / "here"},
        "other": {"ENGINE": SQLITE, "NAME": tmp_path / "there"},
    }
    with databases(**entries), override_settings(DATABASE_ROUTERS=[f"{__name__}.Elsewhere"]):
        seen = look(PATH)
        assert {alias: part.value for alias, part in seen.items()} == {"default": 0, "other": 3}
        assert list(look(PATH, ["other"])) == ["other"]


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("kind", KINDS)
def test_inline_a_missing_table_does_not_end_the_tests_transaction(
    kind: str, write: Write, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    from django.db import transaction

    with empty_database(kind, request, tmp_path), inline(), transaction.atomic():
        assert look_at().error == "never migrated"
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)


@pytest.mark.usefixtures("patient")
def test_a_history_that_may_not_be_read_fails(
    postgres: Any, write: Write, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with empty_database("postgres", request, tmp_path):
        call_command("migrate", verbosity=0)
        name = connections.settings["default"]["NAME"]
        role = f"reader_{name}"
        postgres.sql(f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
        try:
            with databases(default=postgres.django_database(NAME=name, USER=role, PASSWORD="x")):
                assert "permission denied" in str(look_at().error)
        finally:
            postgres.sql(f"DROP ROLE {role}")


@pytest.mark.usefixtures("patient")
def test_a_database_that_refuses_fails(postgres: Any, refused_port: int) -> None:
    with databases(default=postgres.django_database(PORT=str(refused_port))):
        assert "refused" in str(look_at().error)


def test_called_as_a_function_it_answers_too(write: Write, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with empty_database("sqlite", request, tmp_path):
        [seen] = migrations().values()
    assert seen.state is State.FAIL


@pytest.mark.parametrize(
    ("args", "kwargs", "told"),
    [
        ([[]], {}, "aliases names none: a check of nothing would always pass"),
        (["default"], {}, "aliases is a list of texts, not a str"),
        ([["other"]], {}, "aliases: DATABASES has no 'other' (it has: default)"),
        ([], {"unapplied": "pass"}, "unapplied is one of fail, warn, not 'pass'"),
    ],
)
def test_a_wrong_argument_is_told_at_start(args: Any, kwargs: Any, told: str) -> None:
    assert told in told_at_start(PATH, *args, **kwargs)
