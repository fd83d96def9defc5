"""`manage.py status`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...command.arguments import DRAIN, UNDRAIN, add_after_resource, add_drain, add_resources
from ...command.drain import DrainProblem, drain, undrain
from ...command.show import USAGE, keep_log_off_terminal, show
from ...core.redaction import describe


class Command(BaseCommand):
    """Show a resource; see `status.command`."""

    help = "Show the health, the stats, or another resource of this project."
    requires_system_checks = []  # noqa: RUF012 - what another app has set wrong must not keep the operator from seeing

    def add_arguments(self, parser: CommandParser) -> None:
        parents = [_django_options()]
        add_drain(add_resources(parser, parents), parents)

    def handle(self, *args: Any, **options: Any) -> None:
        if self._called_from_command_line:  # type: ignore[attr-defined] # not in the stubs
            keep_log_off_terminal()
        try:
            if options["resource"] == DRAIN:
                settings = f" --settings {options['settings']}" if options["settings"] else ""
                drain(options["for_s"], undrain=f"python manage.py status undrain{settings}", out=self.stdout)
                return
            if options["resource"] == UNDRAIN:
                undrain(out=self.stdout)
                return
            code = show(
                options["resource"],
                options["provider"],
                options["format"],
                error_on_fail=options["error_on_fail"],
                out=self.stdout,  # type: ignore[arg-type] # wraps a text stream
                colour=False if options["no_color"] else options["force_color"] or None,
            )
        except DrainProblem as problem:
            raise CommandError(str(problem), returncode=USAGE) from problem
        except Exception as error:
            raise CommandError(describe(error), returncode=USAGE) from error
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
