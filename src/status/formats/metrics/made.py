"""From what may be seen of reports to families of metrics."""

from __future__ import annotations

import os
import platform
import socket
from collections.abc import Mapping, Sequence

import django

from ... import __version__
from ...core.observation import Json, Report
from ...core.states import State
from ...core.tally import Counts
from ...providers import registry
from ...recent.entry import key_of
from .. import service
from ..format import Showing
from ..leaves import Leaf, leaves
from ..units import of_base
from . import catalogue
from .metric import Family, Metric, Sheet, fit, label
from .stats import STATS, Stat
from .walking import found

MOST_COMPONENTS = 2_000
"""Components that are told, in the order of the reports: each has some ten series."""


def of_reports(showing: Showing, now: float) -> list[Family]:
    """What may be seen of the reports; `now` is in seconds since the epoch."""
    sheet = Sheet()
    for report in showing.reports:
        if report.judged and _is_whole(report):
            _put_state(sheet, catalogue.RESOURCE_STATE, (report.resource,), report.state)
    told: set[tuple[str, ...]] = set()
    for leaf in leaves(showing):
        if not leaf.state and not leaf.with_details:
            continue  # whether it gave a value is a detail, and there is no state
        place = tuple(map(label, _place(leaf.reference)))
        if len(told) >= MOST_COMPONENTS or place in told:
            sheet.left_out += 1
            continue
        told.add(place)
        _put_check(sheet, leaf, now)
    for leaf in leaves(showing):
        if leaf.with_details and not leaf.failed:
            _put_stats(sheet, leaf)
    sheet.put(catalogue.LEFT_OUT, (), sheet.left_out)
    return sheet.families()


def of_host(showing: Showing, totals: Mapping[str, Counts]) -> list[Family]:
    """How often the checks of these reports have run on this host, of those resources whose details may be seen."""
    sheet = Sheet()
    references = _references(showing)[:MOST_COMPONENTS]
    for metric, name in ((catalogue.RUNS, "runs"), (catalogue.TIMEOUTS, "timeouts"), (catalogue.ERRORS, "errors")):
        for reference in references:
            counts = totals.get(key_of(reference), Counts())
            sheet.put(metric, _place(reference), getattr(counts, name))
    return sheet.families()


def of_who_answers() -> list[Family]:
    """Which release answers, on which host, in which process: for who may see details."""
    sheet = Sheet()
    versions = (__version__, django.get_version(), platform.python_version(), service.current_release())
    sheet.put(catalogue.BUILD, versions, 1)
    sheet.put(catalogue.ANSWERED, (socket.gethostname(),), 1)
    sheet.put(catalogue.PROCESS, (), os.getpid())
    return sheet.families()


def _is_whole(report: Report) -> bool:
    """Whether it is of all providers of its resource: the state of some is not that of the resource."""
    shown = {seen.reference for seen in report.observations}
    return all(observed.reference in shown for observed in registry.current().observed.get(report.resource, ()))


def _place(reference: str) -> tuple[str, ...]:
    """Resource, provider and component."""
    parts = reference.split("/", 2)
    return (*parts, *[""] * (3 - len(parts)))


def _put_state(sheet: Sheet, metric: Metric, place: Sequence[str], state: State) -> None:
    for each in State:
        sheet.put(metric, (*place, each.value), int(each is state))


def _put_check(sheet: Sheet, leaf: Leaf, now: float) -> None:
    place = _place(leaf.reference)
    if leaf.state:
        _put_state(sheet, catalogue.STATE, place, leaf.state)
    if not leaf.with_details:
        return
    if not leaf.state:
        sheet.put(catalogue.SUCCESS, place, int(not leaf.failed))
    sheet.put(catalogue.DURATION, place, leaf.duration_s)
    sheet.put(catalogue.AGE, place, max(now - leaf.observed_at, 0.0))
    sheet.put(catalogue.FAILURES, place, leaf.failures)
    if leaf.unit:
        unit, scale = of_base(leaf.unit)
        sheet.put(catalogue.VALUE, (*place, unit), _scaled(leaf.value, scale))


def _put_stats(sheet: Sheet, leaf: Leaf) -> None:
    stats = _stats_of(leaf)
    if not stats:
        return
    component = _place(leaf.reference)[2]
    tree: Json = {component: leaf.value} if component else leaf.value
    for stat in stats:
        for taken, value in found(tree, stat.path):
            labels = (*taken, *[""] * (len(stat.metric.labels) - len(taken)))
            sheet.put(stat.metric, labels, _scaled(value, stat.scale))


def _stats_of(leaf: Leaf) -> Sequence[Stat]:
    """Those declared for the function that the value is of."""
    resource = registry.current().resources.get(leaf.resource)
    provider = resource.providers.get(_place(leaf.reference)[1]) if resource else None
    if provider is None:
        return ()
    function = provider.function
    return STATS.get(f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}", ())


def _scaled(value: Json, scale: float) -> float | None:
    number = fit(value)
    return None if number is None else fit(number if scale == 1.0 else number * scale)


def _references(showing: Showing) -> list[str]:
    """Of the checks behind the reports."""
    shown = {seen.reference for report in showing.reports for seen in report.observations}
    return [
        check.reference
        for resource, all_observed in registry.current().observed.items()
        if resource in showing.details
        for observed in all_observed
        if observed.reference in shown
        for check in observed.checks
    ]
