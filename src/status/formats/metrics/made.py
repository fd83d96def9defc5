"""From what may be seen of reports to families of metrics."""

from __future__ import annotations

import os
import platform
import socket
from collections.abc import Sequence

import django

from ... import __version__
from ...core.observation import Report
from ...core.states import State
from ...core.tally import Counts
from ...providers import registry
from ...recent.entry import key_of
from ...totals.keeper import Told
from .. import service
from ..format import Showing
from ..leaves import Leaf, leaves
from ..units import of_base
from . import catalogue
from .counters import counted
from .figures import figures, place, scaled
from .metric import Family, Metric, Sheet, label

MOST_COMPONENTS = 2_000
"""Components that are told, in the order of the reports: each has some ten series."""


def of_reports(showing: Showing, now: float, host: Told | None = None) -> list[Family]:
    """What may be seen of the reports; `now` is in seconds since the epoch.

    Counters are the host's: how often its processes have run these checks, and what servers count as any of them read
    it last. Where that isn't known there are none.
    """
    sheet = Sheet()
    for report in showing.reports:
        if report.judged and _is_whole(report):
            _put_state(sheet, catalogue.RESOURCE_STATE, (report.resource,), report.state)
    told: set[tuple[str, ...]] = set()
    for leaf in leaves(showing):
        if not leaf.state and not leaf.with_details:
            continue  # whether it gave a value is a detail, and there is no state
        labels = tuple(map(label, place(leaf.reference)))
        if len(told) >= MOST_COMPONENTS or labels in told:
            sheet.left_out += 1
            continue
        told.add(labels)
        _put_check(sheet, leaf, now)
    for leaf in leaves(showing):
        for metric, of, value in figures(leaf, counters=False):
            sheet.put(metric, of, value)
    if host is not None:
        _put_host(sheet, showing, host)
    sheet.put(catalogue.LEFT_OUT, (), sheet.left_out)
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


def _put_state(sheet: Sheet, metric: Metric, labels: Sequence[str], state: State) -> None:
    for each in State:
        sheet.put(metric, (*labels, each.value), int(each is state))


def _put_check(sheet: Sheet, leaf: Leaf, now: float) -> None:
    labels = place(leaf.reference)
    if leaf.state:
        _put_state(sheet, catalogue.STATE, labels, leaf.state)
    if not leaf.with_details:
        return
    if not leaf.state:
        sheet.put(catalogue.SUCCESS, labels, int(not leaf.failed))
    sheet.put(catalogue.DURATION, labels, leaf.duration_s)
    sheet.put(catalogue.AGE, labels, max(now - leaf.observed_at, 0.0))
    sheet.put(catalogue.FAILURES, labels, leaf.failures)
    if leaf.unit:
        unit, scale = of_base(leaf.unit)
        sheet.put(catalogue.VALUE, (*labels, unit), scaled(leaf.value, scale))


def _put_host(sheet: Sheet, showing: Showing, host: Told) -> None:
    for metric, labels, value in counted(host.newest):
        sheet.put(metric, labels, value)
    references = _references(showing)
    for metric, name in ((catalogue.RUNS, "runs"), (catalogue.TIMEOUTS, "timeouts"), (catalogue.ERRORS, "errors")):
        for reference in references[:MOST_COMPONENTS]:
            counts = host.counts.get(key_of(reference), Counts())
            sheet.put(metric, place(reference), getattr(counts, name))
    sheet.left_out += host.left_out + max(len(references) - MOST_COMPONENTS, 0)


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
