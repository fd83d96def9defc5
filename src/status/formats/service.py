"""What the project says of itself and of what it looks at, fit to be told; and which release of it runs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from .. import conf
from ..core.redaction import redact_text
from ..core.values import encodable
from ..providers.stats import declared_version


def named(key: str) -> str:
    """What STATUS_SITE says under this key; empty where it says nothing."""
    return fit(conf.current().site.get(key))


def current_release() -> str:
    """As `release`, of the project's own settings."""
    settings = conf.current()
    return release(settings.site, settings.project_path)


def release(setting: Mapping[str, object], project: Path | None) -> str:
    """What the setting says that is deployed, else the project's version; empty where neither is known."""
    if "release" in setting:
        return fit(setting["release"])
    return fit(_declared(project)) if project else ""


def fit(given: object) -> str:
    """The project's own words as a text without secrets, which UTF-8 can hold; empty where there are none."""
    said = str(given or "").strip()
    return redact_text(encodable(said)) if said else ""


@lru_cache(maxsize=2)
def _declared(project: Path) -> str:
    """Read once: what a process runs does not change with the file."""
    return declared_version(project) or ""
