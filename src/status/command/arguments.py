"""What may be said on the command line, the same for both commands."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from ..formats import registry as formats
from ..providers import registry
from ..providers.base import Resource
from ..runtime.drain import LONGEST_S

DRAIN, UNDRAIN = "drain", "undrain"

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
        "-f",
        "--format",
        "--output_format",
        dest="format",
        choices=tuple(formats.current().by_name),
        default="yaml",
        help="output format (default: %(default)s)",
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
    add_after_resource(parser, "--no-color", action="store_true", help="never colour the output")


def _known(resource: Resource, provider: str) -> str:
    if provider not in resource.providers:
        there_are = ", ".join(resource.providers) or "none"
        raise argparse.ArgumentTypeError(f"there is no {resource.name}/{provider} (choose from {there_are})")
    return provider


def _purpose(resource: Resource) -> str:
    verb = "check" if resource.judged else "show"
    return f"{verb} {', '.join(resource.providers) or 'nothing'}"
