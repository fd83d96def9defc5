"""Nothing hangs, and yet there is no more to be had: connections, room on a disk."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import FileIO
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest

from tests.faults import promises
from tests.faults.control import again_if_disturbed
from tests.faults.dependencies import Dependencies
from tests.faults.sites import mounted, settings
from tests.faults.trial import trial_of
from tests.servers import mounts
from tests.servers.web import WebServer
from tests.waiting import wait_until

pytestmark = pytest.mark.faults

DISK_KIB = 64
BLOCK = b"\0" * 4096
NOTHING_FITS_S = 0.1
"""So long: the last block may have been a check's, which gives it back."""
IN_A_ROW = 20
"""Refusals that say that nothing is left: the last connection may have been a check's, who gives it back."""


@again_if_disturbed
def test_a_postgresql_without_a_connection_to_spare_is_named_and_recovers(
    site: WebServer, dependencies: Dependencies
) -> None:
    postgres = dependencies["postgres"]
    with trial_of(site, postgres.port) as trial:
        with all_connections_taken(postgres.server.url) as taken:
            broken_at = monotonic()
            trial.load.more(20)
            mended_at = monotonic()
        back_at = monotonic()
        trial.load.more(20)
    promises.everybody_is_answered_in_time(trial.load, trial.usual.view_s)
    promises.it_is_told(trial.load, postgres.reference, since=broken_at, until=mended_at)
    promises.views_do_not_wait(trial, since=broken_at)
    promises.it_holds_little(trial, beside=taken)
    promises.it_has_recovered(trial.load, back_at)


@again_if_disturbed
def test_a_file_cache_on_a_full_disk_is_named_keeps_its_entries_and_recovers(disk: Disk) -> None:
    entries = disk.entries()
    with trial_of(disk.server) as trial:
        with disk.full():
            broken_at = monotonic()
            trial.load.more(20)
            mended_at = monotonic()
        back_at = monotonic()
        trial.load.more(20)
    promises.everybody_is_answered_in_time(trial.load, trial.usual.view_s)
    promises.it_is_told(trial.load, "health/caches/default", since=broken_at, until=mended_at)
    promises.views_do_not_wait(trial, since=broken_at)
    promises.it_holds_little(trial)
    promises.it_has_recovered(trial.load, back_at)
    wait_until(lambda: disk.entries() == entries, message=lambda: f"{entries} have become {disk.entries()}")


@contextmanager
def all_connections_taken(url: str) -> Iterator[int]:
    """Others have all that a PostgreSQL server gives to ordinary users, and take what a check gives back, too.

    How many these are, with the one that was refused last.
    """
    with ExitStack() as stack:
        taken = refused = 0
        while refused < IN_A_ROW:
            try:
                stack.enter_context(psycopg.connect(url, connect_timeout=5))
                taken, refused = taken + 1, 0
            except psycopg.OperationalError:
                refused += 1
        yield taken + 1


class Disk:
    """A site whose cache of files is on a disk of its own, of 64 KiB, with one entry in it."""

    def __init__(self, server: WebServer, folder: Path) -> None:
        self.server = server
        self._folder = mounts.seen_by(server.workers()[0], folder)

    def entries(self) -> list[str]:
        """The cache's files."""
        return sorted(path.name for path in self._folder.glob("*.djcache"))

    @contextmanager
    def full(self) -> Iterator[None]:
        """Within it not a byte more fits."""
        filler = self._folder / "filler"
        try:
            with filler.open("wb", buffering=0) as file:
                refused_since = monotonic()
                while monotonic() - refused_since < NOTHING_FITS_S:
                    if _fits(file):
                        refused_since = monotonic()
                    else:
                        sleep(NOTHING_FITS_S / 10)
            yield
        finally:
            filler.unlink()


def _fits(file: FileIO) -> bool:
    try:
        return bool(file.write(BLOCK))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            return False
        raise


@pytest.fixture(scope="module")
def disk(kind: type[WebServer], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    """A site of each kind on such a disk, mounted for it alone."""
    folder = tmp_path_factory.mktemp("disk")
    within = mounted(f"-t tmpfs -o size={DISK_KIB}k tmpfs {folder}")
    with kind.serving(_settings(folder), kind.application + _ENTRY, within) as server:
        yield Disk(server, folder)


_ENTRY = """
from django.core.cache import cache
cache.set("of the site", "kept", None)
"""


def _settings(folder: Path) -> str:
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    entry = {"BACKEND": backend, "LOCATION": str(folder)}
    return f'{settings("health/caches/default")}\nCACHES["default"] = {entry}\n'
