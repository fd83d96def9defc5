"""What servers count themselves, as databases do: of all that the processes of a host have read, the newest.

Each process reuses what it has read for the check's ttl. Told by whoever is asked it would go back with every other
scrape, which reads as a server that began anew. Plain data, and no clock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

KEPT_FOR_S = 86_400.0
"""Without being asked for."""
MOST = 2_000
MOST_TEXT = 4 * 1024 * 1024
"""Characters, of all together: every process reads the file every few seconds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at a reference has read. Times are seconds since the epoch."""

    began_at: float
    observed_at: float
    counters: str
    """As JSON: most is never looked into."""
    asked_at: float = 0.0
    """When somebody wanted to know it last."""


Readings = Mapping[str, Reading]
"""By `key_of` the reference."""


def dump(counters: Mapping[str, float]) -> str:
    """Counters by whatever name, as JSON."""
    return json.dumps(counters, separators=(",", ":"))


def load(text: str) -> dict[str, float]:
    """What `dump` wrote. ValueError or TypeError for anything else."""
    return {name: float(value) for name, value in json.loads(text).items()}


def newest(there: Readings, offered: Readings, now: float) -> Readings:
    """Of each reference the newer of both."""
    found = dict(there)
    for key, reading in offered.items():
        kept = there.get(key)
        is_better = kept is None or _is_newer(reading, kept, now)
        found[key] = reading if kept is None or is_better else replace(kept, asked_at=reading.asked_at)
    return found


def swept(readings: Readings, now: float) -> Readings:
    """Without what nobody asks for any more, and what there is no room for; then the last asked for stay."""
    last_first = sorted(readings.items(), key=lambda each: -each[1].asked_at)
    left = MOST_TEXT
    kept: dict[str, Reading] = {}
    for key, reading in last_first[:MOST]:
        left -= len(key) + len(reading.counters)
        if left < 0:
            break
        if now - reading.asked_at < KEPT_FOR_S:
            kept[key] = reading
    return kept


def _is_newer(one: Reading, other: Reading, now: float) -> bool:
    # What is of the future was read before the clock was set back.
    if (one.observed_at > now) is not (other.observed_at > now):
        return other.observed_at > now
    if one.began_at >= other.observed_at:
        return True  # with smaller counters, too: the server began anew
    # Which of two looks at the same time read the server later is not known by the clock: it is by what was counted.
    return one.observed_at > other.observed_at and not _has_less(one, other)


def _has_less(one: Reading, other: Reading) -> bool:
    here, there = load(one.counters), load(other.counters)
    return any(here.get(name, value) < value for name, value in there.items())
