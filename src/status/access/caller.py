"""Who asks, as far as the request's headers and its connection tell: what needs neither session nor project's code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from . import networks, tokens


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as far as a probe looks."""

    authorization: str = field(repr=False)
    """The header, as it came."""
    address: str
    """Of the one who is connected; empty on a Unix socket."""
    forwarded: str
    """The header `X-Forwarded-For`, as it came; empty where there is none."""

    @classmethod
    def of(cls, meta: Mapping[str, Any]) -> Caller:
        """Of a request's `META`, or a WSGI environment."""
        return cls(
            meta.get("HTTP_AUTHORIZATION", ""),
            meta.get("REMOTE_ADDR") or "",
            meta.get("HTTP_X_FORWARDED_FOR", ""),
        )

    @classmethod
    def of_scope(cls, scope: Mapping[str, Any]) -> Caller:
        """Of an ASGI connection."""
        authorizations = _headers(scope, b"authorization")
        address = (scope.get("client") or ("",))[0] or ""
        return cls(
            # Said twice it is said by two, one of whom may be lying.
            authorizations[0] if len(authorizations) == 1 else "",
            address,
            # Lines of one header are one list, in their order: RFC 9110, 5.3.
            ",".join(_headers(scope, b"x-forwarded-for")),
        )


def is_trusted(caller: Caller | HttpRequest) -> bool:
    """Whether the caller may see details: by a bearer token, or by the network it asks from."""
    if isinstance(caller, HttpRequest):  # as a project's own callable has it
        caller = Caller.of(caller.META)
    return tokens.holder(caller.authorization) is not None or networks.is_near(caller.address, caller.forwarded)


def _headers(scope: Mapping[str, Any], name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope.get("headers") or () if key.lower() == name]
