"""What the project has in a database, and what `migrate` has yet to do there: as Django's own commands tell it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.test import override_settings

from status.providers.databases.project import _modules, _reading, not_applied
from status.providers.django.stats import databases
from tests.servers.mariadb import MariaDB
from tests.servers.postgres import Postgres
from tests.sites import databases as site

ENGINE = "django.db.backends.sqlite3"


class NotHere:
    """A project's router: the users' tables are in another database."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return None if app_label != "auth" else False


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def entry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """An empty database of each vendor."""
    if request.param == "sqlite":
        (tmp_path / "db.sqlite3").touch()
        yield {"ENGINE": ENGINE, "NAME": tmp_path / "db.sqlite3"}
        return
    server: Postgres | MariaDB = request.getfixturevalue(request.param)
    server.create_database("of_project")
    yield server.django_database("of_project")
    server.sql("DROP DATABASE of_project")


def planned(alias: str) -> set[str]:
    """What `showmigrations` lists as not applied."""
    told = StringIO()
    call_command("showmigrations", database=alias, format="plan", stdout=told)
    return {line.split()[-1] for line in told.getvalue().splitlines() if line.startswith("[ ]")}


def test_before_and_after_migrate(entry: dict[str, Any]) -> None:
    with site(default=entry):
        told = databases.look_at("default")
        everything = planned("default")
        connections["default"].close()
        assert told["migrations"]["count"] == told["migrations"]["unapplied_total"] == len(everything)
        assert set(told["migrations"]["unapplied"]) < everything
        assert told["tables"]["total"] == told["tables"]["of_no_app"] == 0
        assert told["tables"]["missing_total"] == 8
        call_command("migrate", "auth", "0010", database="default", verbosity=0)
        told = databases.look_at("default")
        assert set(told["migrations"]["unapplied"]) == planned("default")
        call_command("migrate", database="default", verbosity=0)
        with connections["default"].cursor() as cursor:
            cursor.execute("CREATE TABLE left_over (a int)")
        connections["default"].close()
        told = databases.look_at("default")
    assert told["migrations"] == {"count": len(everything), "unapplied_total": 0, "unapplied": []}
    assert told["apps"] == {"contenttypes": 1, "auth": 6, "sessions": 1}
    assert told["tables"] == {"total": 10, "of_no_app": 2, "missing_total": 0}  # that, and Django's own of migrations


@override_settings(DATABASE_ROUTERS=[NotHere()])
def test_what_a_router_keeps_elsewhere_is_not_missed(tmp_path: Path) -> None:
    (tmp_path / "db.sqlite3").touch()
    with site(main={"ENGINE": ENGINE, "NAME": tmp_path / "db.sqlite3"}):
        told = databases.look_at("main")
    assert told["tables"]["missing"] == ["django_content_type", "django_session"]
    assert not [name for name in told["migrations"]["unapplied"] if name.startswith("auth.")]


@pytest.fixture
def squashing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Migrations of the app `sessions`: three, the first two squashed by a fourth."""
    folder = tmp_path / "squashing"
    folder.mkdir()
    imports = "from __future__ import annotations\nfrom django.db import migrations\n\n\n"
    body = f"{imports}class Migration(migrations.Migration):\n"
    written = {
        "__init__": "",
        "0001_a": f"{body}    dependencies = []\n",
        "0002_b": f"{body}    dependencies = [('sessions', '0001_a')]\n",
        "0001_squashed": f"{body}    replaces = [('sessions', '0001_a'), ('sessions', '0002_b')]\n",
        "0003_c": f"{body}    dependencies = [('sessions', '0002_b')]\n",
    }
    for name, text in written.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    _reading.cache_clear()  # the last one's were of the same name
    with override_settings(MIGRATION_MODULES={"sessions": "squashing", "auth": None, "contenttypes": None}):
        yield folder
    for name in [name for name in sys.modules if name.startswith("squashing")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    "applied", [(), ("0001_a",), ("0001_a", "0002_b"), ("0001_squashed", "0001_a", "0002_b"), ("0001_squashed",)]
)
def test_a_squashed_migration_counts_as_it_does_for_migrate(
    squashing: Path, applied: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "db.sqlite3").touch()
    with site(main={"ENGINE": ENGINE, "NAME": tmp_path / "db.sqlite3"}):
        with connections["main"].cursor() as cursor:
            cursor.execute("CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied text)")
            for name in applied:
                cursor.execute("INSERT INTO django_migrations (app, name) VALUES ('sessions', %s)", [name])
        loader = MigrationLoader(connections["main"])
        left = {key for key in loader.graph.nodes if key not in loader.applied_migrations}
        told = databases.look_at("main")["migrations"]
    assert set(told["unapplied"]) == {".".join(key) for key in left}


def test_nothing_squashed_is_what_is_not_there() -> None:
    assert not_applied({("a", "1"): (), ("a", "2"): ()}, {("a", "1"), ("gone", "7")}) == {("a", "2")}


def test_a_module_that_can_not_be_imported_is_named(squashing: Path, tmp_path: Path) -> None:
    (squashing / "0004_d.py").write_text("from __future__ import annotations\nimport nowhere_to_be_found\n")
    told = databases()["default"]
    assert told["unavailable"]["migrations"] == "ModuleNotFoundError: No module named 'nowhere_to_be_found'"
    assert told["apps"] == {} or told["apps"]


def test_modules_that_take_long_are_not_waited_for(squashing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = squashing.parent / "gate"
    waiting = f"import os, time\nwhile not os.path.exists({str(gate)!r}):\n    time.sleep(0.01)\n"
    text = (squashing / "0003_c.py").read_text()
    (squashing / "0003_c.py").write_text(text.replace("annotations\n", f"annotations\n{waiting}", 1))
    told = databases()["default"]
    assert told["unavailable"]["migrations"] == "the migrations' modules are being read for the first time"
    gate.touch()
    assert _modules().read.wait(20)
    assert databases()["default"]["migrations"]["count"] == 4


def test_a_vendor_without_figures_of_its_own_has_those_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "db.sqlite3").touch()
    with site(main={"ENGINE": "tests.foreign_vendor", "NAME": tmp_path / "db.sqlite3"}):
        told = databases.look_at("main")
    assert told["vendor"] == "foreign"
    assert told["migrations"]["unapplied_total"] == told["migrations"]["count"]
    assert told["tables"]["total"] == 0
    assert "server" not in told
