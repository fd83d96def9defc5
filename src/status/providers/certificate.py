"""How long a certificate is still valid, and whether it is trusted."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from time import time

from ..core.observation import Component
from ..core.states import State
from . import arguments
from .arguments import Limits
from .forms import each
from .network import der, tls
from .network.wire import connected, place

DAY_S = 86_400
PORT = 443
MOST_BYTES = 1 << 20  # of a file: a chain of certificates has a few KiB
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    limits: Limits
    file: Path | None
    """None where it is a host's; these are of that."""
    host: str = ""
    port: int = PORT
    server_name: str = ""
    ca_file: str | None = None


def _read(
    host: str | None = None,
    port: int = PORT,
    *,
    file: str | Path | None = None,
    server_name: str | None = None,
    ca_file: str | Path | None = None,
    label: str | None = None,
    warn_days: float | None = 14.0,
    fail_days: float | None = 3.0,
) -> _Wanted:
    if (host is None) == (file is None):
        raise ValueError("certificate takes either a host or a file")
    if file is not None and (port != PORT or server_name is not None or ca_file is not None):
        raise ValueError("port, server_name and ca_file are of a host's certificate, not of a file")
    limits = arguments.limits("days", warn_days, fail_days, falling=True)
    own = None if label is None else arguments.text("label", label)
    if file is not None:
        path = arguments.path("file", file)
        return _Wanted(own or path, limits, Path(path))
    host, port = arguments.host("host", host), arguments.port("port", port)
    shown = host if server_name is None else arguments.host("server_name", server_name)
    trusted = None if ca_file is None else arguments.path("ca_file", ca_file)
    return _Wanted(own or place(host, port), limits, None, host, port, shown, trusted)


@each(lambda wanted: [wanted.name], read=_read, names_are_details=True)
def certificate(name: str, wanted: _Wanted) -> Component:
    """The certificate that a host presents, or the first one in a local PEM `file`: how many days are left of it.

    A host's must be trusted as well: by the system's authorities or those of `ca_file`, for `server_name`, else the
    host's own name. One TLS handshake a run and no more; TLS from the first byte, no STARTTLS. Of a file validity alone
    is looked at.
    """
    if wanted.file is not None:
        return _judge(_from_file(wanted.file), wanted.limits)
    context = tls.context(ca_file=wanted.ca_file)
    try:
        with connected(wanted.host, wanted.port) as wire:
            presented = wire.secure(context, wanted.server_name).getpeercert(binary_form=True)
    except ssl.SSLCertVerificationError as error:
        return Component(State.FAIL, detail=f"it is not trusted: {tls.reason(error)}")
    return _judge(presented or b"", wanted.limits)


def _from_file(file: Path) -> bytes:
    with file.open("rb") as opened:
        found = _PEM.search(opened.read(MOST_BYTES))
    if not found:
        raise ValueError("the file holds no certificate in PEM")
    return ssl.PEM_cert_to_DER_cert(found[0].decode("ascii", "replace"))


def _judge(presented: bytes, limits: Limits) -> Component:
    valid = der.validity(presented)
    now = time()
    days = (valid.ends_at - now) / DAY_S
    state = limits.judge(days)
    if now < valid.begins_at:
        state, detail = State.FAIL, f"valid from {_day(valid.begins_at)} on"
    elif now > valid.ends_at:
        state, detail = State.FAIL, f"expired on {_day(valid.ends_at)}"
    else:
        detail = f"valid until {_day(valid.ends_at)}"
    return Component(state, round(days, 1), "days", detail)


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
