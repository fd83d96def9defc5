"""This process as a probe sees it: that it serves, and whether its site is being drained on this host."""

from __future__ import annotations

import logging
import os
import sys
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import Lock
from time import monotonic

from .. import conf
from ..core.telling import Teller
from ..runtime import drain, processes
from ..runtime.folder import Unusable
from . import table

logger = logging.getLogger("status")

TEND_EVERY_S = 60.0  # what cleans temporary folders may have taken ours away


def _tell(until: float) -> None:
    """Log that a drain has begun, or with 0 that it is over."""
    if until:
        ends = time.strftime("%H:%M:%S UTC", time.gmtime(until))
        logger.warning("draining until %s: readiness probes are answered with 503; `status undrain` ends it", ends)
    else:
        logger.info("not draining any more")


class _Process:
    """What this process has in `STATUS_RUNTIME_DIR`."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        """None before `begin`."""
        self.usable = ""
        """The folder as `drain` takes it; empty while it can't be used."""
        self.registered = (0, 0)
        """Which process, run by whom: a server may begin as root, and fork workers that are not."""
        self.answers = False
        """Whether it has answered a readiness probe itself, and not only loaded what does."""
        self.draining = False
        """As the last probe saw it."""
        self.look_at = float("-inf")
        self.tend_at = float("inf")
        self.numbers = count(1)
        self.seen = 0
        """The number of the look that was seen last."""
        self.seeing = Lock()
        self.teller: Teller[float] = Teller(_tell)

    def begin(self, folder: Path) -> None:
        self.folder = folder
        self.look_at = float("-inf")
        self.tend(aloud=True)
        self.look(monotonic())

    def tend(self, *, aloud: bool = False) -> None:
        """Be registered. What keeps it from that is logged the first time, and hinders nothing but `drain`."""
        assert self.folder is not None  # noqa: S101 - it has begun
        self.tend_at = monotonic() + TEND_EVERY_S
        self.registered = _who()
        try:
            processes.register(self.folder, _server())
        except Unusable as problem:
            self.usable = ""
            if aloud:
                from ..core.redaction import one_line, redact_text  # its patterns take 10 ms to compile

                logger.warning("this process can't be drained: %s", one_line(redact_text(str(problem))))
        else:
            self.usable = str(self.folder)

    def is_draining(self) -> bool:
        now = monotonic()
        if now >= self.look_at:
            self.look_at = now + drain.LOOK_EVERY_S
            self.answers = True
            self.look(now)
        return self.draining

    def look(self, now: float) -> None:
        changed = self.registered != _who()
        if self.folder is not None and (changed or now >= self.tend_at):
            self.tend(aloud=changed)
        number = next(self.numbers)
        # One look at a file's properties, which a local file system has in memory, whatever its disk is doing.
        until = drain.until(self.usable) if self.usable else 0.0
        with self.seeing:
            if number < self.seen:  # a thread that had to wait for its turn: what it has is older
                return
            self.seen = number
            if (until > 0.0) is not self.draining:
                self.draining = until > 0.0
                self.teller.tell(until)

    def has_forked(self) -> None:
        """In the parent: who has answered nothing before it forks is a master, whose children answer.

        It would stand for readers that there may not be: children that run as another user can't use the folder.
        """
        if self.folder is not None and not self.answers:
            processes.unregister(self.folder)
            self.registered = (0, 0)  # if it turns out to answer, it is there again

    def is_forked(self) -> None:
        """In the child: a master's is found by `drain` at once, and not only when it has answered a probe.

        Not as root, which a server may give up yet; then it is by the first probe. Nor a child of who answers itself.
        """
        self.teller.reset()
        self.seeing = Lock()
        self.look_at = float("-inf")
        if self.folder is not None and not self.answers and _who()[1]:
            with suppress(Unusable):  # told at the first probe: here, a handler of the project's may not work yet
                processes.register(self.folder, _server())
        self.answers = False


_process = _Process()
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_parent=_process.has_forked, after_in_child=_process.is_forked)


def begin() -> None:
    """At server start: resolve the probes, so that no request pays for it, and have `drain` find this process."""
    table.current()
    folder = conf.current().runtime_dir
    if _process.folder != folder:
        _process.begin(folder)


def is_draining() -> bool:
    """Whether this process asks for no new traffic, as of `LOOK_EVERY_S` ago at most. For every readiness probe."""
    return _process.is_draining()


def _who() -> tuple[int, int]:
    return os.getpid(), os.geteuid() if hasattr(os, "geteuid") else 0  # Windows has no users of this kind


def _server() -> str:
    """What this process is, in a word, as "gunicorn"."""
    program = Path(sys.argv[0] if sys.argv else "")
    return (program.parent.name if program.name == "__main__.py" else program.name) or "python"
