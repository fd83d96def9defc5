"""Connections of a check's own, where an endpoint's check does not lead."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from status.providers.network.wire import Wire, connected
from tests.servers.scripted import serving

HOST = "127.0.0.1"


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A name with several addresses, which this machine's name service has none of."""

    def resolve(*ports: int) -> None:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (HOST, port)) for port in ports]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)

    return resolve


def test_an_address_that_refuses_is_passed_over(resolved: Any, refused_port: int) -> None:
    with serving(lambda caller: caller.sendall(b"hello")) as server:
        resolved(refused_port, server.port)
        with connected("shop.example", 80) as wire:
            assert wire.receive(5) == b"hello"


def test_an_address_that_never_answers_leaves_time_for_the_next(resolved: Any, unreachable_port: int) -> None:
    with serving(lambda caller: caller.sendall(b"hello")) as server:
        resolved(unreachable_port, server.port)
        with connected("shop.example", 80) as wire:
            assert wire.receive(5) == b"hello"


def test_the_last_ones_error_is_told(resolved: Any, refused_port: int) -> None:
    resolved(refused_port, refused_port)
    with pytest.raises(ConnectionRefusedError), connected("shop.example", 80):
        pass


def test_what_is_closed_says_so_and_is_not_cut() -> None:
    wire = Wire()
    assert not wire.cut()
    with pytest.raises(ConnectionError, match="it is closed"):
        wire.receive(1)
    wire.close()


def test_what_is_not_connected_yet_is_cut_later() -> None:
    wire = Wire()
    wire._socket = socket.socket()
    assert not wire.cut()
    wire.close()


def test_past_the_deadline_nothing_is_waited_for() -> None:
    wire = Wire()
    wire._deadline = 0.0
    with serving(lambda caller: caller.recv(1)) as server, pytest.raises(TimeoutError):
        wire.connect(HOST, server.port)
    wire.close()
