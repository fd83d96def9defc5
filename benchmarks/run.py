"""The engine, the doors and the pages in one table: `python benchmarks/run.py`. Exit code 1 when a limit is missed.

Takes two to three minutes. Nothing but this machine's loopback is used. Best run where nothing else is: a busy
machine makes starts of threads and processes, which some figures are made of, slower by several times.
"""

from __future__ import annotations

import sys
from itertools import chain

import asking
import engine
import footprint
import pages
import recording
import redacting
import shutdown
import writing
from figures import report

if __name__ == "__main__":
    parts = (engine, redacting, shutdown, footprint, asking, pages, recording, writing)
    sys.exit(report(chain.from_iterable(part.measure() for part in parts)))
