"""A port that takes connections."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

from ..core.observation import Component
from ..core.states import State
from ..reading import type_of
from . import arguments
from .arguments import Limits
from .forms import each
from .network.wire import Wire, connected, place

MOST_SHOWN = 80
MOST_BYTES = 4096


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    host: str
    port: int
    greeting: bytes
    limits: Limits


def _read(
    host: str,
    port: int,
    *,
    greeting: str | bytes = b"",
    label: str | None = None,
    warn_ms: float | None = None,
    fail_ms: float | None = None,
) -> _Wanted:
    arguments.host("host", host)
    arguments.port("port", port)
    if not isinstance(greeting, (str, bytes)):
        raise ValueError(f"greeting is a text or bytes, not a {type_of(greeting)}")
    expected = greeting.encode() if isinstance(greeting, str) else greeting
    if len(expected) > MOST_BYTES:
        raise ValueError(f"greeting is {len(expected)} bytes long, more than {MOST_BYTES}")
    name = place(host, port) if label is None else arguments.text("label", label)
    return _Wanted(name, host, port, expected, arguments.limits("ms", warn_ms, fail_ms))


@each(lambda wanted: [wanted.name], read=_read, names_are_details=True)
def tcp(name: str, wanted: _Wanted) -> Component:
    """The port takes a connection, and where a `greeting` is given, the other side begins with it.

    Sends nothing. One connection a run, closed at once. Slower than `warn_ms` and `fail_ms` it warns and fails.
    """
    started = monotonic()
    with connected(wanted.host, wanted.port) as wire:
        greeted = _receive(wire, len(wanted.greeting))
    took_ms = 1000 * (monotonic() - started)
    if greeted != wanted.greeting:
        return Component(State.FAIL, round(took_ms, 1), "ms", _told(greeted))
    return Component(wanted.limits.judge(took_ms), round(took_ms, 1), "ms", f"connected in {took_ms:,.0f} ms")


def _receive(wire: Wire, most: int) -> bytes:
    received = b""
    while len(received) < most and (more := wire.receive(most - len(received))):
        received += more
    return received


def _told(greeted: bytes) -> str:
    if not greeted:
        return "it closed the connection without a greeting"
    return f"another greeting: {greeted[:MOST_SHOWN].decode(errors='replace')!r}"
