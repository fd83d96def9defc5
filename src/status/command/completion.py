"""Scripts that complete the words of `django_status` in a shell.

They hold what there is to complete as it was when they were printed: to ask at each press of a key would be to start
Django each time.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..providers import registry

COMPLETION = "completion"


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the program, or under an empty name the program itself."""

    name: str
    words: tuple[str, ...]
    """What may stand there, without options."""
    options: Mapping[tuple[str, ...], tuple[str, ...] | None]
    """By its spellings what an option takes for a value, as far as that is known; None: it takes none, or may."""


def add_completion(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The sub-command that prints a script."""
    purpose = "print a script that completes these commands in a shell"
    parser = commands.add_parser(COMPLETION, help=purpose, description=purpose.capitalize())
    parser.add_argument("shell", choices=tuple(_SCRIPTS))


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """The script for a shell, of what the parser understands."""
    return _SCRIPTS[shell]([*_commands(parser)])


def _commands(parser: argparse.ArgumentParser) -> Iterator[Command]:
    found: Mapping[str, argparse.ArgumentParser] = {}
    for action in parser._actions:  # as Django's own completion reads it: argparse has no other way
        if isinstance(action, argparse._SubParsersAction):
            found = action.choices
    yield Command("", tuple(found), _options(parser))
    for name, each in found.items():
        resource = registry.current().resources.get(name)
        chosen = (word for action in each._actions if not action.option_strings for word in action.choices or ())
        yield Command(name, tuple(resource.providers) if resource else tuple(chosen), _options(each))


def _options(parser: argparse.ArgumentParser) -> dict[tuple[str, ...], tuple[str, ...] | None]:
    options: dict[tuple[str, ...], tuple[str, ...] | None] = {}
    for action in parser._actions:
        # Spellings of 2.x are understood, and not what one would learn today.
        flags = tuple(flag for flag in action.option_strings if "_" not in flag)
        if flags:
            options[flags] = None if action.nargs in (0, "?") else tuple(map(str, action.choices or ()))
    return options


_BASH = """\
# Completes django_status in bash.
_django_status() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command= at word
    local -a found=()
    if [[ $current == = ]]; then  # bash takes --format=json for three words
        current=
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for ((at = 1; at < COMP_CWORD; at++)); do
        case ${COMP_WORDS[at]} in
            -s | --settings) ((at++)) ;;
            -*) ;;
            *)
                command=${COMP_WORDS[at]}
                break
                ;;
        esac
    done
%s
    COMPREPLY=()
    for word in "${found[@]}"; do
        if [[ $word == "$current"* ]]; then
            printf -v word %%q "$word"
            COMPREPLY+=("$word")
        fi
    done
}
complete -F _django_status django_status
"""

_ZSH = """\
#compdef django_status
# Completes django_status in zsh.
_django_status() {
    local previous=$words[CURRENT-1] command= at
    local -a found
    if [[ $words[CURRENT] == --*=* ]]; then
        previous=${words[CURRENT]%%%%=*}
        compset -P '*='
    fi
    for ((at = 2; at < CURRENT; at++)); do
        case $words[at] in
            -s | --settings) ((at++)) ;;
            -*) ;;
            *)
                command=$words[at]
                break
                ;;
        esac
    done
%s
    compadd -- "${found[@]}"
}
if [[ $funcstack[1] == _django_status ]]; then  # from a file in $fpath
    _django_status "$@"
else
    compdef _django_status django_status
fi
"""

_FISH = """\
# Completes django_status in fish.
function __django_status_in
    set -l command ''
    set -l skips 1
    for word in (commandline -opc)
        if test $skips -eq 1
            set skips 0
            continue
        end
        switch $word
            case -s --settings
                set skips 1
            case '-*'
            case '*'
                set command $word
                break
        end
    end
    test "$command" = "$argv[1]"
end
complete -c django_status -f
%s
"""


def _for_fish(commands: Iterable[Command]) -> str:
    lines = []
    for command in commands:
        condition = f"__django_status_in {_fish_quoted(command.name)}"
        begin = f"complete -c django_status -n {_fish_quoted(condition)}"
        if command.words:
            lines.append(f"{begin} -a {_fish_words(command.words)}")
        for flags, values in command.options.items():
            spelled = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in flags)
            takes = "" if values is None else " -x" if not values else f" -x -a {_fish_words(values)}"
            lines.append(f"{begin} {spelled}{takes}")
    return _FISH % "\n".join(lines)


def _fish_words(words: Iterable[str]) -> str:
    """Quoted twice: fish evaluates what `-a` is given once more."""
    return _fish_quoted(" ".join(map(_fish_quoted, words)))


def _fish_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _cases(commands: Iterable[Command]) -> str:
    """For bash and zsh alike: `found` by `command` and `previous`."""
    lines = ["    case $command in"]
    for command in commands:
        lines += [f"        {shlex.quote(command.name)})", "            case $previous in"]
        for flags, values in command.options.items():
            if values is not None:
                pattern = " | ".join(map(shlex.quote, flags))
                lines.append(f"                {pattern}) found=({_quoted(values)}) ;;")
        words = [*command.words, *(flag for flags in command.options for flag in flags)]
        lines += [f"                *) found=({_quoted(words)}) ;;", "            esac", "            ;;"]
    return "\n".join([*lines, "    esac"])


def _quoted(words: Sequence[str]) -> str:
    return " ".join(map(shlex.quote, words))


_SCRIPTS = {
    "bash": lambda commands: _BASH % _cases(commands),
    "zsh": lambda commands: _ZSH % _cases(commands),
    "fish": _for_fish,
}
