"""Storages of files that give back what they were given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage
from django.core.files.storage import storages as site_storages

from ..core.bounds import is_inline, remaining_s
from ..core.observation import Component
from ..core.states import State
from ..reading import type_of
from . import arguments
from .forms import each

STATIC = "staticfiles"


def _names(aliases: Sequence[str] | None = None, *, folder: str = "") -> tuple[str, ...]:
    if not isinstance(folder, str):
        raise ValueError(f"folder is a text, not a {type_of(folder)}")
    if aliases is None:
        # Of a deploy, not of the site's running: what is written there would be served.
        return tuple(alias for alias in settings.STORAGES if alias != STATIC)
    return arguments.aliases(aliases, settings.STORAGES, "STORAGES")


@each(_names)
def storages(alias: str, aliases: Sequence[str] | None = None, *, folder: str = "") -> object:
    """Each storage gives back what it was given, or those of `aliases`; `staticfiles` only where it is named there.

    Saves one file of 32 bytes under a unique name in `folder` (which should be there: none is removed), opens, compares
    and deletes it, and sees that it is gone: four to six requests to a remote one. Through an instance of its own. Of
    django-storages' S3 the requests are bounded by the deadline; bound others by their own options.
    """
    with _own(alias) as storage:
        if isinstance(storage, FileSystemStorage):
            place = Path(storage.location, folder)
            if not place.is_dir():  # it would be made, and what is missing may be a mount
                return Component(
                    State.WARN, detail="its folder is not there yet: the first file that is saved makes it"
                )
        wrong = _round(storage, f"{folder.rstrip('/')}/" if folder else "")
        if wrong:
            return Component(State.FAIL, detail=wrong)
        if isinstance(storage, InMemoryStorage):
            return Component(State.PASS, detail="in memory: each instance has its own")
    return True


def _round(storage: Storage, folder: str) -> str | None:
    """What is wrong, None when it came back and is gone."""
    name, content = f"{folder}status-check-{uuid4().hex}.txt", uuid4().hex.encode()
    try:
        name = storage.save(name, ContentFile(content))  # it may choose another name
        with storage.open(name, "rb") as file:
            found = file.read(len(content) + 1)
    except BaseException:
        with suppress(Exception):  # a part of it may have been written, as on a disk that is full
            storage.delete(name)
        raise
    storage.delete(name)
    if found != content:
        return f"it was given a file and gave back {'something else' if found else 'an empty one'}"
    return "it keeps what is deleted" if storage.exists(name) else None


@contextmanager
def _own(alias: str) -> Iterator[Storage]:
    if is_inline():
        yield site_storages[alias]
        return
    params: Any = site_storages.backends[alias]
    storage: Any = site_storages.create_storage(params)
    if hasattr(storage, "client_config"):
        _bound(storage)
    try:
        yield storage
    finally:
        if hasattr(storage, "client_config"):
            with suppress(Exception):
                storage.connection.meta.client.close()


def _bound(storage: Any) -> None:
    """django-storages' S3: botocore waits a minute for an answer, and asks five times."""
    from botocore.config import Config  # type: ignore[import-not-found,import-untyped,unused-ignore]

    left_s = remaining_s()
    bounds = Config(connect_timeout=left_s, read_timeout=left_s, retries={"total_max_attempts": 1})
    given = storage.client_config
    storage.client_config = bounds if given is None else given.merge(bounds)
