"""Simulated Celery workers: nodes of kombu's mailbox, many in one process. `python celery_nodes.py URL FIRST LAST`.

They answer what a worker with eight processes, forty tasks and two queues answers. Prints "ready" when all listen.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import uuid4

from kombu import Connection
from kombu.pidbox import Mailbox

TASKS = [f"shop.tasks.orders.number_{at}" for at in range(40)]
REQUEST = {
    "id": "6f1c2f0e-3a0a-4a54-9df5-2a0e3f1a4f11",
    "name": TASKS[0],
    "args": [17, "an argument"],
    "kwargs": {"customer": "somebody"},
    "type": TASKS[0],
    "hostname": "mail@node",
    "time_start": 1767225600.5,
    "acknowledged": True,
    "delivery_info": {"exchange": "", "routing_key": "celery", "priority": 0, "redelivered": False},
    "worker_pid": 4711,
}
QUEUE = {
    "exchange": {"name": "celery", "type": "direct", "arguments": None, "durable": True, "passive": False},
    "routing_key": "celery",
    "queue_arguments": None,
    "durable": True,
    "exclusive": False,
    "auto_delete": False,
    "no_ack": False,
}
STATS = {
    "total": {name: 100_000 + at for at, name in enumerate(TASKS)},
    "pid": 4711,
    "clock": "123456",
    "uptime": 86400,
    "pool": {
        "implementation": "celery.concurrency.prefork:TaskPool",
        "max-concurrency": 8,
        "processes": list(range(4712, 4720)),
        "max-tasks-per-child": "N/A",
        "put-guarded-by-semaphore": False,
        "timeouts": [0, 0],
        "writes": {"total": 4_000_000, "avg": "0.12", "all": "0.12, " * 7 + "0.12", "raw": "500000, " * 7 + "500000"},
    },
    "broker": {
        "hostname": "broker.internal",
        "userid": None,
        "virtual_host": "/",
        "port": 5672,
        "ssl": False,
        "transport": "redis",
        "connect_timeout": 4,
        "transport_options": {},
        "login_method": None,
        "alternates": [],
        "heartbeat": 120.0,
    },
    "prefetch_count": 32,
    "rusage": {"utime": 812.5, "stime": 93.25, "maxrss": 98_304, "minflt": 120_000, "nvcsw": 5, "nivcsw": 6},
}
REPLIES = {
    "stats": STATS,
    "active": [REQUEST] * 3,
    "reserved": [REQUEST] * 8,
    "scheduled": [{"eta": "2026-01-01T00:00:00+00:00", "priority": 6, "request": REQUEST}],
    "registered": TASKS,
    "active_queues": [{"name": name, **QUEUE} for name in ("celery", "mail")],
    "ping": {"ok": "pong"},
}
REPLIES_AS_JSON = {command: json.dumps(reply) for command, reply in REPLIES.items()}


def main(url: str, first: int, last: int) -> None:
    names = [f"mail@web-{at}" for at in range(first, last)]
    asked: deque[tuple[list[str], Any]] = deque()
    with Connection(url) as connection:
        mailbox = Mailbox("celery", type="fanout", connection=connection, accept=["json"], serializer="json")
        is_redis = connection.transport.driver_type == "redis"
        # What would take this machine longer than two hundred take that have one each: with Redis a subscription for
        # all, and all answers to a question in one go; with RabbitMQ all have queues of their own.
        for speakers in [names] if is_redis else [[name] for name in names]:
            node = mailbox.Node(speakers[0], channel=connection.channel())
            node.listen(callback=partial(_note, asked, speakers))
        answering = connection.channel()
        answer = _answer_redis if is_redis else _answer_amqp
        # With Redis a subscription is made at the first wait.
        with suppress(TimeoutError):
            connection.drain_events(timeout=0.5)
        print("ready", flush=True)
        while True:
            connection.drain_events()
            while asked:  # not before: an answer may wait for the broker, which would deliver more questions meanwhile
                answer(answering, *asked.popleft())


def _note(asked: deque[tuple[list[str], Any]], speakers: list[str], body: Any, message: object) -> None:
    wanted = body["destination"]
    if speaking := [name for name in speakers if not wanted or name in wanted]:
        asked.append((speaking, body))


def _bodies(speakers: list[str], asked: Any) -> list[str]:
    return [f'{{"{name}": {REPLIES_AS_JSON[asked["method"]]}}}' for name in speakers]


def _options(asked: Any) -> dict[str, Any]:
    return {"headers": {"ticket": asked["ticket"], "clock": 1}, "content_encoding": "utf-8"}


def _answer_amqp(channel: Any, speakers: list[str], asked: Any) -> None:
    to = asked["reply_to"]
    for body in _bodies(speakers, asked):
        message = channel.prepare_message(body, content_type="application/json", **_options(asked))
        channel.basic_publish(message, exchange=to["exchange"], routing_key=to["routing_key"])


def _answer_redis(channel: Any, speakers: list[str], asked: Any) -> None:
    to = asked["reply_to"]
    messages = []
    for body in _bodies(speakers, asked):
        encoded, encoding = channel.encode_body(body, channel.body_encoding)
        message = channel.prepare_message(encoded, content_type="application/json", **_options(asked))
        # As `basic_publish` of kombu's virtual channels completes it.
        message["properties"].update(
            body_encoding=encoding,
            delivery_tag=uuid4().hex,
            delivery_info={"exchange": to["exchange"], "routing_key": to["routing_key"]},
        )
        messages.append(json.dumps(message))
    with channel.conn_or_acquire() as client:
        client.lpush(f"{to['routing_key']}.{to['exchange']}", *messages)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
