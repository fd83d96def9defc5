"""How long a bare view waits while a backend hangs and probes come in."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from peer_rows import GIVE_UP_S, PROBES, hanging
from web_site import Answer, WebSite

from tests.servers.process import Server

CLIENTS = 4
BARE = "/bare/"
CALM_S = 3.0
LATER_S = 3.0
"""What was seen before a hang is told for a ttl, then a probe waits for its timeout: after that all is as usual."""
WAIT_S = 0.2
"""More than usual, it is a good part of a probe's timeout."""

Asked: TypeAlias = tuple[float, Answer]
"""The second that it was asked for in, and the answer."""


def p99_s(answers: Sequence[Answer]) -> float:
    taken = sorted(answer.seconds for answer in answers)
    return taken[math.ceil(len(taken) * 0.99) - 1]


@dataclass(frozen=True)
class BareViews:
    """Asked for by some clients one after the other: each with the second it began in, before a hang and during it."""

    before: Sequence[Sequence[Asked]]
    during: Sequence[Sequence[Asked]]

    @property
    def usual_s(self) -> float:
        """The longest that one took while all was well, and as many probes came."""
        return max(answer.seconds for _, answer in chain.from_iterable(self.before))

    @property
    def longest(self) -> Answer:
        return max((answer for _, answer in chain.from_iterable(self.during)), key=lambda answer: answer.seconds)

    @property
    def later_s(self) -> float:
        """The 99th percentile of those that began when every process had met the hang."""
        return p99_s([answer for at, answer in chain.from_iterable(self.during) if at > LATER_S])

    @property
    def waits(self) -> int:
        """How often the unluckiest client waited for a good part of a probe's timeout."""
        return max(sum(answer.seconds > self.usual_s + WAIT_S for _, answer in client) for client in self.during)


def bare_views(site: WebSite, server: Server, probe: str, seconds: float) -> BareViews:
    """Before the server hangs, and for so many seconds of the hang, while each prober asks once a second."""
    site.wait_until_well(probe)
    over = threading.Event()

    def keep_probing() -> None:
        while not over.is_set():
            started = time.monotonic()
            site.ask(probe, GIVE_UP_S)
            over.wait(max(1.0 - (time.monotonic() - started), 0.0))

    with ThreadPoolExecutor(PROBES + CLIENTS) as pool:
        try:
            probing = [pool.submit(keep_probing) for _ in range(PROBES)]
            before = list(pool.map(_ask_for, [site] * CLIENTS, [CALM_S] * CLIENTS))
            with hanging(server):
                during = list(pool.map(_ask_for, [site] * CLIENTS, [seconds] * CLIENTS))
        finally:
            over.set()
    for each in probing:
        each.result()
    return BareViews(before, during)


def _ask_for(site: WebSite, seconds: float) -> list[Asked]:
    started = time.monotonic()
    answers = []
    while (at := time.monotonic() - started) < seconds:
        answers.append((at, site.ask(BARE, GIVE_UP_S)))
        time.sleep(0.02)
    return answers
