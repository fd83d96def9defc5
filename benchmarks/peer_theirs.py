"""The peers in the faults of `peer_faults`, by the row of its table: what they do is measured once, under threads."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import load
from backends import Backends
from bare_views import bare_views
from peer_rows import GIVE_UP_S, HUNG_REPORT, OTHERS, REDIRECT, STORM, STRICT, hanging, redirecting, to_a_pod
from web_site import KINDS, Answer, WebSite, serving

from tests.servers.process import Server

KIND = KINDS["gthread"]
PEERS = {"health-check": "/ht/", "watchman": "/watchman/", "alive": "/-/health/"}


def measure(backends: Backends, python: Path) -> dict[str, str]:
    """Row of the table -> what was seen at each of them."""
    seen = {STORM: _storm(backends, python)}
    for what, server in backends.hangable.items():
        seen[HUNG_REPORT.format(what)] = _in_a_hang(server, backends, python)
    seen[OTHERS] = _others_wait(backends, python)
    seen[STRICT] = _strict(backends, python, {}, to_a_pod())
    seen[REDIRECT] = _strict(backends, python, redirecting(), {})
    return seen


def _storm(backends: Backends, python: Path) -> str:
    told = []
    with serving(KIND, "peers", backends, python) as site:
        for name, path in PEERS.items():
            before = backends.count()
            asked = load.put(site.url, [path], 2).asked
            site.rest()
            done = backends.count() - before
            told.append(
                f"{name}: {done.sessions / asked:.1f} runs and {done.transactions / asked:.1f} transactions a probe"
            )
    return "\n".join(told)


def _in_a_hang(server: Server, backends: Backends, python: Path) -> str:
    """All at the same time, each by a thread of the server's own."""
    with serving(KIND, "peers", backends, python) as site:
        for path in PEERS.values():
            site.wait_until_well(path)
        with hanging(server), ThreadPoolExecutor(len(PEERS)) as pool:
            answers = list(pool.map(lambda path: site.ask(path, GIVE_UP_S), PEERS.values()))
    return "\n".join(f"{name}: {_told(answer)}" for name, answer in zip(PEERS, answers, strict=True))


def _others_wait(backends: Backends, python: Path) -> str:
    told = []
    for name, path in PEERS.items():
        with serving(KIND, "peers", backends, python) as site:
            seen = bare_views(site, backends.postgres, path, GIVE_UP_S + 1)
        told.append(f"{name}: {_told(seen.longest)}")
    return "\n".join(told)


def _strict(backends: Backends, python: Path, variables: Mapping[str, str], headers: Mapping[str, str]) -> str:
    def code(site: WebSite, path: str) -> int:
        return site.ask(path, headers=headers).code

    with serving(KIND, "peers", backends, python, **variables) as site:
        codes = {name: code(site, path) for name, path in PEERS.items()}
    with serving(KIND, "peers", backends, python, BENCHMARK_ALIVE_MIDDLEWARE="1", **variables) as site:
        codes["alive with its middleware"] = code(site, PEERS["alive"])
    return "\n".join(f"{name}: {each}" for name, each in codes.items())


def _told(answer: Answer) -> str:
    return f"{answer.code} in {answer.seconds:.1f} s" if answer.code else f"no answer in {GIVE_UP_S:g} s"
