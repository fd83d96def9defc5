"""What else happened meanwhile: to a server beside the site that does nothing, to the site's processes, to the CPU.

The limits that are asserted here are tenths of a second, and a machine that others share stands still for longer now
and then. What failed while it was disturbed is measured again; the limits stay as they are. So is what one in a hundred
may miss, since one trial is too small a sample: it is judged over all that were not disturbed, together.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import psutil

from tests.faults import stillness, tally
from tests.faults.load import ask
from tests.faults.tally import Tally
from tests.servers.web import Gunicorn

P = ParamSpec("P")

STALL_S = 0.05
"""What an answer of nothing at all never takes on a machine that is not busy otherwise."""
OTHERS = 0.25
"""Cores that other programs may take: this much, the system itself does."""
ATTEMPTS = 6
"""Trials of some fifty reports each: of so many, one in a hundred may be told from two."""
PERIOD_S = 0.02
CALM_WITHIN_S = 30
"""So long a disturbed machine is given, before it is tried again, to be calm for a second."""

_NOTHING = """
def application(environ, start_response):
    start_response("404 Not Found", [("Content-Length", "0")])
    return []
"""

_running: list[Control] = []


class Control:
    """What its server and others did since it was told to begin."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._over = threading.Event()
        self.begin()

    def begin(self) -> None:
        """Forget what was before."""
        self._worst_s = 0.0
        self._begun = time.monotonic()
        self._others_s = _cpu_of_all_s() - _cpu_of_ours_s()
        self._told_before = len(stillness.told())

    def go_on(self) -> None:
        """Ask again and again until it is over."""
        while not self._over.wait(PERIOD_S):
            self._worst_s = max(self._worst_s, ask(self._port, "/").took_s)

    def end(self) -> None:
        self._over.set()

    def judge(self) -> tuple[bool, str]:
        """Whether the machine was disturbed, and how it was, in words."""
        took_s = _cpu_of_all_s() - _cpu_of_ours_s() - self._others_s
        cores = took_s / (time.monotonic() - self._begun)
        stood_still = stillness.told()[self._told_before :]
        told = (
            f"the control took {self._worst_s * 1000:.0f} ms at most, other programs {cores:.2f} cores"
            f"; processes of the site: {', '.join(stood_still) or 'never stood still'}"
        )
        return self._worst_s > STALL_S or cores > OTHERS or bool(stood_still), told


@contextmanager
def control() -> Iterator[None]:
    """One runs while the block does, for `again_if_disturbed`."""
    with Gunicorn.serving("", _NOTHING) as server:
        asking = Control(server.port)
        thread = threading.Thread(target=asking.go_on, name="tests-control", daemon=True)
        thread.start()
        _running.append(asking)
        try:
            yield
        finally:
            _running.remove(asking)
            asking.end()
            thread.join(20)
            stillness.forget()


def again_if_disturbed(test: Callable[P, None]) -> Callable[P, None]:
    """For a test that leaves all as it was, however it ends."""

    @wraps(test)
    def measure(*args: P.args, **kwargs: P.kwargs) -> None:
        [control] = _running
        seen = Tally()
        for attempts_left in reversed(range(ATTEMPTS)):
            control.begin()
            tally.begin()
            late = ""
            try:
                test(*args, **kwargs)
                late = (seen | tally.now()).late()
                assert not late, late
            except AssertionError as error:
                disturbed, told = control.judge()
                if not attempts_left or not (disturbed or late):
                    raise AssertionError(f"{error}\n({told})") from error
                if disturbed:
                    _rest(control)
                elif late:
                    seen |= tally.now()
            else:
                return

    return measure


def _rest(control: Control) -> None:
    for _ in range(CALM_WITHIN_S):
        control.begin()
        time.sleep(1)
        if not control.judge()[0]:
            return


def _cpu_of_all_s() -> float:
    """Seconds that the machine's processors were not idle, those included that a hypervisor gave to others."""
    user, nice, system, _idle, _iowait, *rest = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    return sum(map(int, (user, nice, system, *rest))) / os.sysconf("SC_CLK_TCK")


def _cpu_of_ours_s() -> float:
    """Of these, what this process and all that it has started took."""
    sum_s = 0.0
    this = psutil.Process()
    for process in (this, *this.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            sum_s += sum(process.cpu_times()[:4])  # its own, and of its children that are over
    return sum_s
