"""One broadcast to Celery's workers, within the check's deadline and on a connection of its own."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic, time
from typing import Any
from uuid import uuid4

from ...core.bounds import cut_off, remaining_s
from .app import project_app
from .broker import Broker

COLLECTING = 0.75  # of the time there is; the rest is for the goodbye
STEP = 0.5  # of the time there is, for one answer of the broker
SLICE_S = 0.1  # kombu may overrun a wait for Redis by its length once more, so none is long

_left: defaultdict[str, list[str]] = defaultdict(list)
"""By broker: the reply queues that could not be deleted. The next broadcasts take them up, and delete them."""

os.register_at_fork(after_in_child=_left.clear)


def ask(command: str, workers: Sequence[str]) -> dict[str, Any]:
    """The replies to a remote control command, by worker; those workers are missing that did not answer in time.

    Raises ConnectionError, which names the broker, when that can't be talked to.
    """
    asked = tuple(dict.fromkeys(workers))
    if not asked:
        return {}
    left_s = remaining_s()
    until = monotonic() + left_s * COLLECTING
    app = project_app()
    broker = Broker(app, left_s * STEP)
    with cut_off(broker.cut):
        try:
            replies = _converse(broker, app.conf, command, asked, until)
        except broker.errors as error:
            raise ConnectionError(f"{broker.name}: {error or type(error).__name__}") from error
        finally:
            broker.drop()
    return {worker: replies[worker] for worker in asked if worker in replies}


def _converse(broker: Broker, conf: Any, command: str, asked: tuple[str, ...], until: float) -> dict[str, Any]:
    from kombu import Consumer, Producer  # imported when used
    from kombu.pidbox import Mailbox

    replies: dict[str, Any] = {}
    ticket = uuid4().hex

    def take(body: dict[str, Any], message: Any) -> None:
        if message.headers.get("ticket") == ticket:  # else it answers who had the queue before
            replies.update((worker, reply) for worker, reply in body.items() if worker in asked)

    # For the names alone: its broadcasts retry, and count their patience per message.
    mailbox: Any = Mailbox(conf.control_exchange, type="fanout")
    channel = broker.open()
    queue = _reply_queue(broker, mailbox)
    try:
        consumer = Consumer(channel, [queue], callbacks=[take], accept=conf.accept_content, no_ack=True)
        consumer.consume()
        Producer(channel, auto_declare=False).publish(
            {
                "method": command,
                "arguments": {},
                "destination": asked,
                "pattern": None,
                "matcher": None,
                "ticket": ticket,
                "reply_to": {"exchange": queue.exchange.name, "routing_key": queue.routing_key},
            },
            exchange=mailbox.exchange.name,
            declare=[mailbox.exchange],
            headers={"clock": 0, "expires": time() + until - monotonic()},
            serializer=conf.task_serializer,
            retry=False,
        )
        while len(replies) < len(asked) and (left_s := until - monotonic()) > 0:
            with suppress(TimeoutError):
                broker.drain(min(left_s, SLICE_S))
        broker.leave(queue.name, remaining_s())
    except BaseException as error:
        if not broker.forgets:
            _left[broker.name].append(queue.routing_key)
        if len(replies) < len(asked) or not isinstance(error, broker.errors):
            raise
    return replies


def _reply_queue(broker: Broker, mailbox: Any) -> Any:
    from kombu import Queue

    try:
        key = _left[broker.name].pop()
    except IndexError:
        key = uuid4().hex
    exchange = mailbox.reply_exchange
    return Queue(
        f"{key}.{exchange.name}",
        exchange,
        routing_key=key,
        durable=False,
        exclusive=True,
        auto_delete=True,
        expires=10.0,  # as Celery's own: where the table of bindings outlives us, kombu sweeps it by this
    )
