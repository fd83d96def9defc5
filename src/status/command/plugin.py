"""`-f nagios` where the command line itself is wrong: a plugin says that on stdout, and ends with UNKNOWN."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr

from ..formats import nagios
from ..formats.format import PLAIN
from .terminal import write

FORMAT_FLAGS = ("-f", "--format", "--output_format")


def is_plugin(argv: Sequence[str]) -> bool:
    """Whether these arguments, right or wrong, ask for the output of a plugin."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("-e", action="store_true")  # as in -ef
    parser.add_argument(*FORMAT_FLAGS, dest="format", nargs="?")
    return bool(parser.parse_known_args(argv)[0].format == nagios.FORMAT.name)


@contextmanager
def usage_of(argv: Sequence[str]) -> Iterator[None]:
    """Around the parsing of arguments. Help ends a plugin with UNKNOWN, too, by the guidelines."""
    if not is_plugin(argv):
        yield
        return
    complaint = io.StringIO()
    try:
        with redirect_stderr(complaint):
            yield
    except SystemExit:
        if complaint.getvalue():
            tell_unknown(complaint.getvalue().strip().splitlines()[-1])
        sys.exit(nagios.Verdict.UNKNOWN)


def tell_unknown(reason: str) -> int:
    """Say why nothing could be looked at; returns the exit code."""
    write(sys.stdout, lambda style: nagios.unknown(reason, style), PLAIN)
    return nagios.Verdict.UNKNOWN
