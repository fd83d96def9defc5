"""Statistics of Celery: its workers, its queues and its scheduler."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic, time
from typing import Any

from ... import conf
from ...core.bounds import remaining_s
from ...runtime.folder import Unusable
from .. import arguments
from ..forms import batch
from ..moments import moment
from .beat import INSTALL, beats
from .broadcast import Conversation, conversation
from .inspection import COMMANDS, MOST, Inspection
from .queues import CantTell, Line, look_at

TOTALS = "totals"
"""Beside the workers, whose names have an @."""
MOST_QUEUES = 50
GRACE_S = 0.02  # what else has been answered by then is in the queue
ASKING = 0.6  # of the time that is left, for the queues; the rest is for the goodbye


@batch(lambda workers=(): (*arguments.texts("workers", workers), TOTALS), names_are_details=True)  # they are hostnames
def celery(workers: Sequence[str] = ()) -> dict[str, Any]:
    """Each worker's entry of Celery's `inspect().stats()`, by its hostname, and what all are in `totals`.

    Sends six broadcasts at once, whatever the number of workers, then to each queue LLEN (Redis) or a passive
    `queue.declare` (RabbitMQ); reads the folder of heartbeats. Needs nothing but the broker; for ages of messages Redis
    and `status.celery.stamp_messages`. Costs one connection, a reply queue, deleted at the end, and six small replies a
    worker. Without `workers` it lasts for three quarters of the deadline, since nobody knows who else will answer.
    """
    inspection = Inspection(workers)
    unavailable: dict[str, str] = {}
    with conversation() as talk:
        talk.put(COMMANDS, inspection.take)
        talk.listen(inspection.is_done, grace_s=GRACE_S)
        queues = _queues(talk, inspection, unavailable)
        talk.leave(forgiving=inspection.is_done())
    totals = inspection.totals()
    totals["queues"] = queues
    totals["beat"] = _beat(unavailable)
    unavailable |= inspection.unavailable(talk.unread)
    if unavailable:
        totals["unavailable"] = unavailable
    return {**inspection.values(), TOTALS: totals}


def _queues(talk: Conversation, inspection: Inspection, unavailable: dict[str, str]) -> dict[str, Any]:
    """Those that the project's app knows, and those that workers take from; the first of them where there are many."""
    from kombu.common import Broadcast

    known = [name for name, queue in talk.app.amqp.queues.items() if not isinstance(queue, Broadcast)]
    names = list(dict.fromkeys([*known, *(name for name, _ in inspection.by_queue.most_common())]))
    if len(names) > MOST_QUEUES:
        unavailable["queues"] = f"{len(names) - MOST_QUEUES:,} more are not asked: {MOST_QUEUES} at most"
    try:
        lines = look_at(talk.broker, names[:MOST_QUEUES], monotonic() + remaining_s() * ASKING)
    except CantTell as reason:
        unavailable["queues"] = str(reason)
        lines = dict.fromkeys(names[:MOST_QUEUES], Line())
    unavailable |= {f"queues/{name}": line.no_length for name, line in lines.items() if line.no_length}
    ageless = [line.no_age for line in lines.values() if line.no_age]
    if ageless:
        unavailable["oldest_age_s"] = ageless[0]
    return {name: _shown(line, inspection.by_queue[name]) for name, line in lines.items()}


def _shown(line: Line, workers: int) -> dict[str, Any]:
    shown: dict[str, Any] = {"length": line.length, "workers": workers}
    if line.consumers is not None:
        shown["consumers"] = line.consumers
    if line.oldest_age_s is not None:
        shown["oldest_age_s"] = line.oldest_age_s
    return shown


def _beat(unavailable: dict[str, str]) -> dict[str, Any]:
    """The schedulers of this host."""
    folder = conf.current().runtime_dir
    try:
        found = beats(folder)
        reason = f"needs a heartbeat, and there is none in {folder}: {INSTALL}"
    except Unusable as problem:
        found, reason = {}, f"needs a heartbeat: {problem}: {INSTALL}"
    if not found:
        unavailable["beat"] = reason
    now = time()
    latest = sorted(found.items(), key=lambda each: -each[1].seen_at)[:MOST]
    return {name: {"alive": beat.until > now, "seen_at": moment(beat.seen_at)} for name, beat in latest}
