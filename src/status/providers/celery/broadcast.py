"""Questions to all of Celery's workers at once, within the check's deadline and on a connection of its own.

However many workers there are, a question is one message to the broker, and all answers come through one queue.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from time import monotonic, time
from typing import Any
from uuid import uuid4

from ...core.bounds import remaining_s
from .app import project_app
from .broker import Broker, connected

COLLECTING = 0.75  # of the time there is; the rest is for the goodbye
STEP = 0.5  # of the time there is, for one answer of the broker
SLICE_S = 0.1  # kombu may overrun a wait for Redis by its length once more, so none is long
MOST_UNREAD = 10  # reasons that are kept
MOST_BYTES = 8 * 2**20  # of one reply: a longer one is not read, as that alone would take a tenth of a second
MOST_AT_ONCE, BYTES_AT_ONCE = 100, 8 * 2**20  # replies that are fetched together, as far as their lengths are known

Take = Callable[[str, str, object], None]
"""Is given each reply: to which command, by which worker, and what it is."""

_left: defaultdict[str, list[str]] = defaultdict(list)
"""By broker: the reply queues that could not be deleted. The next broadcasts take them up, and delete them."""

os.register_at_fork(after_in_child=_left.clear)


def ask(command: str, workers: Sequence[str]) -> dict[str, Any]:
    """The replies to a remote control command, by worker; those workers are missing that did not answer in time.

    Raises ConnectionError, which names the broker, when that can't be talked to.
    """
    asked = dict.fromkeys(workers)
    if not asked:
        return {}
    replies: dict[str, Any] = {}

    def take(_: str, worker: str, reply: object) -> None:
        if worker in asked:
            replies[worker] = reply

    with conversation() as talk:
        talk.put({command: {}}, take, to=tuple(asked))
        talk.listen(lambda: len(replies) == len(asked))
        talk.leave(forgiving=len(replies) == len(asked))
    if talk.unread and not replies:
        raise talk.unread[0]
    return {worker: replies[worker] for worker in asked if worker in replies}


@contextmanager
def conversation() -> Iterator[Conversation]:
    """One connection and one queue for replies; it is over at three quarters of the time that the check has.

    Raises ConnectionError, which names the broker, when that can't be talked to.
    """
    left_s = remaining_s()
    until = monotonic() + left_s * COLLECTING
    app = project_app()
    with connected(app, left_s * STEP) as broker:
        talk = Conversation(app, broker, until)
        try:
            yield talk
        finally:
            talk.end()


class Conversation:
    """Commands that are put to the workers, and what these reply."""

    def __init__(self, app: Any, broker: Broker, until: float) -> None:
        from kombu.pidbox import Mailbox  # imported when used

        self.app = app
        self.broker = broker
        self.unread: list[Exception] = []
        """Why a reply could not be read; whose it was is not known."""
        self._until = until
        # For the names alone: its broadcasts retry, and count their patience per message.
        self._mailbox: Any = Mailbox(app.conf.control_exchange, type="fanout")
        self._queue = _reply_queue(broker, self._mailbox)
        self._takers: dict[str, tuple[str, Take]] = {}
        self._longest = 1  # bytes, of the replies so far
        self._is_over = False

    def put(self, commands: Mapping[str, Mapping[str, object]], take: Take, *, to: Sequence[str] | None = None) -> None:
        """Put each command, with its arguments, to these workers, or to all there are. To be called once."""
        from kombu import Consumer, Producer

        conf, channel = self.app.conf, self.broker.channel
        listening = Consumer(channel, [self._queue], on_message=self._receive, accept=conf.accept_content, no_ack=True)
        listening.on_decode_error = self._skip
        listening.consume()
        producer = Producer(channel, auto_declare=False)
        for command, arguments in commands.items():
            ticket = uuid4().hex
            self._takers[ticket] = (command, take)
            producer.publish(
                {
                    "method": command,
                    "arguments": arguments,
                    "destination": to,
                    "pattern": None,
                    "matcher": None,
                    "ticket": ticket,
                    "reply_to": {"exchange": self._queue.exchange.name, "routing_key": self._queue.routing_key},
                },
                exchange=self._mailbox.exchange.name,
                declare=[self._mailbox.exchange],
                headers={"clock": 0, "expires": time() + self._until - monotonic()},
                serializer=conf.task_serializer,
                retry=False,
            )

    def listen(self, is_done: Callable[[], bool], *, grace_s: float = 0.0) -> None:
        """Take replies until it is done, or the time is over; when done, those that come within the grace as well."""
        while not is_done() and (left_s := self._until - monotonic()) > 0:
            with suppress(TimeoutError):
                self._drain(min(left_s, SLICE_S))
        with suppress(TimeoutError):
            while grace_s and monotonic() < self._until:
                self._drain(grace_s)

    def leave(self, *, forgiving: bool) -> None:
        """Delete the queue and say goodbye; `forgiving`, a broker that does not answer that is let go."""
        try:
            self.broker.leave(self._queue.name, remaining_s() * STEP)
            self._is_over = True
        except self.broker.errors:
            if not forgiving:
                raise

    def end(self) -> None:
        """Nothing more comes of it: what it leaves behind is noted."""
        if not self._is_over and not self.broker.forgets:
            _left[self.broker.name].append(self._queue.routing_key)

    def _drain(self, timeout_s: float) -> None:
        self.broker.drain(timeout_s)
        self.broker.drain_more(self._queue.name, max(min(MOST_AT_ONCE, BYTES_AT_ONCE // self._longest), 1))

    def _receive(self, message: Any) -> None:
        self._longest = max(self._longest, len(message.body))
        ticket = message.headers.get("ticket")
        command, take = self._takers.get(ticket if isinstance(ticket, str) else "", ("", None))
        if take is None:  # it answers who had the queue before
            return
        try:
            if len(message.body) > MOST_BYTES:
                raise ValueError(f"a reply to {command} has more than {MOST_BYTES // 2**20} MiB")
            body = message.decode()
            if not isinstance(body, dict):
                raise TypeError(f"a reply to {command} is a {type(body).__name__}, not a mapping")
        except Exception as error:  # noqa: BLE001 - whatever a worker sends must not hide what the others say
            self._skip(message, error)
            return
        for worker, reply in body.items():
            take(command, str(worker), reply)

    def _skip(self, message: Any, error: Exception) -> None:
        if len(self.unread) < MOST_UNREAD:
            self.unread.append(error.with_traceback(None))  # which would keep the reply


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
