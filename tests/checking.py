"""One provider as the only one of a site's health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.test import override_settings

from status import observe
from status.providers import registry

if TYPE_CHECKING:
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
