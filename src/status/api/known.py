"""What an OpenAPI document is of: what its caller may know, and how much strangers see of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from .. import conf
from ..access import Sight
from ..access.sight import of_strangers
from ..core.observation import Json
from ..formats.registry import Formats

METRICS = "metrics"
"""What the door of that name goes by in STATUS_ACCESS."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a document is of; all else that it depends on changes with the formats."""

    formats: Formats
    sights: tuple[tuple[str, Sight], ...]
    """Of each resource that the caller may know of."""
    metrics: Sight
    """How much the caller sees of the metrics."""
    root: str
    """Quoted path of the API, without a slash at its end."""
    is_alone: bool
    """Whether only the API is here, without the website."""
    language: str | None
    """Of descriptions that a project has translated."""


def seen_by_strangers(name: str) -> Sight | None:
    """How much everybody sees of a resource, or of the metrics; None where the project's own rule says."""
    current = conf.current()
    if current.debug:
        return Sight.DETAILS
    return of_strangers(current.access, name) if isinstance(current.access, Mapping) else None


def security_schemes() -> dict[str, Json]:
    """How a caller shows who it is, by the names of their components."""
    schemes: dict[str, Json] = {"token": {"type": "http", "scheme": "bearer"}}
    if "django.contrib.sessions" in settings.INSTALLED_APPS:
        schemes["session"] = {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
    return schemes
