"""Real dependencies broken under load, behind real web servers: what the design promises of hangs and of recovery.

Not in the default run, as it takes minutes: `make test ARGS="tests/faults -m faults"`.
"""

from __future__ import annotations
