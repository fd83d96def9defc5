"""Whether a queue of Celery's is worked off: how many messages wait in it, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from ...core.bounds import remaining_s
from ...core.observation import Component
from ...core.states import State, worst
from ...reading import is_list, shown, type_of
from ..forms import each
from .app import project_app
from .broker import connected
from .queues import Line, look_at

STEP = 0.5  # of the time there is, for one answer of the broker
ASKING = 0.75  # of the time there is; the rest is for the goodbye


def _names(
    queues: Sequence[str] = ("celery",),
    warn_length: int | None = 100,
    fail_length: int | None = 1000,
    warn_age_s: float | None = None,
    fail_age_s: float | None = None,
) -> Sequence[str]:
    if not is_list(queues) or not all(isinstance(queue, str) and queue for queue in queues):
        raise ValueError(f"queues is a list of names, not a {type_of(queues)}")
    if not queues:
        raise ValueError("queues names none: a check of nothing would always pass")
    _check("length", warn_length, fail_length)
    _check("age_s", warn_age_s, fail_age_s)
    return queues


def _check(what: str, warn: float | None, fail: float | None) -> None:
    for name, limit in ((f"warn_{what}", warn), (f"fail_{what}", fail)):
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, (int, float)) or not limit >= 0):
            raise ValueError(f"{name} is a number from 0, or None, not {shown(limit)}")
    if warn is not None and fail is not None and warn > fail:
        raise ValueError(f"warn_{what} ({warn:g}) is above fail_{what} ({fail:g})")


@each(_names)
def queue(
    name: str,
    queues: Sequence[str] = ("celery",),
    warn_length: int | None = 100,
    fail_length: int | None = 1000,
    warn_age_s: float | None = None,
    fail_age_s: float | None = None,
) -> Component:
    """How many messages wait in each of `queues`; it warns and fails from these lengths and ages on, None being none.

    Sends LLEN (and EVAL of one LINDEX where a message waits) to Redis, a passive `queue.declare` to RabbitMQ; nothing
    is taken out, nothing made. Needs the project's Celery app, and for ages Redis and `status.celery.stamp_messages`.
    Costs one connection a queue.
    """
    left_s = remaining_s()
    with connected(project_app(), left_s * STEP) as broker:
        line = look_at(broker, [name], monotonic() + left_s * ASKING)[name]
        broker.leave(None, remaining_s() * STEP)
    if line.length is None:
        return Component(State.FAIL, detail=line.no_length)
    states = [_state(line.length, warn_length, fail_length)]
    told = [_waiting(line)]
    if warn_age_s is not None or fail_age_s is not None:
        if line.no_age:
            # What can't be judged does not pass; a queue that is empty has no age.
            states.append(State.WARN)
            told.append(f"for how long can't be told: {line.no_age}")
        else:
            states.append(_state(line.oldest_age_s or 0.0, warn_age_s, fail_age_s))
    return Component(worst(states), line.length, "messages", "; ".join(told))


def _state(measured: float, warn: float | None, fail: float | None) -> State:
    if fail is not None and measured >= fail:
        return State.FAIL
    return State.WARN if warn is not None and measured >= warn else State.PASS


def _waiting(line: Line) -> str:
    parts = [f"{line.length:,} wait" if line.length != 1 else "1 waits"]
    if line.oldest_age_s is not None:
        parts.append(f"the oldest for {line.oldest_age_s:.0f} s")
    if line.consumers is not None:
        parts.append(f"{line.consumers:,} consumers" if line.consumers != 1 else "1 consumer")
    return ", ".join(parts)
