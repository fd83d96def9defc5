"""A worker with tasks and two threads for them, and one that answers what it likes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from kombu import Connection
from kombu.pidbox import Mailbox

from tests.servers.celery_worker import CeleryWorker
from tests.servers.process import running

THREADS = 2


class BusyWorker(CeleryWorker):
    """A worker of the application in `celery_tasks`, that takes from the queues `celery` and `mail`."""

    def command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "celery", "-A", "tests.providers.celery_tasks", "worker", "-n", self.name),
            *("--pool=threads", f"--concurrency={THREADS}", "-Q", "celery,mail", "--loglevel=INFO"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ]


@contextmanager
def busy_worker(broker_url: str, name: str) -> Iterator[BusyWorker]:
    """Start it, and end it after the block."""
    with running(BusyWorker(broker_url, name)) as worker:
        yield worker


@contextmanager
def odd_worker(broker_url: str, name: str, replies: Mapping[str, object]) -> Iterator[None]:
    """A node of kombu's mailbox that answers each command with what is given, "" with the rest.

    A callable is given the channel and the question, and answers by itself.
    """
    over, ready = threading.Event(), threading.Event()

    def answer(node: Any, asked: list[tuple[Any, Any]]) -> None:
        for body, _ in asked:
            reply = replies.get(body["method"], replies.get(""))
            if callable(reply):
                reply(node.channel, body)
            elif not body["destination"] or name in body["destination"]:
                node.reply(
                    {name: reply},
                    exchange=body["reply_to"]["exchange"],
                    routing_key=body["reply_to"]["routing_key"],
                    ticket=body["ticket"],
                )
        asked.clear()

    def serve() -> None:
        asked: list[tuple[Any, Any]] = []
        with Connection(broker_url) as connection:
            mailbox = Mailbox("celery", type="fanout", connection=connection, accept=["json"], serializer="json")
            channel: Any = connection.channel()
            node = mailbox.Node(name, channel=channel)
            node.listen(callback=lambda body, message: asked.append((body, message)))
            with suppress(TimeoutError):
                connection.drain_events(timeout=0.2)  # with Redis a subscription is made at the first wait
            ready.set()
            while not over.is_set():
                with suppress(TimeoutError):
                    connection.drain_events(timeout=0.05)
                answer(node, asked)
            channel.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert ready.wait(10.0)
        yield
    finally:
        over.set()
        thread.join()


def raw(body: bytes, content_type: str = "application/json") -> Callable[[Any, Any], None]:
    """A reply of these bytes."""
    return partial(_publish, body, content_type)


def _publish(body: bytes, content_type: str, channel: Any, asked: Any) -> None:
    text = body.decode("latin-1")
    encoding: dict[str, Any] = {}
    if hasattr(channel, "encode_body"):  # as kombu's virtual channels do in `basic_publish`
        encoding = {"properties": {}}
    message = channel.prepare_message(
        text, content_type=content_type, content_encoding="utf-8", headers={"ticket": asked["ticket"]}, **encoding
    )
    channel.basic_publish(message, exchange=asked["reply_to"]["exchange"], routing_key=asked["reply_to"]["routing_key"])
