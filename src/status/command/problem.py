"""Why a command does not do what it was asked, and what its process ends with then."""

from __future__ import annotations

USAGE = 2
"""For any error of the command's own, as argparse has it."""
INTERRUPTED = 130
"""By Ctrl-C, as a shell tells it: 128 + SIGINT."""


class CommandProblem(Exception):
    """Its text says all that there is to say: why, in its first line."""


def said(error: Exception) -> str:
    """Why, in words for who typed the command."""
    if isinstance(error, CommandProblem):
        return str(error)
    from ..core.redaction import describe  # its patterns take 10 ms to compile

    return describe(error)
