"""How busy the processors were between two readings: nobody sleeps for the second one, the next look is it."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

LEAST_S = 1.0
"""Readings closer than this tell little; the one before stands for the last."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What had been used up to a moment, in seconds of processors; `at_s` is of the monotonic clock."""

    of: str
    """Of what: readings of different things aren't compared."""
    at_s: float
    used_s: float
    periods: int = 0
    throttled: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """Between two readings."""

    over_s: float
    used: float
    """Processors in use, on average."""
    throttled_ratio: float | None


class Readings:
    """The last two of this process, at least `LEAST_S` apart."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._earlier: Reading | None = None
        self._latest: Reading | None = None

    def since_last(self, now: Reading) -> Span | None:
        """What was used since the last reading; None for the first."""
        with self._lock:
            latest = self._latest
            if latest is None or latest.of != now.of:
                self._earlier, self._latest = None, now
                return None
            if now.at_s - latest.at_s >= LEAST_S:
                self._earlier, self._latest = latest, now
            before = self._earlier or latest
        over_s = now.at_s - before.at_s
        if over_s <= 0 or now.used_s < before.used_s:  # made anew under the same name
            return None
        periods = now.periods - before.periods
        throttled = round((now.throttled - before.throttled) / periods, 4) if periods > 0 else None
        return Span(over_s, (now.used_s - before.used_s) / over_s, throttled)
