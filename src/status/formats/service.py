"""What the service is called and which release of it runs, by STATUS_SITE: fit to be told."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from .. import conf
from ..core.redaction import redact_text
from ..providers.stats import declared_version


def named(key: str) -> str:
    """What STATUS_SITE says under this key; empty where it says nothing."""
    return _text(conf.current().site.get(key))


def current_release() -> str:
    """As `release`, of the project's own settings."""
    settings = conf.current()
    return release(settings.site, settings.project_path)


def release(setting: Mapping[str, object], project: Path | None) -> str:
    """What the setting says that is deployed, else the project's version; empty where neither is known."""
    if "release" in setting:
        return _text(setting["release"])
    return _text(_declared(project)) if project else ""


def _text(given: object) -> str:
    said = str(given or "").strip()
    return redact_text(said) if said else ""


@lru_cache(maxsize=2)
def _declared(project: Path) -> str:
    """Read once: what a process runs does not change with the file."""
    return declared_version(project) or ""
