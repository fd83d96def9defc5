"""Whom a check trusts that speaks TLS, and why it does not."""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path


def context(*, verified: bool = True, ca_file: str | None = None) -> ssl.SSLContext:
    """Trusts the system's authorities and those of the file, or anybody."""
    return _context(verified, ca_file, None if ca_file is None else Path(ca_file).stat().st_mtime_ns)


@lru_cache(maxsize=16)  # the system's authorities take 20 ms of CPU to read
def _context(verified: bool, ca_file: str | None, changed: int | None) -> ssl.SSLContext:
    made = ssl.create_default_context()
    if ca_file is not None:
        made.load_verify_locations(ca_file)
    if not verified:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


def reason(error: ssl.SSLCertVerificationError) -> str:
    """Why it is not trusted, in OpenSSL's words, as "certificate has expired"."""
    return error.verify_message.rstrip(".") or str(error)
