"""`django_status`, and `python -m status`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from .command import drain as draining
from .command import serve as serving
from .command.plugin import is_plugin, tell_unknown, usage_of
from .command.problem import INTERRUPTED, USAGE, said
from .command.standalone import VARIABLE, configure


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code: 0, 1 with `-e` when something fails, 2 for any error of its own."""
    argv = sys.argv[1:] if argv is None else list(argv)
    say = tell_unknown if is_plugin(argv) else _say
    try:
        return _main(argv)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001
        return say(said(error))


def _main(argv: list[str]) -> int:
    with usage_of(argv):
        general, rest = _settings_option(prog="django_status", add_help=False).parse_known_args(argv)
    if rest[:1] == ["serve"]:
        return _serve(general.settings, rest[1:])
    origin = configure(general.settings)

    from .command.arguments import DRAIN, UNDRAIN, add_drain, add_resources, asked  # needs the settings
    from .command.completion import COMPLETION, add_completion, script
    from .command.show import keep_log_off_terminal, show

    parser = _settings_option(
        prog="django_status",
        description="Show the health, the stats, or another resource.",
        epilog=f"Settings: {origin}",
    )
    parser.set_defaults(no_color=False)
    commands = add_resources(parser)
    add_drain(commands)
    _add_bind(commands.add_parser("serve", help="serve website and API (see serve -h)"))
    add_completion(commands)
    with usage_of(argv):
        options = parser.parse_args(rest)
    if options.resource == COMPLETION:
        print(script(options.shell, parser), end="")
        return 0
    if options.resource == DRAIN:
        draining.drain(options.for_s, undrain=f"django_status -s {origin} undrain", out=sys.stdout)
        return 0
    if options.resource == UNDRAIN:
        draining.undrain(out=sys.stdout)
        return 0
    if origin.startswith("no settings"):
        print(origin, file=sys.stderr)
    keep_log_off_terminal()
    return show(asked(vars(options), False if options.no_color else None), sys.stdout)


def _serve(settings: str | None, argv: list[str]) -> int:
    parser = _settings_option(prog="django_status serve", description="Serve website and API, without a project.")
    _add_bind(parser)
    host, port = serving.parse_bind(parser.parse_args(argv).bind)
    token = serving.new_token()
    named = settings or os.environ.get(VARIABLE) or os.environ.get("DJANGO_SETTINGS_MODULE")
    own = {} if named else serving.own_database()
    configure(settings, **own, **serving.site_settings(host, token))
    # The server raises it again when it has ended: so that this process ends as any other, and tidies up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serving.serve(host, port, token)
    return 0


def _add_bind(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bind", default=serving.DEFAULT_BIND, help="host:port (default: %(default)s)")


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
    return USAGE


if __name__ == "__main__":
    sys.exit(main())
