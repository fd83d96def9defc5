"""Settings where there is no Django project, or only a module that holds some."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import django
from django.conf import ENVIRONMENT_VARIABLE, settings
from django.utils.crypto import get_random_string

from ..core.redaction import describe
from ..providers.base import Provider
from .problem import CommandProblem

VARIABLE = "DJANGO_STATUS_SETTINGS"
PACKAGES_TTL_S = 60.0
"""Packages change by deploys."""


class SettingsMissing(CommandProblem):
    """The named settings can't be had; its text says why, in one line."""


def configure(named: str | None, **overrides: Any) -> str:
    """Set Django up; returns where the settings come from, in words for people.

    `named` is a module, or a class in one, by its dotted path: that of a whole Django project (it has INSTALLED_APPS)
    is used as it is, of another each setting is put over the standalone ones. Without it `DJANGO_STATUS_SETTINGS`
    counts, then `DJANGO_SETTINGS_MODULE`; without any, the directory and this machine are looked at. `overrides` are
    put over any.
    """
    here = str(Path.cwd())
    if here not in sys.path:  # as manage.py has it
        sys.path.insert(0, here)
    path = named or os.environ.get(VARIABLE) or os.environ.get(ENVIRONMENT_VARIABLE)
    if path:
        os.environ[ENVIRONMENT_VARIABLE] = path  # a project's package may read its settings while it is imported
    holder = _holder(path) if path else None
    given = {name: getattr(holder, name) for name in dir(holder) if name.isupper()}
    whole = "INSTALLED_APPS" in given
    if whole and isinstance(holder, ModuleType):
        for name, value in overrides.items():
            setattr(settings, name, value)
    else:
        chosen = {**({} if whole else _standalone()), **given, **overrides}
        if not given:
            chosen = {"STATUS_PROVIDERS": _machine(bool(chosen.get("DATABASES"))), **chosen}
        settings.configure(**chosen)
        settings.SETTINGS_MODULE = path or __name__  # names the runtime directory
    django.setup()
    return path or f"no settings given: looking at {here} and this machine"


def _standalone() -> dict[str, Any]:
    return {
        "BASE_DIR": Path.cwd(),
        "INSTALLED_APPS": ["status"],
        "SECRET_KEY": get_random_string(50),
        "USE_TZ": True,
        "DATABASES": {},
    }


def _machine(serving: bool) -> Mapping[str, list[object]]:
    """What can be told of any machine; of the standalone site, its own database and cache too."""
    own = [
        ("databases", "status.providers.django.health.databases"),
        ("caches", "status.providers.django.health.caches"),
    ]
    return {
        "health": [
            ("ping", "status.providers.health.ping"),
            *(own if serving else ()),
            ("disk", "status.providers.disk.disk"),
        ],
        "stats": [
            *([("databases", "status.providers.django.stats.databases")] if serving else ()),
            ("code", "status.providers.stats.code"),
            ("system", "status.providers.system.system"),
            Provider("packages", "status.providers.packages.packages", ttl=PACKAGES_TTL_S),
        ],
    }


def _holder(path: str) -> object:
    """The module, or the class in one, that has the settings."""
    try:
        return _import(path)
    except (Exception, SystemExit) as error:
        raise SettingsMissing(f"settings {path!r} can't be imported: {describe(error)}") from error


def _import(path: str) -> object:
    module, _, name = path.rpartition(".")
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        if not module or error.name != path:  # something that the settings themselves import is missing
            raise
    return getattr(import_module(module), name)
