"""This process's part: it counts, writes what it has counted every few seconds, and tells what all have.

What was told must not be taken back, also when the file is deleted under way, as a cleaner of the temporary directory
does. So each process keeps what it read last, looks after the file, and puts back what is missing in a new one. Until
all that live have had the time to do so, a file is not told from.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from time import time
from types import MappingProxyType

from .. import conf
from ..core.forks import forget_after_fork
from ..core.tally import Counts, Outcome, Tally
from ..recent.entry import key_of
from .newest import Readings, load, newest
from .page import Page, Row, dump, less, merged, swept, total

logger = logging.getLogger("status")

SETTLES_AFTER_S = 15.0
"""From when on a file is told from: three rounds of the thread that calls `look_after`."""
TOUCH_S = 60.0
"""How often a process that has counted nothing new says that it is there."""
NOTHING_READ: Readings = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of the host."""

    counts: Mapping[str, Counts]
    """What all processes of the site have counted, by `key_of` the check's reference."""
    newest: Mapping[str, Mapping[str, float]]
    """What servers count themselves, of what was asked for: by `key_of` the reference, as it was read last by any."""
    left_out: int = 0
    """Counters that there was no room for."""


class Keeper:
    """The counts of this process and, by the file, of the host. Safe from any thread."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.problem = ""
        """Why the file can't be used, in one line; empty when it can."""
        self.reset()
        forget_after_fork(self)

    def reset(self) -> None:
        """Begin anew, as after a fork: what was counted and written is the parent's."""
        self._lock = Lock()
        self._folder: Path | None = None
        self._begin()

    def _begin(self) -> None:
        """Under a name that no process ever had, from here on."""
        self._name = os.urandom(8).hex()
        self._told: dict[str, Counts] = {}
        """Of this process's counts, what others' rows or the base have: those that it wrote under another name."""
        self._written: dict[str, Counts] = {}
        self._written_at = float("-inf")
        self._page: Page | None = None
        """As it was read last."""

    def count(self, reference: str, outcome: Outcome) -> None:
        """A run has ended; returns at once."""
        folder = conf.current().runtime_dir
        if folder != self._folder:
            with self._lock:
                self._see_to(folder)
        self.tally.add(key_of(reference), outcome)

    def look_after(self) -> None:
        """Write what is new, and put back what is missing; for the thread that tells, every few seconds.

        Raises nothing.
        """
        with self._lock:
            if self._folder is not None and self._has_to_write(self._folder):
                self._try(self._folder)

    def leave(self) -> None:
        """Write what is new where the folder is still there: the process ends."""
        if self._folder is not None and self._folder.is_dir():
            self.look_after()

    def totals(self, readings: Readings = NOTHING_READ) -> Told | None:
        """What all processes of the site know of this host, after what this one has counted and read was written.

        None while that is not known: the file can't be used, or is so new that others may not have written to it.
        """
        folder = conf.current().runtime_dir
        with self._lock:
            self._see_to(folder)
            page = self._try(folder, readings)
        # Where the clock was set back meanwhile it is older than it looks.
        if page is None or 0 <= time() - page.made_at < SETTLES_AFTER_S:
            return None
        read = {key: load(page.newest[key].counters) for key in readings if key in page.newest}
        left_out = sum(len(load(each.counters)) for key, each in readings.items() if key not in read)
        return Told(total(page), read, left_out)

    def _see_to(self, folder: Path) -> None:
        """To another folder, as where settings are overridden, it has not told anything, nor will what was before."""
        if folder != self._folder:  # the lock may have been waited for, and what others counted meanwhile is to be told
            self._begin()
            self._told = self._written = self.tally.counts()
            self._folder = folder

    def _has_to_write(self, folder: Path) -> bool:
        counts = self.tally.counts()
        if self._page is None:
            return counts != self._told
        if counts != self._written or not 0 <= time() - self._written_at < TOUCH_S:
            return True
        from .ledger import Ledger

        try:
            page = Ledger(folder).read()
        except Exception:  # noqa: BLE001 - writing says what is wrong
            return True
        if page is None or page.generation != self._page.generation or self._name in page.gone:
            return True
        self._page = page  # what others have written meanwhile, for when the file is deleted
        return False

    def _try(self, folder: Path, readings: Readings = NOTHING_READ) -> Page | None:
        try:
            page = self._exchange(folder, readings)
        except Exception as error:  # noqa: BLE001 - whatever it is, the checks go on and so does the log
            self._tell(error)
            return None
        self.problem = ""
        return page

    def _exchange(self, folder: Path, readings: Readings) -> Page:
        from .ledger import Ledger  # SQLite's import is for the thread that needs it

        now, counts = time(), self.tally.counts()

        def entered(page: Page) -> Page:
            now = time()  # the file may have been waited for, and what was written meanwhile is not of the future
            if self._page is not None and page.generation != self._page.generation:
                page = merged(page, self._page, now)
            if self._name in page.gone:  # it was taken for ended: what it had written is in the base
                self._name, self._told = os.urandom(8).hex(), self._written
            own = {reference: each for reference, each in less(counts, self._told).items() if each.runs}
            asked = {key: replace(each, asked_at=now) for key, each in readings.items()}
            rows, read = self._with(page, own, now), newest(page.newest, asked, now)
            return swept(replace(page, rows=rows, newest=read), now)

        self._page = Ledger(folder).exchange(entered, now)
        self._written, self._written_at = counts, now
        return self._page

    def _with(self, page: Page, own: dict[str, Counts], now: float) -> dict[str, Row]:
        """The rows, this process's among them once it has counted anything."""
        return {**page.rows, **({self._name: Row(now, dump(own))} if own else {})}

    def _tell(self, error: Exception) -> None:
        from ..core.redaction import describe  # its patterns take a while to compile, and this is rare

        problem = describe(error)
        if not self.problem:
            logger.info("what was counted is not shared with this host's other processes: %s", problem)
        self.problem = problem
