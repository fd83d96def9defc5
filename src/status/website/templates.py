"""Pages from templates, whatever the project's `TEMPLATES` are, and without its context processors.

Those may ask the database that is down. The project's own engine is used where it finds ours, so that a project can
override them; else one of our own, which looks into the project's folders first.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from django.template import Context, Template, TemplateDoesNotExist, engines
from django.template.backends.django import DjangoTemplates

from .. import conf
from ..core.redaction import log_exception

logger = logging.getLogger("status")

OURS = Path(__file__).resolve().parent.parent / "templates"
BASE = "status/base.html"


def render(name: str, context: Mapping[str, object]) -> bytes:
    """The page, as UTF-8.

    A template of the project's that fails must not hide what is down: ours stands in for it, unless DEBUG is on.
    """
    try:
        return _render(_find(name), context)
    except Exception as error:
        if conf.current().debug:
            raise
        log_exception(logger, "the project's templates of django-status can't be used", error)
        return _render(_own(()).get_template(name).template, context)


def there_is(names: Sequence[str]) -> bool:
    """Whether the project or we have one of these templates."""
    return any(_exists(name) for name in names)


def _exists(name: str) -> bool:
    try:
        _find(name)
    except TemplateDoesNotExist:
        return False
    except Exception:  # noqa: BLE001 - it is there, and malformed: the page will say so
        return True
    return True


def _render(template: Template, context: Mapping[str, object]) -> bytes:
    # Not by the engine's settings: everything is escaped, and texts and times are for people already.
    made = template.render(Context(dict(context), autoescape=True, use_l10n=False, use_tz=False))
    return made.encode("utf-8", "replace")


def _find(name: str) -> Template:
    folders: list[str | Path] = []
    for backend in _project_backends():
        try:
            backend.get_template(BASE)
            return backend.get_template(name).template
        except TemplateDoesNotExist:
            folders += backend.engine.dirs
    return _own(tuple(folders)).get_template(name).template


def _project_backends() -> Sequence[DjangoTemplates]:
    """The project's engines that can hold ours; one that can't be set up is left out."""
    found = []
    try:
        aliases = list(engines.templates)
    except Exception:  # noqa: BLE001 - TEMPLATES itself is malformed: Django tells it where it matters
        return []
    for alias in aliases:
        try:
            backend = engines[alias]
        except Exception:  # noqa: BLE001, S112 - as one whose package isn't installed
            continue
        if isinstance(backend, DjangoTemplates):
            found.append(backend)
    return found


@lru_cache(maxsize=8)
def _own(folders: tuple[str | Path, ...]) -> DjangoTemplates:
    return DjangoTemplates({"NAME": "status", "DIRS": [*folders, OURS], "APP_DIRS": False, "OPTIONS": {}})
