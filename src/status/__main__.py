"""`django_status`, and `python -m status`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from .command import drain as draining
from .command import serve as serving
from .command.standalone import VARIABLE, SettingsMissing, configure


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code: 0, 1 with `-e` when something fails, 2 for any error of its own."""
    argv = sys.argv[1:] if argv is None else list(argv)
    try:
        return _main(argv)
    except (SettingsMissing, serving.ServeProblem, draining.DrainProblem) as problem:
        return _say(str(problem))
    except KeyboardInterrupt:
        return 130  # as a shell tells it: 128 + SIGINT
    except Exception as error:  # noqa: BLE001
        from .core.redaction import describe

        return _say(describe(error))


def _main(argv: list[str]) -> int:
    general, rest = _settings_option(prog="django_status", add_help=False).parse_known_args(argv)
    if rest[:1] == ["serve"]:
        return _serve(general.settings, rest[1:])
    origin = configure(general.settings)

    from .command.arguments import DRAIN, UNDRAIN, add_drain, add_resources  # needs the settings
    from .command.show import keep_log_off_terminal, show

    parser = _settings_option(
        prog="django_status",
        description="Show the health, the stats, or another resource.",
        epilog=f"Settings: {origin}",
    )
    parser.set_defaults(no_color=False)
    commands = add_resources(parser)
    add_drain(commands)
    commands.add_parser("serve", help="serve website and API (see serve -h)")
    options = parser.parse_args(rest)
    if options.resource == DRAIN:
        draining.drain(options.for_s, undrain=f"django_status -s {origin} undrain", out=sys.stdout)
        return 0
    if options.resource == UNDRAIN:
        draining.undrain(out=sys.stdout)
        return 0
    if origin.startswith("no settings"):
        print(origin, file=sys.stderr)
    keep_log_off_terminal()
    return show(
        options.resource,
        options.provider,
        options.format,
        error_on_fail=options.error_on_fail,
        out=sys.stdout,
        colour=False if options.no_color else None,
    )


def _serve(settings: str | None, argv: list[str]) -> int:
    parser = _settings_option(prog="django_status serve", description="Serve website and API, without a project.")
    parser.add_argument("--bind", default=serving.DEFAULT_BIND, help="host:port (default: %(default)s)")
    host, port = serving.parse_bind(parser.parse_args(argv).bind)
    token = serving.new_token()
    named = settings or os.environ.get(VARIABLE) or os.environ.get("DJANGO_SETTINGS_MODULE")
    own = {} if named else serving.own_database()
    configure(settings, **own, **serving.site_settings(host, token))
    # The server raises it again when it has ended: so that this process ends as any other, and tidies up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serving.serve(host, port, token)
    return 0


def _settings_option(**kwargs: object) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(**kwargs)  # type: ignore[arg-type] # its own keyword arguments
    parser.add_argument(
        "-s",
        "--settings",
        metavar="PATH",
        help=f"module or class with the settings (else {VARIABLE}, else DJANGO_SETTINGS_MODULE)",
    )
    return parser


def _say(problem: str) -> int:
    print(f"django_status: {problem}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
