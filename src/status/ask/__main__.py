"""A probe's verdict, or that of a heartbeat, as an exit code: `python -m status.ask URL`, `worker` or `beat`.

For what starts a command to learn whether a process is well (Docker's HEALTHCHECK, the kubelet's exec probes, systemd),
in images without curl. It starts anew at every look: so it needs the standard library alone, of which it imports as
little as it can, and neither Django nor the project.
"""

from __future__ import annotations

import sys

from .outcome import Misuse, NotWell, one_line, write

USAGE = """\
usage: python -m status.ask URL [--timeout SECONDS] [--host NAME] [--unix PATH] [--insecure]
       python -m status.ask worker [--dir DIR] [--name NAME]
       python -m status.ask beat [--dir DIR]

URL       a probe, as http://127.0.0.1:8000/readyz: well is what answers with 2xx
worker    the Celery workers with a heartbeat: well is when all of them are alive
beat      the same for Celery's beat

--timeout SECONDS  for all of it, up to 600 (default: 1)
--host NAME        the site's name, where the URL has another or an address: for the Host header, and for TLS
--unix PATH        connect to this socket
--insecure         do not verify the server's certificate
--dir DIR          the site's STATUS_RUNTIME_DIR (default: the one that is there below the temporary directory)
--name NAME        this worker alone, as celery@web-1

Exit code: 0 well; 1 not well, with the reason on standard error; 2 the command is wrong.
"""

KINDS = {
    "URL": ("--timeout", "--host", "--unix", "--insecure"),
    "worker": ("--dir", "--name"),
    "beat": ("--dir",),
}
FLAGS = ("--insecure",)


def main(argv: list[str] | None = None) -> int:
    """Ask as these arguments say; returns the exit code: 0 well, 1 not well, 2 when the arguments are wrong."""
    argv = sys.argv[1:] if argv is None else argv
    if "-h" in argv or "--help" in argv:
        write(1, USAGE)
        return 0
    try:
        subject, options = _understood(argv)
        if subject in KINDS:
            from .heartbeats import ask_heartbeats

            ask_heartbeats(subject, options.get("--dir"), options.get("--name"))
        else:
            from .url import ask_url

            ask_url(subject, options)
    except NotWell as problem:
        write(2, f"{one_line(str(problem))}\n")
        return 1
    except Misuse as problem:
        write(2, f"status.ask: {one_line(str(problem))}\n{USAGE.partition(chr(10) * 2)[0]}\n")
        return 2
    except KeyboardInterrupt:
        return 130  # as a shell tells it: 128 + SIGINT
    return 0


def _understood(argv: list[str]) -> tuple[str, dict[str, str]]:
    """The subject, and the options by name. By hand, as argparse takes longer than the question."""
    subjects: list[str] = []
    options: dict[str, str] = {}
    known = {option for names in KINDS.values() for option in names}
    left = iter(argv)
    for argument in left:
        name, given, value = argument.partition("=")
        if not argument.startswith("-"):
            subjects.append(argument)
        elif name not in known:
            raise Misuse(f"there is no option {name}")
        elif name in FLAGS:
            if given:
                raise Misuse(f"{name} takes no value")
            options[name] = ""
        else:
            value = value if given else next(left, "")
            if not value or (value.startswith("--") and not given):
                raise Misuse(f"{name} wants a value")
            options[name] = value
    if not subjects or subjects[0] == "":
        raise Misuse("what is to be asked?")
    if len(subjects) > 1:
        raise Misuse(f"one thing at a time: {subjects[1]} is one too many")
    kind = subjects[0] if subjects[0] in KINDS else "URL"
    if foreign := [name for name in options if name not in KINDS[kind]]:
        raise Misuse(f"{foreign[0]} is not for {'a URL' if kind == 'URL' else kind}")
    if subjects[0] == "URL":
        raise Misuse("URL stands for one that begins with http:// or https://")
    return subjects[0], options


if __name__ == "__main__":
    sys.exit(main())
