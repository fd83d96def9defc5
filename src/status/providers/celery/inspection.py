"""What Celery's workers say of themselves, counted as it arrives: of replies that may be huge little is kept.

Arguments of tasks are not: they may be secrets, and the lists of waiting tasks as long as one likes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ...core.observation import Component
from ...core.states import State

MOST = 10
"""Names that a list has at most."""
MOST_TASKS = 50
"""Names of registered tasks that are shown."""
MOST_NAMES = 10_000
"""Names of workers, of registered tasks, or of queues, that are kept for counting."""
NAME_LENGTH = 200
ENTRIES_BYTES = 600_000
"""Of all workers' own entries: with a value over 1 MiB the whole provider would fail."""

COMMANDS: Mapping[str, Mapping[str, object]] = {
    "stats": {},
    "active": {},
    "reserved": {},
    "scheduled": {},
    # No task has such an attribute: its name alone is told, without where it is sent.
    "registered": {"taskinfoitems": ["_"]},
    "active_queues": {},
}
COUNTED = ("active", "reserved", "scheduled")


class Inspection:
    """Takes the replies to `COMMANDS`, and counts."""

    def __init__(self, workers: Sequence[str]) -> None:
        self.entries: dict[str, Any] = {}
        """The configured workers' own statistics, as Celery's `inspect().stats()` has them."""
        self.by_queue: Counter[str] = Counter()
        """How many workers take messages from each queue."""
        self._named = dict.fromkeys(workers)
        self._to_come = {(worker, command) for worker in self._named for command in COMMANDS}
        self._answered: dict[str, set[str]] = {}
        """By worker, the commands that it has answered as one should."""
        self._counts: Counter[str] = Counter()
        self._concurrency = 0
        self._tasks: set[str] = set()
        self._garbage: list[str] = []

    def take(self, command: str, worker: str, reply: object) -> None:
        """A worker's reply to one of the commands."""
        if worker not in self._named and len(self._answered) >= MOST_NAMES:
            return
        answered = self._answered.setdefault(worker, set())
        if command in answered:
            return
        self._to_come.discard((worker, command))
        try:
            getattr(self, f"_take_{'count' if command in COUNTED else command}")(command, worker, reply)
            answered.add(command)
        except (TypeError, AttributeError, KeyError):
            self._garbage.append(f"{worker} answers {command} with a {type(reply).__name__} that is not as Celery's")

    def is_done(self) -> bool:
        """Whether all configured workers have answered all commands; never where none is configured."""
        return bool(self._named) and not self._to_come

    def values(self) -> dict[str, Any]:
        """The configured workers' entries: those who answered rubbish fail, and the silent ones are left out."""
        whole = sum(len(json.dumps(entry, default=str)) for entry in self.entries.values())
        shown = self.entries if whole <= ENTRIES_BYTES else {name: _brief(e) for name, e in self.entries.items()}
        odd = {
            worker: Component(State.FAIL, detail="it answers, and not as Celery's workers do")
            for worker in self._named
            if worker in self._answered and worker not in self.entries
        }
        return {worker: told for worker in self._named if (told := shown.get(worker, odd.get(worker))) is not None}

    def totals(self) -> dict[str, Any]:
        """What all workers are together that have answered."""
        missing = [worker for worker in self._named if worker not in self._answered]
        unexpected = sorted(self._answered.keys() - self._named)
        totals: dict[str, Any] = {
            "workers": {
                "online": len(self._answered),
                "expected": len(self._named),
                "missing": len(missing),
                "missing_names": missing[:MOST],
                "unexpected": len(unexpected),
                "unexpected_names": [name[:NAME_LENGTH] for name in unexpected[:MOST]],
            },
            "concurrency": self._concurrency,
            "tasks": {
                **{what: self._counts[what] for what in COUNTED},
                "registered": len(self._tasks),
                "registered_names": sorted(self._tasks)[:MOST_TASKS],
            },
        }
        if self._concurrency:
            totals["used_ratio"] = round(self._counts["active"] / self._concurrency, 4)
        return totals

    def unavailable(self, unread: Sequence[Exception]) -> dict[str, str]:
        """What the totals lack, and why."""
        online = len(self._answered)
        told = Counter(command for commands in self._answered.values() for command in commands)
        lacks = {
            command: f"told by {told[command]} of {online} workers in time"
            for command in COMMANDS
            if told[command] < online
        }
        odd = [*self._garbage[:MOST], *(f"{type(error).__name__}: {error}" for error in unread)]
        if odd:
            lacks["replies"] = "; ".join(text[:NAME_LENGTH] for text in odd[:MOST])
        return lacks

    def _take_stats(self, _: str, worker: str, reply: Mapping[str, Any]) -> None:
        if not isinstance(reply, dict):
            raise TypeError(f"a mapping, not a {type(reply).__name__}")
        limit = _mapping(reply, "pool").get("max-concurrency")
        self._concurrency += limit if isinstance(limit, int) else 0
        if worker in self._named:
            self.entries[worker] = reply

    def _take_count(self, command: str, _: str, reply: Sequence[object]) -> None:
        self._counts[command] += len(_list(reply))

    def _take_registered(self, _: str, __: str, reply: Sequence[str]) -> None:
        for name in _list(reply)[: max(MOST_NAMES - len(self._tasks), 0)]:
            self._tasks.add(str(name).partition(" [")[0][:NAME_LENGTH])

    def _take_active_queues(self, _: str, __: str, reply: Sequence[Mapping[str, Any]]) -> None:
        for queue in _list(reply)[: max(MOST_NAMES - len(self.by_queue), 0)]:
            # A queue for broadcasts is one worker's own, and goes with it; in Redis there is none at all.
            if not (queue.get("auto_delete") and (queue.get("exchange") or {}).get("type") == "fanout"):
                self.by_queue[str(queue["name"])[:NAME_LENGTH]] += 1


def _list(reply: Any) -> list[Any]:
    if not isinstance(reply, list):
        raise TypeError(f"a list, not a {type(reply).__name__}")
    return reply


def _mapping(entry: Mapping[str, Any], key: str) -> dict[str, Any]:
    """What is there, where that is a mapping: each kind of pool tells other things, and so does each version."""
    found = entry.get(key)
    return found if isinstance(found, dict) else {}


def _brief(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows of it, for when there are very many."""
    done = [count for count in _mapping(entry, "total").values() if isinstance(count, int)]
    return {
        **{key: entry.get(key) for key in ("pid", "uptime", "prefetch_count")},
        "total": {"all tasks": sum(done)},
        "pool": {key: _mapping(entry, "pool").get(key) for key in ("max-concurrency", "processes")},
        "rusage": {"maxrss": _mapping(entry, "rusage").get("maxrss")},
    }
