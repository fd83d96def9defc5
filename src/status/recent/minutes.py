"""The last hour in a process's memory: of each reference the worst state of each minute."""

from __future__ import annotations

from ..core.states import State
from .entry import HOUR_S, MINUTE_S

MINUTES = HOUR_S // MINUTE_S

_NOTHING = bytes(MINUTES)


def degree(state: State | None) -> int:
    """A state as a byte: the worse the more, and 0 where nobody looked. A thousand hours are drawn from these."""
    return 0 if state is None else state.severity + 1


class Minutes:
    """The worst states, a byte a minute; the oldest go as new ones come. One thread at a time may add."""

    def __init__(self) -> None:
        # A minute's place is its remainder; 0 where nobody looked.
        self._hours: dict[str, bytearray] = {}
        self.newest = 0
        """Minutes since the epoch."""

    def add(self, reference: str, at: float, state: State) -> None:
        """It was in this state at this moment, in seconds since the epoch."""
        minute = int(at // MINUTE_S)
        if minute <= self.newest - MINUTES:
            return
        if minute > self.newest:
            self._advance(minute)
        hour = self._hours.setdefault(reference, bytearray(MINUTES))
        hour[minute % MINUTES] = max(hour[minute % MINUTES], degree(state))

    def of(self, reference: str, now: float) -> bytes:
        """MINUTES degrees, the last one of this moment's minute."""
        hour = bytes(self._hours.get(reference, _NOTHING))
        first = (self.newest + 1) % MINUTES
        ahead = max(int(now // MINUTE_S) - self.newest, 0)
        return (hour[first:] + hour[:first] + bytes(min(ahead, MINUTES)))[-MINUTES:]

    def _advance(self, minute: int) -> None:
        new = [each % MINUTES for each in range(max(self.newest, minute - MINUTES) + 1, minute + 1)]
        for reference, hour in list(self._hours.items()):
            for place in new:
                hour[place] = 0
            if not any(hour):
                del self._hours[reference]
        self.newest = minute
