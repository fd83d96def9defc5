"""What the website's pages cost: processor time for the HTML, and bytes over the wire. `python benchmarks/pages.py`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

import django
from django.conf import settings
from django.template import Context, Engine, Template
from django.utils.text import compress_string
from figures import Figure, report

from status.core.observation import Observation, Report
from status.core.states import State
from status.providers.base import Provider
from status.recent.entry import MINUTE_S, Standing
from status.recent.minutes import MINUTES, Minutes
from status.recent.story import Story
from status.website import bars
from status.website.assets import ASSETS
from status.website.present import Seen, checks
from status.website.templates import render
from status.website.verdict import verdict

ROUNDS = 9
NOW = 1_800_000_000.0
ROWS = 1000
USUAL_ROWS = 50

_PLAIN = """<ul>{% for row in rows %}<li class="row is-{{ row.state }}" id="{{ row.id }}">
<a href="{{ row.path }}">{{ row.name }}</a> <span>{{ row.state }}</span> <span>{{ row.observed }}</span>
<span>{{ row.took }}</span> <span>{{ row.since }}</span>
</li>{% endfor %}</ul>"""


def measure() -> Iterator[Figure]:
    if not settings.configured:
        settings.configure()
        django.setup()
    yield from overviews()
    yield first_load()


def overviews() -> Iterator[Figure]:
    """Overviews of so many checks that each have an hour like no other's: no two bars are the same."""
    plain = Engine().from_string(_PLAIN)
    for what, every in (("", 50), (", all of them failing", 1)):
        seen = _seen(ROWS, every)
        taken_ms = _best_ms(partial(_page, seen))
        floor_ms = _best_ms(partial(_plainly, plain, seen))
        beside = f"a plain template of as many rows {floor_ms:.0f} ms"
        yield Figure(f"HTML of {ROWS:,} components with their last hour{what}, CPU", taken_ms, 150, "ms", beside)
    page = _page(seen)
    packed_ms, packed_kb = _best_ms(partial(compress_string, page)), len(compress_string(page)) / 1000
    yield Figure("the same in gzip, CPU more", packed_ms, 30, "ms", f"{len(page) / 1000:.0f} KB as {packed_kb:.0f} KB")


def first_load() -> Figure:
    """The page as it is sent, with all that it asks for."""
    html = len(compress_string(_page(_seen(USUAL_ROWS))))
    files = sum(len(ASSETS[name].compressed) for name in ("status.css", "status.js", "fail.svg"))
    beside = f"HTML {html / 1000:.0f} KB, style, script and icon {files / 1000:.0f} KB"
    return Figure(f"first load of {USUAL_ROWS} checks, over the wire", (html + files) / 1000, 100, "KB", beside)


def _page(seen: Seen) -> bytes:
    bars.forget()  # as it is for a process's first page, and for the first one of each minute
    judged = checks(seen, NOW)
    told = verdict([judged], NOW)
    frame = {"state": told.state, "title": told.title, "root": "./", "verdict": told}
    return render("status/main.html", {**frame, "judged": [judged], "others": []})


def _plainly(plain: Template, seen: Seen) -> bytes:
    rows = [
        {
            "state": each.state,
            "id": each.reference,
            "path": each.reference,
            "name": each.name,
            "observed": each.value,
            "took": each.duration_s,
            "since": each.since,
        }
        for each in seen.report.observations[0].components
    ]
    return plain.render(Context({"rows": rows})).encode()


def _seen(count: int, every: int = 50) -> Seen:
    """So many checks of a provider that says all it can, one of `every` so many failing."""
    parts = tuple(_observation(at, State.PASS if at % every else State.FAIL) for at in range(count))
    whole = Observation("health/shards", "shards", State.FAIL, NOW, 0.02, components=parts, composed=True)
    provider = Provider(
        "shards",
        print,
        label="Shards of the orders",
        description="Each has the orders of some customers; one that is lost stops these alone.",
        runbook="https://wiki.example/runbooks/shards",
    )
    standings = {part.reference: Standing(part.state, NOW - 1800, NOW - 1860) for part in parts}
    return Seen(Report("health", (whole,)), True, {"shards": provider}, Story(_hours(parts), standings))


def _observation(at: int, state: State) -> Observation:
    error = "ConnectionError: connection refused by shard.internal, port 5432" if state is State.FAIL else None
    reference = f"health/shards/shard-{at:04}"
    name = f"shard-{at:04}"
    return Observation(reference, name, state, NOW - 1, 0.0012, "SELECT 1", error=error, since=NOW - 840)


def _hours(parts: tuple[Observation, ...]) -> Minutes:
    minutes = Minutes()
    for ago in reversed(range(MINUTES)):
        for at, part in enumerate(parts):
            # By the number's own digits in base two: like no other's.
            warned = at >> (ago // 4) & 1
            minutes.add(part.reference, NOW - ago * MINUTE_S, State.WARN if warned else State.PASS)
    return minutes


def _best_ms(call: Callable[[], object]) -> float:
    """The best of several, of this process alone: what else the machine does only adds to it."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        call()
        best = min(best, time.process_time() - started)
    return best * 1000


if __name__ == "__main__":
    sys.exit(report(measure()))
