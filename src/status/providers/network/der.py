"""Until when a certificate is valid: the one thing of it that the standard library reads of no file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

SEQUENCE, VERSION, UTC_TIME = 0x30, 0xA0, 0x17


@dataclass(frozen=True, slots=True)
class Validity:
    """Seconds since the epoch."""

    begins_at: float
    ends_at: float


def validity(certificate: bytes) -> Validity:
    """The validity that an X.509 certificate states (RFC 5280, 4.1); ValueError for anything else."""
    try:
        signed, _ = _inside(certificate, SEQUENCE)
        fields, _ = _inside(signed, SEQUENCE)
        if fields[0] == VERSION:
            fields = _rest(fields)
        for _ in ("serial number", "signature", "issuer"):
            fields = _rest(fields)
        times, _ = _inside(fields, SEQUENCE)
        return Validity(_time(times), _time(_rest(times)))
    except (IndexError, UnicodeDecodeError) as error:
        raise ValueError("it is no certificate") from error


def _inside(data: bytes, tag: int) -> tuple[bytes, bytes]:
    if data[0] != tag:
        raise ValueError("it is no certificate")
    begins, ends = _span(data)
    return data[begins:ends], data[ends:]


def _rest(data: bytes) -> bytes:
    return data[_span(data)[1] :]


def _span(data: bytes) -> tuple[int, int]:
    """Where the content of the first value begins and ends (X.690, 8.1.3)."""
    length = data[1]
    if length < 0x80:
        return 2, 2 + length
    begins = 2 + (length & 0x7F)
    return begins, begins + int.from_bytes(data[2:begins], "big")


def _time(data: bytes) -> float:
    begins, ends = _span(data)
    text = data[begins:ends].decode("ascii")
    if data[0] == UTC_TIME:  # two digits of the year: RFC 5280, 4.1.2.5.1
        text = f"{'20' if int(text[:2]) < 50 else '19'}{text}"
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
