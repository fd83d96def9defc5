"""`STATUS_NETWORKS` and `STATUS_TRUSTED_PROXIES`: whose callers are trusted, and whose word about their address."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, collapse_addresses, ip_network
from typing import TypeAlias

from django.conf import settings

from .problem import Problems, is_list, shown, type_of

Network: TypeAlias = "IPv4Network | IPv6Network"

UNIX = "unix"
"""In `STATUS_TRUSTED_PROXIES`: whoever comes over a Unix socket."""

_HINT = 'Write a network, as "10.0.0.0/8" or "::1"; names are not looked up'
_OBJECTS = (IPv4Address, IPv4Network, IPv6Address, IPv6Network)
_WIDEST = {4: 8, 6: 16}
"""The shortest prefix, by version of IP, of a network that can be one's own: no operator was given more."""
_OWN = (IPv6Network("fc00::/7"), IPv6Network("fe80::/10"))  # not of the Internet: RFC 4193, and RFC 4291, 2.5.6
_MAPPED_PREFIX = 96  # of ::ffff:0:0/96, RFC 4291, 2.5.5.2

_SAY_PROXIED = ("SECURE_PROXY_SSL_HEADER", "USE_X_FORWARDED_HOST", "USE_X_FORWARDED_PORT")


def read_networks(problems: Problems) -> tuple[Network, ...]:
    networks = _networks(problems, "STATUS_NETWORKS", _entries(problems, "STATUS_NETWORKS"))
    trust = "who asks from there sees all details"
    _check_width(problems, "W005", "STATUS_NETWORKS", networks, trust)
    return tuple(networks.values())


def read_proxies(problems: Problems) -> tuple[tuple[Network, ...], bool]:
    """The proxies' networks, and whether a Unix socket is one."""
    entries = _entries(problems, "STATUS_TRUSTED_PROXIES")
    addresses = {at: entry for at, entry in entries.items() if entry != UNIX}
    networks = _networks(problems, "STATUS_TRUSTED_PROXIES", addresses)
    trust = "who asks from there may claim any address"
    _check_width(problems, "W007", "STATUS_TRUSTED_PROXIES", networks, trust)
    return tuple(networks.values()), len(addresses) < len(entries)


def check_proxies(problems: Problems, networks: Sequence[Network], *, named: bool) -> None:
    """Where other settings tell of a proxy and ours do not, the address of the connection is nobody's own."""
    telling = next((name for name in _SAY_PROXIED if getattr(settings, name, None)), "")
    if networks and not named and telling:
        text = f"it is empty, but {telling} tells of a proxy: all callers have its address, and may be trusted by it"
        hint = f'Name the proxy by its address, or as "{UNIX}"'
        problems.warn("W006", "STATUS_TRUSTED_PROXIES", text, hint)


def _entries(problems: Problems, setting: str) -> dict[int, object]:
    """By their places in the list."""
    given = getattr(settings, setting, ())
    if is_list(given):
        return dict(enumerate(given))
    problems.tell("E012", setting, f"it is a {type_of(given)}, not a list", 'Write a list, as ["10.0.0.0/8"]')
    return {}


def _networks(problems: Problems, setting: str, entries: dict[int, object]) -> dict[int, Network]:
    networks = {}
    for at, entry in entries.items():
        if not isinstance(entry, (str, *_OBJECTS)):
            text, hint = f"it is a {type_of(entry)}, neither a text nor of ipaddress", _HINT
        elif not entry:
            text, hint = "it is empty", _HINT
        else:
            try:
                networks[at] = _plain(ip_network(str(entry)))
                continue
            except ValueError:
                text, hint = _what_is_wrong(str(entry))
        problems.tell("E012", setting, text, hint, f"[{at}]")
    return networks


def _what_is_wrong(entry: str) -> tuple[str, str]:
    """With a hint."""
    try:
        meant = ip_network(entry, strict=False)
    except ValueError:
        return f"{shown(entry)} is no network", _HINT
    address = entry.partition("/")[0]
    return f"{shown(entry)} has bits set after its prefix", f"Write {meant}, or {address} for this address alone"


def _plain(network: Network) -> Network:
    """As callers' addresses are read: what is IPv4 in IPv6 as IPv4."""
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED_PREFIX:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return IPv4Network((int(mapped), network.prefixlen - _MAPPED_PREFIX))
    return network


def _check_width(problems: Problems, code: str, setting: str, networks: dict[int, Network], trust: str) -> None:
    hint = "Write the networks that they come from, and no more"
    everybody = _everybody(networks.values())
    for at, network in networks.items():
        if network.prefixlen == 0:
            problems.warn(code, setting, f"{network} is everybody: {trust}", hint, f"[{at}]")
            everybody.discard(network.version)
        elif network.version not in everybody and _is_wide(network):
            problems.warn(code, setting, f"{network} is a large part of the Internet: {trust}", hint, f"[{at}]")
    for version in sorted(everybody):
        text = f"its networks together are everybody by IPv{version}: {trust}"
        problems.warn(code, setting, text, hint)


def _everybody(networks: Collection[Network]) -> set[int]:
    """The versions of IP of which they are all together."""
    of_4 = collapse_addresses(network for network in networks if isinstance(network, IPv4Network))
    of_6 = collapse_addresses(network for network in networks if isinstance(network, IPv6Network))
    collapsed: list[Network] = [*of_4, *of_6]
    return {network.version for network in collapsed if network.prefixlen == 0}


def _is_wide(network: Network) -> bool:
    if network.prefixlen >= _WIDEST[network.version]:
        return False
    return isinstance(network, IPv4Network) or not any(network.subnet_of(own) for own in _OWN)
