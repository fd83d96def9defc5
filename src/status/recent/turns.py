"""The changes of state that a process has seen itself, in its memory: for when the file can't be read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ..core.states import State
from .entry import HOUR_S, MINUTE_S, Entry, Turn

MOST = 1000
"""Changes that are kept; where there are more, the oldest go."""


class Turns:
    """One thread at a time may add; any may read."""

    def __init__(self) -> None:
        self._standing: dict[str, tuple[float, State]] = {}
        """By reference, when it was seen last and as what."""
        self._turns: deque[tuple[str, Turn]] = deque(maxlen=MOST)
        self._trimmed_at = 0.0

    def add(self, entry: Entry) -> None:
        """It was observed; as in the file, one that comes late changes nothing, and after an hour it is new."""
        at, hour_ago = entry.observed_at, entry.observed_at - HOUR_S
        seen_at, state = self._standing.get(entry.reference, (hour_ago, entry.state))
        if seen_at > at:
            return
        if state is not entry.state and seen_at > hour_ago:
            self._turns.append((entry.reference, Turn(at, state, entry.state, entry.error)))
        self._standing[entry.reference] = at, entry.state
        if at >= self._trimmed_at + MINUTE_S:
            self._trimmed_at = at
            self._standing = {name: seen for name, seen in self._standing.items() if seen[0] > hour_ago}

    def latest(self, since: float, is_wanted: Callable[[str], bool], most: int) -> list[tuple[str, Turn]]:
        """The last changes after that moment of the references that are wanted, the newest first."""
        found = [each for each in tuple(self._turns) if each[1].at > since and is_wanted(each[0])]
        return sorted(found, key=lambda each: each[1].at, reverse=True)[:most]
