"""A name that resolves."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from time import monotonic

from ..core.observation import Component
from ..core.states import State
from ..reading import shown
from . import arguments
from .arguments import Limits
from .forms import each

MOST = 10  # addresses that are shown


@dataclass(frozen=True, slots=True)
class _Wanted:
    host: str
    networks: tuple[IPv4Network | IPv6Network, ...]
    limits: Limits

    def has(self, address: str) -> bool:
        return not self.networks or any(ip_address(address) in network for network in self.networks)


def _read(
    host: str,
    *,
    addresses: Sequence[str] | None = None,
    warn_ms: float | None = None,
    fail_ms: float | None = None,
) -> _Wanted:
    arguments.host("host", host)
    networks = []
    for each_ in () if addresses is None else arguments.texts("addresses", addresses):
        try:
            networks.append(ip_network(each_, strict=False))
        except ValueError:
            raise ValueError(f"addresses: {shown(each_)} is neither an address nor a network") from None
    if addresses is not None and not networks:
        raise ValueError("addresses names none: leave it out where any will do")
    return _Wanted(host, tuple(networks), arguments.limits("ms", warn_ms, fail_ms))


@each(lambda wanted: [wanted.host], read=_read, names_are_details=True)
def dns(name: str, wanted: _Wanted) -> Component:
    """The name resolves, as it does for this process; to nothing but these `addresses` or networks, if any are given.

    Asks the system's resolver, so what `/etc/hosts` has counts, too, and the timeouts of `/etc/resolv.conf` hold: the
    answer after the deadline is a fail, but the call returns when the resolver gives up.
    """
    started = monotonic()
    found = sorted({str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(wanted.host, None)})
    took_ms = 1000 * (monotonic() - started)
    strange = [address for address in found if not wanted.has(address)]
    if strange:
        return Component(State.FAIL, round(took_ms, 1), "ms", f"another address than expected: {_listed(strange)}")
    return Component(wanted.limits.judge(took_ms), round(took_ms, 1), "ms", _listed(found))


def _listed(addresses: Sequence[str]) -> str:
    more = len(addresses) - MOST
    return ", ".join(addresses[:MOST]) + (f" and {more} more" if more > 0 else "")
