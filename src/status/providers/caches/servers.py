"""The servers of a cache, asked one after the other, so that one which is down is told in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...core.bounds import remaining_s
from ...core.redaction import describe

MOST = 50
"""Servers of one alias that are asked."""
SHARE = 0.75
"""Of the time left, for all servers: the rest is for telling that one did not answer."""


class NoneAnswers(Exception):
    """Not one of the servers of a cache gave an answer."""


def ask_each(
    listed: Sequence[Any], name: Callable[[Any], str], ask: Callable[[Any, float], dict[str, object]]
) -> list[dict[str, object]]:
    """What `ask(server, within_s)` says of each, or its `error`; each may take an equal share of the time left.

    Raises where none answers: what the only one raised, else NoneAnswers with all that they said.
    """
    told: list[dict[str, object]] = []
    failed: list[Exception] = []
    asked = listed[:MOST]
    for at, server in enumerate(asked):
        within_s = remaining_s() * SHARE / (len(asked) - at)
        try:
            told.append({"server": name(server), **ask(server, within_s)})
        except ImportError:  # the client is missing, for all of them
            raise
        except Exception as error:  # noqa: BLE001 - clients raise what they like
            failed.append(error)
            told.append({"server": name(server), "error": describe(error)})
    if failed and len(failed) == len(asked):
        if len(asked) == 1:
            raise failed[0]
        raise NoneAnswers("; ".join(f"{each['server']}: {each['error']}" for each in told))
    return told
