"""What it costs to write a report, beside the least that could be written: `python benchmarks/writing.py`.

The floor is `json.dumps` of the same components' states by name: what a script of ten lines would send.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator

import django
from django.conf import settings
from figures import Figure, report

from status.core.composition import compose
from status.core.observation import Observation, Report
from status.core.states import State

COMPONENTS = 1_000
BEST_OF = 7
LIMIT_MS = 150.0
"""Of CPU time: what the website's page of as many components may cost."""
NEGOTIATED = 5.0
"""Milliseconds that an `Accept` may cost at its first sight, however long it is."""


def measure() -> Iterator[Figure]:
    if not settings.configured:
        settings.configure(INSTALLED_APPS=["status"])
        django.setup()
    from status.formats import registry
    from status.formats.format import Showing

    made = _report()
    showing = Showing((made,), frozenset({"health"}), "health", root="/status/api/")
    states = {part.reference: part.state.value for whole in made.observations for part in whole.components}
    floor_ms = _best_ms(lambda: json.dumps(states).encode())
    for name, format in registry.current().by_name.items():
        body_ms = _best_ms(lambda format=format: format.render(showing))  # type: ignore[misc]
        size_kib = len(format.render(showing)) / 1024
        beside = f"{size_kib:,.0f} KiB; {body_ms / floor_ms:,.1f} times the floor, {floor_ms:.3f} ms"
        yield Figure(f"{COMPONENTS:,} components as {name}", body_ms, LIMIT_MS, "ms", beside)
    yield from _negotiating()


def _negotiating() -> Iterator[Figure]:
    from status.formats import negotiation

    for what, accept in (
        ("of 1,000 entries", ", ".join(f"text/x-{number};q=0.{number:03}" for number in range(1_000))),
        ("of 64 KiB of wildcards", "*/*," * 16_384),
    ):

        def choose(accept: str = accept) -> object:
            negotiation._preferred.cache_clear()
            return negotiation.preferred(accept)

        beside = f"the second time {_best_ms(lambda accept=accept: negotiation.preferred(accept)) * 1000:.1f} us"  # type: ignore[misc]
        yield Figure(f"an Accept {what}, at its first sight", _best_ms(choose), NEGOTIATED, "ms", beside)


def _report() -> Report:
    """Ten providers of a hundred components, of each ten one that warns and one that fails."""
    now = time.time()
    wholes = []
    for at in range(10):
        parts = [_part(f"health/shards-{at}", number, now) for number in range(COMPONENTS // 10)]
        wholes.append(compose(f"health/shards-{at}", parts, critical=True, at=now, names_are_details=False))
    return Report("health", tuple(wholes))


def _part(of: str, number: int, now: float) -> Observation:
    name = f"shard-{number}"
    state = {8: State.WARN, 9: State.FAIL}.get(number % 10, State.PASS)
    error = None if state is State.PASS else "no answer in 2 s"
    return Observation(f"{of}/{name}", name, state, now, 0.0123, value=number, unit="%", error=error)


def _best_ms(call: Callable[[], object]) -> float:
    """Of CPU time: what the machine does beside it is not counted."""
    call()
    taken = []
    for _ in range(BEST_OF):
        begin = time.process_time()
        call()
        taken.append(time.process_time() - begin)
    return max(min(taken), 1e-6) * 1000


if __name__ == "__main__":
    sys.exit(report(measure()))
