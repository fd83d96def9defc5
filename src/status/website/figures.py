"""Figures in the units that people think in: bytes, shares, durations and moments. Nothing here raises.

A key says the unit of its value, as in names of settings: `size_bytes`, `took_ms`, `hit_ratio`, `started_at`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timezone

from ..core.observation import Json
from . import wording
from .language import figure

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?( ?(Z|[+-]\d\d:?\d\d))")
"""A moment is told by its zone: without one nobody knows how long ago it was."""
_KEY = re.compile(r"(?:^|_)(bytes|s|secs?|seconds|ms|us|percent|ratio|at)$", re.IGNORECASE)
_IN_SECONDS = {"s": 1.0, "sec": 1.0, "secs": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6}


@dataclass(frozen=True, slots=True)
class Figure:
    """A text for people, and where that is less than was given, the value as it is."""

    text: str
    exact: str = ""


def number(value: object) -> float | None:
    """The value as a number that one can count with, else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def size(value: object) -> str:
    """Bytes as "640 B", "12.4 GiB"; empty when it is no number of them."""
    count = number(value)
    if count is None or count < 0:
        return ""
    power = min(int(math.log2(count)) // 10, len(_UNITS) - 1) if count >= 1 else 0
    scaled = count / 1024**power
    if scaled >= 1023.5 and power < len(_UNITS) - 1:  # it would read "1024 KiB"
        scaled, power = scaled / 1024, power + 1
    written = f"{scaled:,.0f}" if power == 0 or scaled >= 99.95 else f"{scaled:.1f}"
    return f"{figure(written)} {_UNITS[power]}"


def percent(ratio: object) -> str:
    """A share between 0 and 1 as "99.3 %"; empty when it is no number."""
    share = number(ratio)
    if share is None:
        return ""
    text = f"{100 * share:.1f}"
    # "100 %" is said of all and of nothing less, and "0 %" of nothing.
    if text == "100.0" and share < 1:
        text = "> 99.9"
    if text == "0.0" and share > 0:
        text = "< 0.1"
    return figure(f"{text.removesuffix('.0')} %")


def moment(value: object) -> float | None:
    """Seconds since the epoch of an ISO 8601 text with a zone, or of a number that is one; else None."""
    if isinstance(value, str):
        return _parsed(value) if _MOMENT.fullmatch(value) else None
    at = number(value)
    # From 1973 to 5138: what is less or more was not meant to be a moment.
    return at if at is not None and 1e8 <= at < 1e11 else None


def by_key(key: str, value: Json, now: float) -> Figure | None:
    """The value as its key says that it is to be read; None where it says nothing."""
    if isinstance(value, str):
        at = moment(value)
        return None if at is None else _moment_figure(at, value, now)
    count = number(value)
    named = _KEY.search(key)
    if count is None or named is None:
        return None
    unit = named[1].lower()
    if unit == "at":
        at = moment(value)
        return None if at is None else _moment_figure(at, wording.exact(at), now)
    text = _in(unit, count)
    return Figure(text, f"{value}") if text else None


def _in(unit: str, count: float) -> str:
    if unit == "bytes":
        return size(count)
    if unit == "ratio":
        return percent(count)
    if unit == "percent":
        return f"{wording.number(count)} %"
    return wording.duration(count * _IN_SECONDS[unit]) if count >= 0 else ""


def _moment_figure(at: float, exact: str, now: float) -> Figure | None:
    # What is still to come has no word here, and a clock that is a little ahead is no news.
    return Figure(wording.ago(now - at), exact) if at <= now + 60 else None


def _parsed(text: str) -> float | None:
    text = text.replace("Z", "+00:00").replace(" +", "+").replace(" -", "-")
    whole, _, rest = text.partition(".")
    # Python 3.10 reads fractions of three or six digits alone.
    if rest:
        digits = re.match(r"\d+", rest)
        assert digits  # noqa: S101 - the pattern said so
        text = f"{whole}.{digits[0][:6]:0<6}{rest[digits.end() :]}"
    if re.search(r"[+-]\d{4}$", text):
        text = f"{text[:-2]}:{text[-2:]}"
    try:
        return datetime.fromisoformat(text).astimezone(timezone.utc).timestamp()
    except (ValueError, OverflowError):
        return None
