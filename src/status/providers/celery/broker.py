"""A connection to Celery's broker of a check's own: nothing is retried, and it can be cut off at any moment."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import Any

from ...core.bounds import cut_off
from ..extras import missing


@contextmanager
def connected(app: Any, step_s: float) -> Iterator[Broker]:
    """The app's broker, connected; cut off when the check is overdue, and dropped at the end of the block.

    Raises ConnectionError, which names the broker, when that can't be talked to.
    """
    broker = Broker(app, step_s)
    with cut_off(broker.cut):
        try:
            broker.open()
            yield broker
        except broker.errors as error:
            raise ConnectionError(f"{broker.name}: {error or type(error).__name__}") from error
        finally:
            broker.drop()


class Broker:
    """One kombu connection; a step of it that goes unanswered for `step_s` seconds raises one of `errors`.

    It drives kombu's transport itself: `kombu.Connection` sleeps for seconds and connects again, whenever it is asked
    for a channel or a message and the broker is gone.
    """

    def __init__(self, app: Any, step_s: float) -> None:
        self._step_s = step_s / _how_many(app.conf.broker_write_url)
        self._client = _client(app, self._step_s)
        self._opened: list[Any] = []
        self._established: Any = None
        self._drains_many = True
        self.channel: Any = None
        """Where it is open: kombu's."""
        self.driver: str = self._client.get_transport_cls().driver_type
        """What kind of broker it is, in kombu's words: "redis", "amqp" or another."""
        self._client.transport_options.update(_bounded_options(self._client, self.driver, self._step_s))
        self.name: str = self._client.as_uri()
        """Its URL, without the password."""
        self.channel_errors: tuple[type[BaseException], ...] = self._client.channel_errors
        """What it says no with."""
        self.errors: tuple[type[BaseException], ...] = self._client.connection_errors + self.channel_errors
        self.forgets = self.driver == "amqp"
        """Whether it deletes the queues of a connection that breaks."""

    def open(self) -> None:
        """Connect to the first broker of the URL's that can be had."""
        # Sentinels are not brokers to fall back on: the transport asks all of them itself.
        others = 0 if self._client.transport_cls == "sentinel" else max(len(self._client.alt) - 1, 0)
        while True:
            transport = self._client.transport
            _note_what_opens(transport, self._opened)
            try:
                self._established = transport.establish_connection()
                self.limit(self._step_s)
                self.channel = transport.create_channel(self._established)
            except self.errors:
                if not others:
                    raise
            else:
                return
            self.drop()
            others -= 1
            self._client.maybe_switch_next()
            self.name = self._client.as_uri()

    def drain(self, timeout_s: float) -> None:
        """Hand what arrives next to its consumer; TimeoutError when nothing does."""
        self._client.transport.drain_events(self._established, timeout=timeout_s)

    def drain_more(self, queue: str, most: int) -> None:
        """What else is in that queue, `most` messages in one go where kombu asks Redis for one after the other: a
        thousand would take it a second."""
        if self.driver != "redis" or not self._drains_many:
            return
        from kombu.utils.json import loads
        from redis import Redis

        key = f"{self.channel.global_keyprefix}{queue}"
        try:
            with Redis(connection_pool=self.channel.pool).pipeline() as pipe:
                pipe.lrange(key, -most, -1)
                pipe.ltrim(key, 0, -most - 1)
                items, _ = pipe.execute()
        except self.channel_errors:  # it may be allowed no more than kombu needs
            self._drains_many = False
            return
        for item in reversed(items):
            self._client.transport._deliver(loads(item), queue)

    def another_channel(self) -> Any:
        """One for questions that the broker closes a channel at."""
        return self._client.transport.create_channel(self._established)

    def leave(self, queue: str | None, timeout_s: float) -> None:
        """Delete the queue, if any, and say goodbye."""
        if popping := getattr(self.channel, "_in_poll", None):
            popping.disconnect()  # else kombu would wait here for Redis to give up its BRPOP, for up to a second
        self.limit(timeout_s)
        if queue is not None:
            self.channel.after_reply_message_received(queue)
        self._client.transport.close_connection(self._established)

    def drop(self) -> None:
        """Close what is open, without a word to the broker, which may have stopped: nothing here waits for it."""
        self.cut()
        for opened in self._opened:
            with suppress(Exception):
                (opened.disconnect if _is_pool(opened) else opened.collect)()
        self._opened.clear()
        transport, established, self._established = self._client.transport, self._established, None
        if established is not None:
            with suppress(Exception):
                transport.close_connection(established)
        # Kombu leaves Redis's epoll to the garbage collector.
        if poller := getattr(getattr(transport, "cycle", None), "poller", None):
            poller.close()
        self._client.release()

    def cut(self) -> None:
        """Make the call that blocks on it return. For another thread to call; it does not block."""
        for connected in self._sockets():
            with suppress(OSError):
                # The method of plain sockets: that of TLS ones takes the session away under the thread that reads.
                socket.socket.shutdown(connected, socket.SHUT_RDWR)

    def limit(self, timeout_s: float) -> None:
        """From now on an answer may take so long."""
        # For amqp, which else waits for an answer as long as it takes; SO_RCVTIMEO, its own means, it overlooks in the
        # middle of a frame. Redis's connections have theirs from their pool.
        for connected in self._sockets():
            connected.settimeout(timeout_s)

    def _sockets(self) -> Iterator[socket.socket]:
        for opened in list(self._opened):
            for connection in _connections(opened) if _is_pool(opened) else [opened._transport]:
                connected = getattr(connection, "_sock", None) or getattr(connection, "sock", None)
                if connected is not None:
                    yield connected


def _how_many(urls: Any) -> int:
    """The brokers to fall back on share the time."""
    return urls.count(";") + 1 if isinstance(urls, str) else max(len(urls or ()), 1)


def _client(app: Any, step_s: float) -> Any:
    try:
        client = app.connection_for_write(connect_timeout=step_s)
        client.transport  # noqa: B018 - imports what it needs
    except (ImportError, AttributeError) as error:
        # kombu's module for Redis says "'NoneType' object has no attribute 'Redis'".
        if any(name in str(app.conf.broker_write_url) for name in ("redis", "sentinel")) and not find_spec("redis"):
            raise missing("redis", ImportError(name="redis")) from error
        raise
    return client


def _bounded_options(client: Any, driver: str, step_s: float) -> dict[str, Any]:
    if driver != "redis":
        return {"heartbeat": 0} if driver == "amqp" else {}
    options: dict[str, Any] = {
        "socket_timeout": step_s,
        "socket_connect_timeout": step_s,
        "retry_on_timeout": False,
        "health_check_interval": 0,
        # Else each wait in vain would put the site's unacknowledged tasks back into their queues.
        "ack_emulation": False,
    }
    if client.transport_cls == "sentinel":
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        # A client that redis-py makes by itself asks a dead sentinel four times, for seconds.
        bounded = {"socket_timeout": step_s, "socket_connect_timeout": step_s, "retry": Retry(NoBackoff(), 0)}
        options["sentinel_kwargs"] = {**(client.transport_options.get("sentinel_kwargs") or {}), **bounded}
    return options


def _note_what_opens(transport: Any, opened: list[Any]) -> None:
    """Have it noted before it connects: so it can be cut off in its handshake, too."""
    if transport.driver_type == "redis":

        class Channel(transport.Channel):  # type: ignore[misc]
            def _get_pool(self, asynchronous: bool = False) -> Any:
                pool = super()._get_pool(asynchronous)
                opened.append(pool)
                return pool

        transport.Channel = Channel
    elif transport.driver_type == "amqp":
        make = transport.Connection

        def connection(**options: Any) -> Any:
            made = make(**options)
            opened.append(made)
            return made

        transport.Connection = connection


def _is_pool(opened: Any) -> bool:
    return hasattr(opened, "_in_use_connections")


def _connections(pool: Any) -> Iterator[Any]:
    """The pool's connections; for one behind sentinels, those to the sentinels too."""
    yield from [*pool._available_connections, *pool._in_use_connections]
    for sentinel in getattr(getattr(pool, "sentinel_manager", None), "sentinels", ()):
        yield from _connections(sentinel.connection_pool)
