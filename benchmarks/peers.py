"""Probes and API beside django-health-check, django-watchman and django-alive: `python benchmarks/peers.py`.

One site as `django-admin startproject` makes it, on private PostgreSQL and Redis servers, behind gunicorn and uvicorn.
Takes about twenty minutes; exit code 1 when a limit is missed. The peers are installed from PyPI into a virtual
environment below the user's cache folder. Linux alone; wrk is used where it is installed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import load
import peer_cost
import peer_faults
import peer_python
from backends import backends
from web_site import KINDS

COSTS, FAULTS = "costs", "faults"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="shorter and rougher, for a look while developing")
    parser.add_argument("--fresh", action="store_true", help="install the peers anew")
    parser.add_argument("--only", choices=(COSTS, FAULTS), help="one of the two tables")
    parser.add_argument("--servers", nargs="+", choices=KINDS, default=list(KINDS), help="some of the servers")
    chosen = parser.parse_args(arguments)
    python = peer_python.python(chosen.fresh)
    print(f"{peer_python.versions(python)}; asked by {load.client()}", flush=True)
    missed = False
    with backends() as stood_on:
        servers = [name for name in KINDS if name in chosen.servers]
        if chosen.only != FAULTS:
            pace = peer_cost.QUICK if chosen.quick else peer_cost.FULL
            costs = list(peer_cost.measure(servers, stood_on, python, pace))
            print(f"\n{peer_cost.table(costs)}\n", flush=True)
            missed = not all(cost.held for cost in costs)
        if chosen.only != COSTS:
            missed |= peer_faults.run(servers, stood_on, python, chosen.quick)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
