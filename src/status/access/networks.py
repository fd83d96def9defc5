"""Where a caller asks from, and whether that is one of `STATUS_NETWORKS`.

The address of the connection counts alone. What a proxy says of its callers is believed where `STATUS_TRUSTED_PROXIES`
names the proxy, and is read from the right: each proxy adds at the end whom it was asked by, and what stands further to
the left may be anybody's invention.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TypeAlias

from .. import conf
from ..reading import Network

Address: TypeAlias = "IPv4Address | IPv6Address"

MAX_FORWARDED = 4_096
"""Characters of `X-Forwarded-For` that are read, from its end."""
MAX_HOPS = 50

_WITH_PORT = re.compile(
    r"\[(?P<v6>[^]]*)\](:[0-9]{1,5})?|(?P<v4>[^:]*):[0-9]{1,5}"
)  # RFC 7239, 6: brackets are of IPv6


def is_near(address: str, forwarded: str) -> bool:
    """Whether who asks is in one of `STATUS_NETWORKS`; for the parameters see `client`."""
    settings = conf.current()
    if not settings.networks:
        return False
    found = client(address, forwarded, settings)
    return found is not None and _is_in(found, settings.networks)


def client(address: str, forwarded: str, settings: conf.Settings) -> Address | None:
    """Who asks; None where that can't be known.

    `address` is of the connection, empty for a Unix socket; `forwarded` is the header `X-Forwarded-For`, empty where
    there is none.
    """
    peer = _read(address)
    if peer is None:
        is_proxy = settings.trusts_unix and not address
    else:
        is_proxy = _is_in(peer, settings.trusted_proxies)
    if is_proxy:
        return _first_beyond(settings.trusted_proxies, forwarded)
    # A proxy that nobody named: what it forwards is not its own. A server that has put the client in the connection's
    # place, as uvicorn with --proxy-headers, leaves that very address at the end.
    if forwarded and next(_from_the_right(forwarded), None) != peer:
        return None
    return peer


def _first_beyond(proxies: Iterable[Network], forwarded: str) -> Address | None:
    """The first from the right that is no proxy itself; None where an entry before it is no address."""
    for found in _from_the_right(forwarded):
        if found is None or not _is_in(found, proxies):
            return found
    return None


def _from_the_right(forwarded: str) -> Iterator[Address | None]:
    """The entries of the header that are read; None for one that is no address, as "unknown"."""
    end = forwarded[-MAX_FORWARDED:]
    entries = end.rsplit(",", MAX_HOPS)
    if len(end) < len(forwarded) or len(entries) > MAX_HOPS:
        del entries[0]  # it is cut, or all that is left
    return map(_read, reversed(entries))


def _read(entry: str) -> Address | None:
    """An address, perhaps with a port or a zone; what is IPv4 in IPv6, as a socket for both has it, as IPv4."""
    text = entry.strip(" \t")
    match = _WITH_PORT.fullmatch(text)
    try:
        found = ip_address((match["v6"] or match["v4"]) if match else text)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        return found.ipv4_mapped or IPv6Address(int(found))
    return found


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
