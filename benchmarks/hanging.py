"""A site whose one check hangs in the way that `BENCHMARK_HANG` names, or not at all: settings and checks."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable

from asgiref.sync import sync_to_async

HANG_S = 600


def none() -> bool:
    return True


def sleep() -> None:
    time.sleep(HANG_S)


async def sync_to_async_sensitive() -> None:
    await sync_to_async(time.sleep, thread_sensitive=True)(HANG_S)


async def sync_to_async_free() -> None:
    await sync_to_async(time.sleep, thread_sensitive=False)(HANG_S)


async def to_thread() -> None:
    await asyncio.to_thread(time.sleep, HANG_S)


HANGS: dict[str, Callable[[], object]] = {
    "plain sleep": sleep,
    "sync_to_async": sync_to_async_sensitive,
    "sync_to_async, any thread": sync_to_async_free,
    "asyncio.to_thread": to_thread,
}
NONE = "none"

ROOT_URLCONF = "status.urls"
INSTALLED_APPS = ["status"]
ALLOWED_HOSTS = ["127.0.0.1"]
STATUS_PROVIDERS = {"health": [("check", HANGS.get(os.environ.get("BENCHMARK_HANG", NONE), none))]}
STATUS_TIMEOUT = 0.2
