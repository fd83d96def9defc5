"""`manage.py status`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...command.arguments import DRAIN, UNDRAIN, add_after_resource, add_drain, add_resources, asked
from ...command.drain import drain, undrain
from ...command.plugin import is_plugin, usage_of
from ...command.problem import INTERRUPTED, USAGE, said
from ...command.show import keep_log_off_terminal, show


class Command(BaseCommand):
    """Show a resource; see `status.command`."""

    help = "Show the health, the stats, or another resource of this project."
    requires_system_checks = []  # noqa: RUF012 - what another app has set wrong must not keep the operator from seeing

    def add_arguments(self, parser: CommandParser) -> None:
        parents = [_django_options()]
        add_drain(add_resources(parser, parents), parents)

    def run_from_argv(self, argv: list[str]) -> None:
        if is_plugin(argv[2:]):  # Django would tell of what is wrong with them on stderr, and end with 2: CRITICAL
            self._called_from_command_line = True
            with usage_of(argv[2:]):
                self.create_parser(argv[0], argv[1]).parse_args(argv[2:])
        super().run_from_argv(argv)

    def handle(self, *args: Any, **options: Any) -> None:
        if self._called_from_command_line:
            keep_log_off_terminal()
        try:
            if options["resource"] == DRAIN:
                settings = f" --settings {options['settings']}" if options["settings"] else ""
                drain(options["for_s"], undrain=f"python manage.py status undrain{settings}", out=self.stdout)
                return
            if options["resource"] == UNDRAIN:
                undrain(out=self.stdout)
                return
            self.stdout.ending = ""  # lines are ended where they are made
            code = show(
                asked(options, False if options["no_color"] else options["force_color"] or None),
                self.stdout,  # type: ignore[arg-type] # wraps a text stream
            )
        except KeyboardInterrupt:
            if self._called_from_command_line:
                sys.exit(INTERRUPTED)
            raise
        except Exception as error:
            raise CommandError(said(error), returncode=USAGE) from error
        if code:
            sys.exit(code)


def _django_options() -> argparse.ArgumentParser:
    """Those that Django gives every command: its own parser takes them before the resource alone."""
    parser = argparse.ArgumentParser(add_help=False)
    for flags in (("--settings",), ("--pythonpath",)):
        add_after_resource(parser, *flags, help=argparse.SUPPRESS)
    add_after_resource(parser, "-v", "--verbosity", type=int, choices=range(4), help=argparse.SUPPRESS)
    for flag in ("--traceback", "--force-color"):
        add_after_resource(parser, flag, action="store_true", help=argparse.SUPPRESS)
    return parser
