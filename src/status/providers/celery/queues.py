"""How many messages wait in queues of the broker, told without a change to any of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic, time
from typing import Any

from .broker import Broker

AHEAD_S = 60.0  # clocks differ
TAIL_BYTES = 8192
"""Of a message: kombu writes its properties last. A body may have megabytes, and all of it stays on the server."""

_TAIL = "local m = redis.call('LINDEX', KEYS[1], -1) return m and string.sub(m, -tonumber(ARGV[1]))"
_PROPERTIES = re.compile(rb'"properties":\s*\{')

NOT_STAMPED = "needs status.celery.stamp_messages(): the oldest message does not say when it was sent"
NOT_PEEKED = "RabbitMQ shows no message without taking it out of its queue"
NO_TIME = "there was no time left to ask"


class CantTell(Exception):
    """This kind of broker is not asked for its queues; its text says so."""


@dataclass(frozen=True, slots=True)
class Line:
    """The messages that wait in one queue. None stands for what could not be told, and the texts say why."""

    length: int | None = None
    consumers: int | None = None
    oldest_age_s: float | None = None
    no_length: str = ""
    no_age: str = ""


def look_at(broker: Broker, names: Iterable[str], until: float) -> dict[str, Line]:
    """Each queue's line; those that there is no time for before `until` (of the monotonic clock) say so.

    CantTell where the broker is neither Redis nor speaks AMQP.
    """
    look = {"redis": _look_at_redis, "amqp": _look_at_amqp}.get(broker.driver)
    if look is None:
        raise CantTell(f"lengths of queues are told by Redis and RabbitMQ, not by {broker.driver}")
    return look(broker, tuple(dict.fromkeys(names)), until)


def _look_at_redis(broker: Broker, names: Sequence[str], until: float) -> dict[str, Line]:
    """One round trip for the lengths, and one for the oldest messages."""
    from redis import Redis

    broker.limit(max(until - monotonic(), 0.001))
    channel = broker.channel
    # kombu keeps a list for each step of priority, and the one without a number is the queue's own.
    lists = {
        name: [f"{channel.global_keyprefix}{channel._q_for_pri(name, step)}" for step in channel.priority_steps]
        for name in names
    }
    # The channel's pool, so its connection; kombu's own client prefixes the keys of some commands and not of others.
    client = Redis(connection_pool=channel.pool)
    with client.pipeline(transaction=False) as pipe:
        for keys in lists.values():
            for key in keys:
                pipe.llen(key)
        lengths = dict(zip(_flat(lists), pipe.execute(raise_on_error=False), strict=True))
    filled = [key for key, length in lengths.items() if isinstance(length, int) and length > 0]
    with client.pipeline(transaction=False) as pipe:
        for key in filled:
            pipe.eval(_TAIL, 1, key, str(TAIL_BYTES))
        tails = dict(zip(filled, pipe.execute(raise_on_error=False), strict=True))
    now = time()
    return {name: _line(keys, lengths, tails, now) for name, keys in lists.items()}


def _flat(lists: Mapping[str, Sequence[str]]) -> list[str]:
    return [key for keys in lists.values() for key in keys]


def _line(keys: Sequence[str], lengths: Mapping[str, Any], tails: Mapping[str, Any], now: float) -> Line:
    for key in keys:
        if isinstance(lengths[key], Exception):
            return Line(no_length=_said(lengths[key]))
    length = sum(lengths[key] for key in keys)
    ages = []
    for key in keys:
        tail = tails.get(key)
        if isinstance(tail, Exception):
            return Line(length, no_age=f"needs the command EVAL: {_said(tail)}")
        if tail is not None:  # else it was empty, or has been emptied since
            sent_at = _sent_at(tail, now)
            if sent_at is None:
                return Line(length, no_age=NOT_STAMPED)
            ages.append(max(now - sent_at, 0.0))
    return Line(length, oldest_age_s=round(max(ages), 3) if ages else None)


def _sent_at(tail: bytes, now: float) -> float | None:
    """The property `timestamp` of the message that ends so: seconds since the epoch."""
    begins = [found.start() for found in _PROPERTIES.finditer(tail)]
    try:
        properties = json.loads(b"{" + tail[begins[-1] :])["properties"] if begins else {}
    except ValueError:  # not written by kombu
        return None
    at = properties.get("timestamp") if isinstance(properties, dict) else None
    if isinstance(at, bool) or not isinstance(at, (int, float)):
        return None
    # NaN is not, nor is what lies far ahead: that says nothing of the wait.
    return at if 0 <= at <= now + AHEAD_S else None


def _look_at_amqp(broker: Broker, names: Sequence[str], until: float) -> dict[str, Line]:
    """A passive declaration of each: the broker answers with the counts, and changes nothing."""
    lines: dict[str, Line] = {}
    channel: Any = None
    for name in names:
        left_s = until - monotonic()
        if left_s <= 0:
            lines[name] = Line(no_length=NO_TIME)
            continue
        broker.limit(left_s)
        if channel is None or not channel.is_open:  # it closes one at each queue that there is not
            channel = broker.another_channel()
        try:
            _, length, consumers = channel.queue_declare(name, passive=True)
        except broker.channel_errors as error:
            lines[name] = Line(no_length=_said(error))
        else:
            lines[name] = Line(length, consumers, no_age=NOT_PEEKED)
    return lines


def _said(error: BaseException) -> str:
    """In the broker's own words; AMQP's, less what was asked."""
    return str(getattr(error, "reply_text", None) or error or type(error).__name__)
