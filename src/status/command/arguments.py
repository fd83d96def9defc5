"""What may be said on the command line, the same for both commands."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ..core.states import State
from ..formats import nagios
from ..formats import registry as formats
from ..providers import registry
from ..providers.base import Resource
from ..runtime.drain import LONGEST_S
from .plugin import FORMAT_FLAGS
from .show import DEFAULT_FORMAT, Asked

DRAIN, UNDRAIN = "drain", "undrain"
WATCH_S, LEAST_WATCH_S = 2.0, 0.5
"""Between two looks, if nothing is said, and at the least."""

_DURATION = re.compile(r"([0-9]{1,9})|(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?")


def add_resources(parser: argparse.ArgumentParser, parents: Sequence[argparse.ArgumentParser] = ()) -> Any:
    """A sub-command for each configured resource; returns what more sub-commands can be added to.

    The options of `parents` may stand after the resource's name, too.
    """
    commands = parser.add_subparsers(dest="resource", metavar="resource", required=True)
    for name, resource in registry.current().resources.items():
        purpose = _purpose(resource)
        _add_options(commands.add_parser(name, help=purpose, description=purpose, parents=parents), resource)
    return commands


def add_drain(commands: Any, parents: Sequence[argparse.ArgumentParser] = ()) -> None:
    """The two sub-commands beside those that `add_resources` returned."""
    purpose = "have this site's processes on this host ask for no traffic"
    drain = commands.add_parser(
        DRAIN,
        help=purpose,
        description=f"{purpose.capitalize()}: their readiness probes answer 503.",
        parents=parents,
    )
    drain.add_argument(
        "--for",
        dest="for_s",
        metavar="DURATION",
        type=duration_s,
        default="1h",
        help="how long at most, as 90s, 15m or 1h30m (default: %(default)s)",
    )
    purpose = "end that before its time"
    undrain = commands.add_parser(
        UNDRAIN,
        help=purpose,
        description="Have readiness probes answer by their checks again.",
        parents=parents,
    )
    for command in (drain, undrain):
        add_after_resource(command, "--no-color", action="store_true", help="never colour the output")


def duration_s(text: str) -> float:
    """The seconds that "90", "90s", "15m" or "1h30m" say, a day at most; ArgumentTypeError for anything else."""
    found = _DURATION.fullmatch(text)
    if not found or not text:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration: write 90s, 15m, 1h or 1h30m")
    bare, hours, minutes, seconds = (int(number or 0) for number in found.groups())
    total = float(bare + 3600 * hours + 60 * minutes + seconds)
    if not 0 < total <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"{text!r} is {'no time' if not total else 'too long'}: write 1s to 24h")
    return total


def interval_s(text: str) -> float:
    """The seconds between two looks, half a second to a day; ArgumentTypeError for anything else."""
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds: name providers before it") from None
    if not LEAST_WATCH_S <= seconds <= LONGEST_S:
        raise argparse.ArgumentTypeError(
            f"{text!r} is too little or too much: write {LEAST_WATCH_S:g} to {LONGEST_S:g}"
        )
    return seconds


def asked(options: Mapping[str, Any], colour: bool | None) -> Asked:
    """What the options say that `add_resources` has added."""
    fail_on = options["fail_on"] or (State.FAIL if options["error_on_fail"] else None)
    return Asked(
        resource=options["resource"],
        providers=tuple(options["provider"]),
        format=options["format"],
        fail_on=State(fail_on) if fail_on else None,
        watch_s=options["watch_s"],
        colour=colour,
    )


def add_after_resource(parser: argparse.ArgumentParser, *flags: str, **kwargs: Any) -> None:
    """An option that the main parser has already: said or not after the resource, what was said before it stays."""
    parser.add_argument(*flags, default=argparse.SUPPRESS, **kwargs)


def _add_options(parser: argparse.ArgumentParser, resource: Resource) -> None:
    parser.add_argument(
        "provider",
        nargs="*",
        type=partial(_known, resource),
        help=f"show these alone; there are: {', '.join(resource.providers) or 'none'}",
    )
    parser.add_argument(
        *FORMAT_FLAGS,
        dest="format",
        # A name given twice is the plugin's: what monitors relies on it.
        choices=tuple(dict.fromkeys([*formats.current().by_name, nagios.FORMAT.name])),
        default="",
        help=f"output format (default: {DEFAULT_FORMAT}); nagios has a plugin's exit codes",
    )
    failing = "a check fails" if resource.judged else "a provider gives no value"
    parser.add_argument(
        "-e",
        "--error-on-fail",
        "--error_on_fail",
        dest="error_on_fail",
        action="store_true",
        help=f"exit with 1 when {failing}",
    )
    warns = "or the report warns" if resource.judged else "of what is not judged, the same"
    parser.add_argument(
        "--fail-on",
        choices=(State.WARN.value, State.FAIL.value),
        help=f"exit with 1 when {failing}, with warn {warns}",
    )
    parser.add_argument(
        "--watch",
        dest="watch_s",
        metavar="SECONDS",
        nargs="?",
        type=interval_s,
        const=WATCH_S,
        help=f"keep looking, every {WATCH_S:g} seconds or so many; q ends it (needs a terminal, and the extra cli)",
    )
    add_after_resource(parser, "--no-color", action="store_true", help="never colour the output")


def _known(resource: Resource, provider: str) -> str:
    if provider not in resource.providers:
        there_are = ", ".join(resource.providers) or "none"
        raise argparse.ArgumentTypeError(f"there is no {resource.name}/{provider} (choose from {there_are})")
    return provider


def _purpose(resource: Resource) -> str:
    verb = "check" if resource.judged else "show"
    return f"{verb} {', '.join(resource.providers) or 'nothing'}"
