"""The process's runner within Django: connections of its own, Django's encoder, the log and the signal."""

from __future__ import annotations

import atexit
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from operator import is_
from typing import Protocol, TypeAlias, TypeVar

from asgiref.sync import SyncToAsync, ThreadSensitiveContext
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections

from .core.check import Check
from .core.composition import compose
from .core.lane import Lane
from .core.observation import Observation, Report
from .core.runner import Runner
from .core.states import State
from .core.telling import Teller
from .core.threads import DaemonExecutor
from .core.thresholds import Change
from .providers import registry, teardown
from .providers.base import Resource
from .providers.caches.own import own_caches
from .providers.databases.connections import own_connections
from .providers.registry import Observed
from .recent.recorder import Recorder
from .signals import state_changed
from .totals.keeper import Keeper

logger = logging.getLogger("status")

CLOSING_S = 2.0  # how long a check that was cut off may take to close its connection
LEAVING_S = 0.3  # how long the process's exit may wait for what it has counted to be written


T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Observer(Protocol):
    """What doors need of a runner; `Runner` in earnest, `InlineRunner` in tests."""

    def begin(self, checks: Sequence[Check], for_s: float) -> None: ...
    def follow(self, checks: Sequence[Check], every_s: float) -> Iterator[list[Observation | None]]: ...
    def observe(
        self, checks: Sequence[Check], timeout_s: float | None = None, deciding: Collection[str] = ()
    ) -> list[Observation]: ...
    async def aobserve(
        self, checks: Sequence[Check], timeout_s: float | None = None, deciding: Collection[str] = ()
    ) -> list[Observation]: ...
    def close(self, timeout_s: float = 0.0) -> None: ...


class Asked(Protocol[T_co]):
    """A question that was put: its answer, or what asking it raised."""

    def is_answered(self, within_s: float) -> bool: ...
    async def ais_answered(self, within_s: float) -> bool: ...
    def wait(self) -> T_co: ...
    async def await_(self) -> T_co: ...


class Asker(Protocol):
    """Where questions of single requests are put; `Lane` in earnest, `InlineLane` in tests."""

    def put(self, call: Callable[[], T], timeout_s: float) -> Asked[T]: ...
    def close(self) -> None: ...


_encoder = DjangoJSONEncoder()
encode: Callable[[object], object] = _encoder.default


def tell(told: Change | Recorder | Keeper) -> None:
    """Log a change of state and send the signal, or have somebody write. Runs in the telling thread."""
    if isinstance(told, Recorder):
        told.write()
    elif isinstance(told, Keeper):
        told.leave()
    else:
        _tell(told)


def _tell(change: Change) -> None:
    level = logging.INFO if change.state is State.PASS else logging.WARNING
    previous = change.previous or "not observed"
    reason = f": {change.observation.error}" if change.observation.error else ""
    trace = f"\n{change.traceback}" if change.traceback else ""
    logger.log(level, "%s: %s → %s%s%s", change.reference, previous, change.state, reason, trace)
    try:
        state_changed.send_robust(
            sender=None,
            reference=change.reference,
            previous=change.previous,
            state=change.state,
            observation=change.observation,
        )
    finally:
        connections.close_all()  # a receiver's: kept, one that the server has lost would stay lost for ever


def _close() -> None:
    engine().lane.close()
    engine().reading.close()
    engine().runner.close(timeout_s=CLOSING_S)


@contextmanager
def thread_scope() -> Iterator[None]:
    """Around each thread of a check, or of a question."""
    teardown.guard(_close)
    with own_connections(), own_caches():
        yield


@asynccontextmanager
async def own_thread_for_sync_code() -> AsyncIterator[None]:
    """Within it `sync_to_async` uses a daemon thread of this coroutine alone, and waits for it at the end."""
    executor = DaemonExecutor(max_workers=1, scope=thread_scope)
    async with ThreadSensitiveContext() as context:
        SyncToAsync.context_to_thread_executor[context] = executor
        try:
            yield
        finally:
            await executor.finished()


Choice: TypeAlias = "tuple[str, tuple[str, ...] | None]"
"""A resource, and which of its providers; None for all."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which providers of a resource a report is of."""

    resource: str
    judged: bool
    observed: Sequence[Observed]


class Plan:
    """What to observe for some choices, and the reports that were made of it last."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        self.selections = [_select(*choice) for choice in choices]
        self.checks = [check for selection in self.selections for each in selection.observed for check in each.checks]
        self.last: tuple[list[Observation], tuple[Report, ...]] = ([], ())
        self.is_observed_by_checks = all(each.checks for selection in self.selections for each in selection.observed)
        """Of a provider without any, as one of no database, it is only now that it has nothing to tell."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A report of what has answered so far, and the references of what is awaited."""

    report: Report
    """Of providers whose components are observed one by one those that have answered; the others are not in it."""
    awaited: tuple[str, ...] = ()


MOST_PLANS = 256


class _Engine:
    """The runner in use and the reports made of it, what they leave behind, and the lanes for single requests."""

    def __init__(self) -> None:
        self.totals = Keeper()
        self.teller: Teller[Change | Recorder | Keeper] = Teller(tell, rounds=self.totals.look_after)
        self.recorder = Recorder(self._wake)
        self.runner: Observer = self._new()
        self.lane: Asker = Lane(thread_scope)
        self.reading: Asker = Lane(name="status:recent")
        self._composed: dict[str, tuple[list[Observation], Observation]] = {}
        self.plan = lru_cache(MOST_PLANS)(Plan)
        """Made once for the same choices, as each request of a poller has them."""

    def _new(self) -> Runner:
        return Runner(
            thread_scope=thread_scope,
            async_scope=own_thread_for_sync_code,
            encode=encode,
            teller=self.teller,
            note=self.recorder.note,
            count=self.totals.count,
        )

    def _wake(self) -> None:
        self.teller.tell(self.recorder)

    def restart(self) -> None:
        """Forget all that was observed."""
        self.runner.close()
        self.lane.close()
        self.reading.close()
        if isinstance(self.runner, Runner):  # the inline runner has nothing to forget, and stays to its end
            self.runner = self._new()
        self._composed = {}
        self.plan.cache_clear()

    def reports(self, plan: Plan, seen: list[Observation]) -> tuple[Report, ...]:
        """A report a selection of the plan, of the observations of its checks in order.

        The very same ones while all that was seen is the same: who has told them once need not tell them again.
        """
        last, reports = plan.last
        if plan.is_observed_by_checks and reports and _are_same(last, seen):
            return reports
        rest = iter(seen)
        reports = tuple(
            Report(
                selection.resource, tuple(self._provider(each, rest) for each in selection.observed), selection.judged
            )
            for selection in plan.selections
        )
        plan.last = seen, reports
        return reports

    def _provider(self, observed: Observed, rest: Iterator[Observation]) -> Observation:
        if not observed.composed:
            return next(rest)
        parts = [next(rest) for _ in observed.checks]
        # Within their ttl the parts are the same objects: so is what is made of them.
        kept = self._composed.get(observed.reference)
        if kept is not None and parts and _are_same(kept[0], parts):
            return kept[1]
        whole = _whole(observed, parts)
        self._composed[observed.reference] = (parts, whole)
        return whole


def _whole(observed: Observed, parts: Sequence[Observation]) -> Observation:
    return compose(
        observed.reference,
        parts,
        critical=observed.provider.critical,
        at=time.time(),
        names_are_details=observed.names_are_details,
    )


def _so_far(selection: Selection, seen: Sequence[Observation | None]) -> Report:
    """Of what has answered; None stands for what has not."""
    rest = iter(seen)
    whole = []
    for observed in selection.observed:
        known = [part for part in [next(rest) for _ in observed.checks] if part]
        if observed.composed and (known or not observed.checks):
            whole.append(_whole(observed, known))
        elif known:
            whole += known
    return Report(selection.resource, tuple(whole), selection.judged)


def _are_same(some: Sequence[object], others: Sequence[object]) -> bool:
    return len(some) == len(others) and all(map(is_, some, others))


_engine = _Engine()  # made with the module, whose import is locked: two would observe everything twice


@atexit.register
def _leave() -> None:
    """Have what was counted since the last round written, by the thread that writes: one can't be started any more."""
    if _engine.teller.is_running:
        _engine.teller.tell(_engine.totals)
        _engine.teller.flush(LEAVING_S)


def engine() -> _Engine:
    """The engine of this process."""
    return _engine


def observe(resource: Resource | str, names: Iterable[str] | None = None, *, timeout_s: float | None = None) -> Report:
    """Observe a resource, or these providers of it, each within its deadline.

    `timeout_s` is the most this caller waits. ValueError for a resource or a provider that there is not.
    """
    return observe_together([_choice(resource, names)], timeout_s=timeout_s)[0]


async def aobserve(
    resource: Resource | str, names: Iterable[str] | None = None, *, timeout_s: float | None = None
) -> Report:
    """As `observe`, without blocking the event loop."""
    return (await aobserve_together([_choice(resource, names)], timeout_s=timeout_s))[0]


def begin(choices: Sequence[Choice], for_s: float) -> None:
    """Have these observed while something else is waited for, for as long as this; returns at once."""
    engine().runner.begin(engine().plan(tuple(choices)).checks, for_s)


def observe_together(choices: Sequence[Choice], *, timeout_s: float | None = None) -> tuple[Report, ...]:
    """A report a choice; the checks of all run at the same time."""
    plan = engine().plan(tuple(choices))
    return engine().reports(plan, engine().runner.observe(plan.checks, timeout_s))


async def aobserve_together(choices: Sequence[Choice], *, timeout_s: float | None = None) -> tuple[Report, ...]:
    """As `observe_together`, without blocking the event loop."""
    plan = engine().plan(tuple(choices))
    return engine().reports(plan, await engine().runner.aobserve(plan.checks, timeout_s))


def follow(resource: Resource | str, names: Iterable[str] | None = None, *, every_s: float) -> Iterator[Progress]:
    """As `observe`, telling what is known while the rest is awaited.

    At once, at each answer, and at least every so many seconds; last of all, with nothing awaited, the whole report.
    """
    plan = engine().plan((_choice(resource, names),))
    for seen in engine().runner.follow(plan.checks, every_s):
        known = [each for each in seen if each]
        if len(known) == len(seen):
            yield Progress(engine().reports(plan, known)[0])
        else:
            awaited = (check.reference for check, each in zip(plan.checks, seen, strict=True) if not each)
            yield Progress(_so_far(plan.selections[0], seen), tuple(awaited))


def _choice(resource: Resource | str, names: Iterable[str] | None) -> Choice:
    name = resource if isinstance(resource, str) else resource.name
    return name, None if names is None else tuple(names)


def _select(name: str, names: Sequence[str] | None) -> Selection:
    judged = registry.resource(name).judged
    observed = registry.current().observed[name]
    if names is None:
        return Selection(name, judged, observed)
    by_name = {each.provider.name: each for each in observed}
    for wanted in names:
        if wanted not in by_name:
            raise ValueError(f"Provider not found: {name}/{wanted} (there are: {', '.join(by_name) or 'none'})")
    return Selection(name, judged, tuple(by_name[wanted] for wanted in names))
