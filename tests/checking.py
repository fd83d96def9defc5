"""One provider as the only one of a site's health."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.test import override_settings

from status import observe
from status.providers import registry
from tests.sites import databases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from status.core.observation import Observation

PROVIDERS = "status.providers"


def look(path: str, *args: object, **kwargs: object) -> dict[str, Observation]:
    """Component → what was observed of it; the provider itself under its name where it has none."""
    with override_settings(STATUS_PROVIDERS={"health": [("it", f"{PROVIDERS}.{path}", args, kwargs)]}):
        [seen] = observe("health").observations
    return {part.name: part for part in seen.components or (seen,)}


def look_at_one(path: str, *args: object, **kwargs: object) -> Observation:
    """What was observed of its only component."""
    [seen] = look(path, *args, **kwargs).values()
    return seen


def told_at_start(path: str, *args: object, **kwargs: object) -> str:
    """What is wrong with these arguments, before anything is looked at; empty where nothing is."""
    with override_settings(STATUS_PROVIDERS={"health": [("it", f"{PROVIDERS}.{path}", args, kwargs)]}):
        problems = registry.current().problems
    assert {problem.id for problem in problems} <= {"E003"}
    return "".join(problem.text for problem in problems)


KINDS = ("sqlite", "postgres", "mariadb")


@contextmanager
def empty_database(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[None]:
    """Within it the site has one database, of this kind, without a table."""
    if kind == "sqlite":
        (folder / "db").touch()
        with databases(default={"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "db"}):
            yield
        return
    server: Any = request.getfixturevalue(kind)
    name = f"empty_{abs(hash(request.node.name))}"
    server.create_database(name)
    try:
        with databases(default=server.django_database(name)):
            yield
    finally:
        server.sql(f"DROP DATABASE {name}")
