"""Who may see what."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from enum import IntEnum
from hmac import compare_digest
from ipaddress import ip_address

from django.http import HttpRequest

from . import conf
from .reading import Network

logger = logging.getLogger("status")


class Sight(IntEnum):
    """How much of a resource a caller sees."""

    HIDDEN = 0
    """Not even that it exists."""
    NOTHING = 1
    """That it exists, and that more can be had by who may."""
    STATES = 2
    DETAILS = 3


_STRANGER = {"public": Sight.DETAILS, "states": Sight.STATES, "private": Sight.NOTHING, "hidden": Sight.HIDDEN}
"""What each level of `STATUS_ACCESS` lets everyone see."""

_WORDS = {**_STRANGER, **{each.name.lower(): each for each in Sight}}
"""What a project's own callable may say. The two agree on the words that they share."""


def sight(request: HttpRequest, resource: str) -> Sight:
    """How much of the resource this caller sees."""
    settings = conf.current()
    if settings.debug:
        return Sight.DETAILS
    if not isinstance(settings.access, Mapping):
        return _chosen(settings.access, request, resource)
    if is_trusted(request):
        return Sight.DETAILS
    return _STRANGER[settings.access.get(resource) or settings.access["*"]]


def is_trusted(request: HttpRequest) -> bool:
    """Whether the caller may see details: by a bearer token, or by the network it asks from."""
    return _has_token(request.headers.get("Authorization", "")) or _is_near(request.META.get("REMOTE_ADDR", ""))


def _chosen(choose: Callable[..., object], request: HttpRequest, resource: str) -> Sight:
    """What a project's own callable says: a `Sight`, its name, a level, or a boolean; anything else shows nothing."""
    try:
        return _understood(choose(request, resource))
    except Exception:
        logger.exception("STATUS_ACCESS raised: the caller sees nothing of %s", resource)
        return Sight.NOTHING


def _understood(said: object) -> Sight:
    if isinstance(said, Sight):
        return said
    if said is True:
        return Sight.DETAILS
    return _WORDS.get(str(said).lower(), Sight.NOTHING)


def _has_token(authorization: str) -> bool:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return False
    given = hashlib.sha256(token.strip().encode()).hexdigest().encode()
    # Every token is compared, in constant time each: how long it takes tells nothing.
    return sum(compare_digest(given, _digest(known)) for known in conf.current().tokens) > 0


def _digest(token: str) -> bytes:
    if token.startswith("sha256:"):
        return token.removeprefix("sha256:").lower().encode()
    return hashlib.sha256(token.encode()).hexdigest().encode()


def _is_near(address: str) -> bool:
    return _is_in(address, conf.current().networks)


def _is_in(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:  # a Unix socket has no address
        return False
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed  # as a socket for both families has it
    return any(parsed in network for network in networks)
