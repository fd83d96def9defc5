"""Which of the project's migrations a database has not seen, by what it says it has."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import router
from django.db.migrations.loader import MigrationLoader

Key = tuple[str, str]
"""App label and name."""

_reading = Lock()
_read: dict[object, tuple[Any, Any, Any]] = {}
"""What the last project has on disk; in tests another may follow."""


@dataclass(frozen=True, slots=True)
class History:
    """A database's, beside the project's."""

    unapplied: tuple[str, ...]
    """As "shop.0002_price", in the order of the apps."""
    problem: str | None
    """Why `migrate` would refuse it."""


class _Loader(MigrationLoader):
    """Django's own, told what is applied: on a connection it would list the tables, and use the ORM's connections."""

    def __init__(self, applied: Collection[Key]) -> None:
        self._applied: dict[Key, Any] = dict.fromkeys(applied)
        super().__init__(None, ignore_no_migrations=True)

    @property
    def applied_migrations(self) -> dict[Key, Any]:
        return self._applied

    @applied_migrations.setter
    def applied_migrations(self, nothing: object) -> None:
        """What it takes for applied without a connection."""

    def load_disk(self) -> None:
        """Once a process: they change with a deploy, and Django would import their packages anew each time."""
        project = _project()
        with _reading:
            if project not in _read:
                super().load_disk()
                _read.clear()
                _read[project] = self.disk_migrations, self.unmigrated_apps, self.migrated_apps
            self.disk_migrations, self.unmigrated_apps, self.migrated_apps = _read[project]


@lru_cache(maxsize=8)
def history(alias: str, applied: frozenset[Key], of: object) -> History:
    """Of the database with these migrations. Reused while it says the same, `of` being what else it depends on."""
    loader = _Loader(applied)
    wanted = {label for label, _ in loader.graph.nodes if _belongs(label, alias)}
    missing = [key for key in loader.graph.nodes if key not in loader.applied_migrations and key[0] in wanted]
    problem = next(_problems(loader, applied), None)
    return History(tuple(map(".".join, sorted(missing))), problem)


def surroundings() -> object:
    """What a history depends on besides the database."""
    return _project(), tuple(map(id, router.routers))


def _project() -> object:
    names = tuple(config.name for config in apps.get_app_configs())
    return names, tuple(sorted(settings.MIGRATION_MODULES.items()))


def _belongs(label: str, alias: str) -> bool:
    """Whether the routers let anything of this app be in the database."""
    models = list(apps.get_app_config(label).get_models(include_auto_created=True))
    if not models:
        return bool(router.allow_migrate(alias, label))
    return any(router.allow_migrate_model(alias, model) for model in models)


def _problems(loader: _Loader, applied: Collection[Key]) -> Iterator[str]:
    for label, names in sorted(loader.detect_conflicts().items()):
        yield f"conflicting migrations of {label}: {', '.join(names)}"
    for key in sorted(set(applied) & set(loader.graph.nodes)):
        for parent in sorted(each.key for each in loader.graph.node_map[key].parents):
            if parent not in loader.applied_migrations and not _is_replaced(loader, parent, applied):
                yield f"{'.'.join(key)} is applied before {'.'.join(parent)}, which it depends on"


def _is_replaced(loader: _Loader, key: Key, applied: Collection[Key]) -> bool:
    """Whether it is a squashed migration, and all that it stands for are applied."""
    stands_for = loader.replacements[key].replaces if key in loader.replacements else ()
    return bool(stands_for) and all(each in applied or _is_replaced(loader, each, applied) for each in stands_for)
