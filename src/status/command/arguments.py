"""What may be said on the command line, the same for both commands."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from typing import Any

from ..providers import registry
from ..providers.base import Resource

FORMATS = ("yaml", "json", "table")


def add_resources(parser: argparse.ArgumentParser, parents: Sequence[argparse.ArgumentParser] = ()) -> Any:
    """A sub-command for each configured resource; returns what more sub-commands can be added to.

    The options of `parents` may stand after the resource's name, too.
    """
    commands = parser.add_subparsers(dest="resource", metavar="resource", required=True)
    for name, resource in registry.current().resources.items():
        purpose = _purpose(resource)
        _add_options(commands.add_parser(name, help=purpose, description=purpose, parents=parents), resource)
    return commands


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
        choices=FORMATS,
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
