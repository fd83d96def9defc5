"""Whether Celery's scheduler lives, by the heartbeat that it leaves on this host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import time

from ... import conf
from ...core.observation import Component
from ...core.states import State
from ...reading import is_list, shown
from ...runtime import heartbeat
from ..forms import batch

INSTALL = "call status.celery.install_heartbeat in the project's celery.py, and run beat on this host as this user"


@dataclass(frozen=True, slots=True)
class Beat:
    """A scheduler that has left a heartbeat. Times are seconds since the epoch."""

    until: float
    """It counts as alive up to then."""
    seen_at: float
    """When its last heartbeat was."""


def beats(folder: Path) -> dict[str, Beat]:
    """All that have a heartbeat in the site's folder, by their node's name. Unusable when that can't be used."""
    return {name: Beat(*moments) for name, moments in heartbeat.read_written(folder, "beat").items()}


def _names(nodes: Sequence[str] = ()) -> Sequence[str]:
    if not is_list(nodes) or not all(isinstance(node, str) for node in nodes):
        raise ValueError(f'nodes is a list of names as "celerybeat@host", not {shown(nodes)}')
    return nodes


@batch(_names, names_are_details=True)  # they are hostnames
def beat(nodes: Sequence[str] = ()) -> dict[str, Component]:
    """Each beat of this host by its node's name, which fails once its heartbeat has run out; all fails without any.

    Sends nothing: it reads a folder of STATUS_RUNTIME_DIR. Needs `status.celery.install_heartbeat`, and beat on the
    same host under the same user. `nodes` are those that must be there, where others are none of this site's affair.
    """
    folder = conf.current().runtime_dir
    found = beats(folder)
    if not found and not nodes:
        raise LookupError(f"no beat has a heartbeat in {folder}: {INSTALL}")
    now = time()
    return {node: _judge(folder, node, found.get(node), now) for node in nodes or found}


def _judge(folder: Path, node: str, found: Beat | None, now: float) -> Component:
    if found is None:
        return Component(State.FAIL, detail=f"it has no heartbeat in {folder}: {INSTALL}")
    age_s = round(max(now - found.seen_at, 0.0), 1)
    if found.until > now:
        return Component(State.PASS, age_s, "s", f"its last heartbeat was {age_s:g} s ago")
    detail = (
        f"its heartbeat ran out {now - found.until:.0f} s ago: it is blocked, or was killed; "
        f"if it is gone for good, remove {heartbeat.file_of(folder, 'beat', node)}"
    )
    return Component(State.FAIL, age_s, "s", detail)
