"""A package of an extra that is not there: one line that says how to get it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured


class MissingExtra(ImportError):
    """What was asked for needs a package that is not installed."""


def missing(extra: str, error: ImportError) -> MissingExtra:
    """The error to raise instead: it names the missing package, and the extra of django-status that brings it."""
    package = (error.name or extra).partition(".")[0]
    return MissingExtra(f"{package} is not installed: pip install django-status[{extra}]", name=package)


EXTRAS = {
    "MySQLdb": "mysql",
    "psycopg": "postgres",
    "psycopg2": "postgres",
    "pymemcache": "memcached",
    "redis": "redis",
}
"""Which extra brings the package that Django's backends import."""


@contextmanager
def naming_extras() -> Iterator[None]:
    """Within it a missing package of ours is told with its extra; Django's own words for it name none."""
    try:
        yield
    except (ImportError, ImproperlyConfigured) as error:
        cause = error if isinstance(error, ImportError) else error.__cause__ or error.__context__
        package = ((isinstance(cause, ImportError) and cause.name) or "").partition(".")[0]
        if isinstance(cause, ImportError) and package in EXTRAS:
            raise missing(EXTRAS[package], cause) from error
        raise
