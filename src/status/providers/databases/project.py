"""What the project has in a database: its apps' tables, and the migrations that were not applied."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.apps import apps
from django.conf import settings
from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from ...core.bounds import remaining_s
from ...core.observation import Json
from ...core.threads import start_daemon
from .asking import MOST, Asking

Key = tuple[str, str]
"""A migration: its app's label and its name."""

# The names alone: Django's introspection reads the comment of each table, for which MySQL opens it.
_TABLES = {
    "postgresql": "SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relpersistence <> 't'"
    " AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname = 'information_schema')"
    " AND pg_table_is_visible(oid)",
    "mysql": "SHOW TABLES",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite|_%' ESCAPE '|'",
}


def figures(ask: Asking) -> dict[str, Json]:
    """`tables`, `apps` and `migrations`: two questions, and once a process the reading of the migrations' modules."""
    names = _tables(ask)
    told: dict[str, Json] = {}
    if names is not None:
        told |= _by_app(ask.connection.alias, names)
        told |= _migrations(ask, names)
    return told


def _tables(ask: Asking) -> frozenset[str] | None:
    statement = _TABLES.get(ask.connection.vendor)
    if statement is None:
        with ask.connection.cursor() as cursor:
            return frozenset(ask.connection.introspection.table_names(cursor))
    rows = ask.rows("tables", statement)
    return None if rows is None else frozenset(str(value) for row in rows for value in row.values())


def _by_app(alias: str, names: Collection[str]) -> dict[str, Json]:
    there = {name.casefold() for name in names}
    counts: dict[str, Json] = {}
    missing: list[str] = []
    ours: set[str] = set()
    for config in apps.get_app_configs():
        models = [model for model in config.get_models(include_auto_created=True) if not model._meta.proxy]
        tables = {model._meta.db_table.casefold() for model in models}
        ours |= tables
        if found := len(tables & there):
            counts[config.label] = found
        missing += [model._meta.db_table for model in models if _is_missing(alias, model, there)]
    told: dict[str, Json] = {"total": len(names), "of_no_app": len(there - ours), "missing_total": len(set(missing))}
    if missing:
        told["missing"] = list[Json](sorted(set(missing))[:MOST])
    return {"tables": told, "apps": counts}


def _is_missing(alias: str, model: type[Model], there: Collection[str]) -> bool:
    table = model._meta.db_table
    # A name with quotes in it leads into another schema: a usual trick, and not to be looked up here.
    if not model._meta.managed or '"' in table or table.casefold() in there:
        return False
    return router.allow_migrate_model(alias, model)


def _migrations(ask: Asking, names: Collection[str]) -> dict[str, Json]:
    connection = ask.connection
    applied: set[Key] = set()
    if "django_migrations" in names:
        rows = ask.rows("migrations", "SELECT app, name FROM django_migrations", needs="SELECT on django_migrations")
        if rows is None:
            return {}
        applied = {(str(row["app"]), str(row["name"])) for row in rows}
    modules = _modules()
    if modules.read.wait(remaining_s() / 3) and modules.problem is None:
        unapplied = sorted(key for key in not_applied(modules.replaced, applied) if _is_migrated(connection, key[0]))
        listed: list[Json] = [".".join(key) for key in unapplied[:MOST]]
        return {"migrations": {"count": len(modules.replaced), "unapplied_total": len(unapplied), "unapplied": listed}}
    ask.unavailable["migrations"] = modules.problem or "the migrations' modules are being read for the first time"
    return {}


def _is_migrated(connection: BaseDatabaseWrapper, label: str) -> bool:
    return bool(router.allow_migrate(connection.alias, label))


def not_applied(replaced: Mapping[Key, Collection[Key]], applied: Collection[Key]) -> set[Key]:
    """Which of the migrations on disk `migrate` would apply; `replaced` has those that each of them squashes.

    By Django's rule (docs, "Squashing migrations"): one that squashes others stands for them when all of them are
    applied, or none; else it is they that count.
    """
    done = set(applied)
    left = set(replaced)
    for key, squashed in replaced.items():
        if not squashed:
            continue
        states = [each in done for each in squashed]
        if all(states):
            done.add(key)
        else:
            done.discard(key)
        if any(states) and not all(states):
            left.discard(key)
        else:
            left.difference_update(squashed)
    return left - done


@dataclass(slots=True)
class _Modules:
    """The migrations of the project's apps on disk. They are read aside: of a large project that takes seconds."""

    read: threading.Event
    replaced: dict[Key, tuple[Key, ...]]
    problem: str | None = None

    def load(self) -> None:
        from django.db.migrations.loader import MigrationLoader

        try:
            loader = MigrationLoader(None, load=False)
            loader.load_disk()
            self.replaced = {
                key: tuple((str(app), str(name)) for app, name in migration.replaces)
                for key, migration in loader.disk_migrations.items()
            }
        except Exception as error:  # noqa: BLE001 - any module's own
            self.problem = f"{type(error).__name__}: {error}"
        finally:
            self.read.set()


_MAKING = threading.Lock()


def _modules() -> _Modules:
    """Those of the apps that are installed now; read once, since a process's code does not change."""
    labels = tuple(config.label for config in apps.get_app_configs())
    with _MAKING:
        return _reading(labels, tuple(sorted(settings.MIGRATION_MODULES.items(), key=str)))


@lru_cache(maxsize=2)
def _reading(labels: tuple[str, ...], modules: tuple[object, ...]) -> _Modules:
    found = _Modules(threading.Event(), {})
    start_daemon(found.load, "status-migrations")
    return found
