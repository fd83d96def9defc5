"""Secrets among the arguments of commands: `--password x`, `mysql -px`, `curl -u a:x`, in a text or as a list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .harmless import is_amount, is_phrase, says_nothing
from .masking import MASK, Allowance, Secret, compiled, places
from .names import is_secret_name
from .notation import VALUE, content, masked_value

COMMANDS = (
    *("mysql", "mariadb", "sqlcmd", "mongo", "redis-cli", "valkey-cli", "keydb-cli"),
    *("curl", "sshpass", "ldap", "docker", "podman"),
)

# From one argument to the next: `a b`, `'a', 'b'`, `"a","b"`.
_GAP = r"""(?:["']?,?[ \t]{1,4}|["'],)"""
# How the option with the secret begins: with the value behind it (`-px`), or beside it (`-p x`, `'-p', 'x'`).
_BEHIND_P = r"""p(?=[^\s"',]|["'][^\s"',)\]])"""
_USER = rf"""(?:[uU]|-(?:proxy-)?user(?=[ \t="']))=?{_GAP}?["']?[^\s:"',]{{0,80}}:"""
_BESIDE_A = rf"a{_GAP}"
_BESIDE_P = rf"p{_GAP}"
_ANY_P = rf"p{_GAP}?"
_OPTIONS = {
    **dict.fromkeys(("mysql", "mariadb"), _BEHIND_P),
    "curl": _USER,
    **dict.fromkeys(("redis", "valkey", "keydb"), _BESIDE_A),
    **dict.fromkeys(("sshpass", "mongo"), _ANY_P),
    **dict.fromkeys(("docker", "podman"), _BESIDE_P),
    "ldap": rf"w{_GAP}?",
    "sqlcmd": rf"P{_GAP}?",
}
_COMMAND = (
    r"(?:mysql\w{0,20}|mariadb(?:-\w{1,20})?|curl|redis-cli|valkey-cli|keydb-cli|sshpass|mongo[a-z]{0,10}"
    rf"""|(?:docker|podman){_GAP}["']?login|ldap[a-z]{{1,10}}|sqlcmd)"""
)
_NAMES = tuple(_OPTIONS)
_CALLED = rf"{_COMMAND}(?={_GAP})"
# Begins with the dash itself, which is quick to find.
_OPTION = r"""-(?<![^\s"'\[(]-)(?:{})"""

_LONGEST_COMMAND = 100
_LONGEST_VALUE = 500

# `--a x`, `'--a', 'x'`.
_NAMED_OPTION = re.compile(r"""-(?<![\w.-]-)-?(?P<option>[a-z][\w.-]*)(?:["']?,?[ \t]{1,40}|["'],)""")


def option_secrets(text: str, lowered: str, allowance: Allowance) -> Iterator[Secret]:
    """What follows an option that is named as a secret."""
    done = 0
    for found in _NAMED_OPTION.finditer(lowered):
        name = text[found.start("option") : found.end("option")]
        is_candidate = found.start() >= done and is_secret_name(name)
        if allowance.is_spent(candidate=is_candidate):
            yield max(done, found.start()), len(text), MASK
            return
        value = VALUE.match(lowered, found.end()) if is_candidate else None
        if value and not _is_harmless(name, value, lowered):
            done = value.end()
            yield value.start(), done, masked_value(value)


def _is_harmless(name: str, value: re.Match[str], lowered: str) -> bool:
    said = content(value)
    return says_nothing(said) or is_amount(name, said) or is_phrase(lowered, value.start())


def command_secrets(text: str, lowered: str, allowance: Allowance) -> Iterator[Secret]:
    """What the short options of well-known commands hold; each line is read once, for all the commands in it."""
    done = 0
    for start, end, options in _lines(lowered, allowance):
        if not options:
            yield max(done, start), end, MASK
            return
        for secret in _of_line(text, lowered, max(done, start), end, options):
            if allowance.is_spent():
                yield secret[0], len(text), MASK
                return
            done = secret[1]
            yield secret


def _lines(lowered: str, allowance: Allowance) -> Iterator[tuple[int, int, set[str]]]:
    """The lines that hold commands, and these commands' options; none for what there is no allowance for."""
    first = end = 0
    options: set[str] = set()
    for start in places(lowered, COMMANDS):
        found = compiled(_CALLED).match(lowered, start)
        if allowance.is_spent(candidate=False):
            if options:
                yield first, min(end, start), options
            first, end, options = start, len(lowered), set()
            break
        if found is None or (start and (lowered[start - 1].isalnum() or lowered[start - 1] in "_-.")):
            continue
        if start >= end:
            if options:
                yield first, end, options
            first, options = start, set()
            newline = lowered.find("\n", start)
            end = newline if newline >= 0 else len(lowered)
        options.add(_option_of(found[0]))
    if end:
        yield first, end, options


def _option_of(command: str) -> str:
    return next(option for name, option in _OPTIONS.items() if command.startswith(name))


def _of_line(text: str, lowered: str, start: int, end: int, options: set[str]) -> Iterator[Secret]:
    done = start
    for found in compiled(_any_of(options)).finditer(text, start, end):
        if found.start() < done:
            continue
        # Of `'a:x y'` the quote before the user ends it.
        opened = found[0].partition(":")[0]
        quote = next((each for each in "\"'" if opened.count(each) % 2), "") if found[0].endswith(":") else ""
        closing = text.find(quote, found.end(), min(found.end() + _LONGEST_VALUE, end)) if quote else -1
        value = VALUE.match(lowered, found.end())
        if closing >= 0:
            yield found.end(), closing, MASK
            done = closing
        elif value and value.start() < end:
            done = value.end()
            yield value.start(), done, masked_value(value)


def _any_of(options: set[str]) -> str:
    return _OPTION.format("|".join(sorted(options)))


def masked_arguments(arguments: Sequence[object]) -> dict[int, str]:
    """Of a list of arguments those that hold a secret, by their place, and what is to stand there."""
    masked: dict[int, str] = {}
    first = arguments[0] if arguments else None
    if isinstance(first, str) and first.lower() in ("auth", "config"):
        masked.update(_of_redis([str(each).lower() for each in arguments[:4]], len(arguments)))
    options: set[str] = set()
    for place, argument in enumerate(arguments):
        if not isinstance(argument, str):
            continue
        if argument[:1] == "-":
            following = arguments[place + 1] if place + 1 < len(arguments) else None
            masked.update(_of_option(argument, following, place, options))
        elif len(argument) <= _LONGEST_COMMAND:
            options |= _options(argument)
    return masked


def _options(argument: str) -> set[str]:
    name = argument.rpartition("/")[2].lower()
    if name == "login":
        return {_BESIDE_P}
    is_command = name.startswith(_NAMES) and compiled(_COMMAND).fullmatch(name)
    return {_option_of(name)} if is_command else set()


def _of_option(option: str, following: object, place: int, options: set[str]) -> Iterator[tuple[int, str]]:
    if options:
        beside = isinstance(following, str) and len(option) <= len("--proxy-user")
        # As a line of it: a text's rules hold for a list's.
        line = f"{option} {following}" if beside else option
        found = compiled(_any_of(options)).match(line)
        if found and found.end() < len(line):
            in_option = found.end() < len(option)
            hidden = line[: found.end()] + MASK
            yield (place, hidden) if in_option else (place + 1, hidden[len(option) + 1 :])
            return
    name = option.lstrip("-")
    if "=" in name or " " in name or not is_secret_name(name) or not isinstance(following, str):
        return
    if not (following.startswith("--") or says_nothing(following) or is_amount(name, following)):
        yield place + 1, MASK


def _of_redis(words: Sequence[str], length: int) -> Iterator[tuple[int, str]]:
    """`["AUTH", user, x]` and `["CONFIG", "SET", "requirepass", x]`."""
    if words[0] == "auth" and length in (2, 3) and words[1] not in ("login", "plain"):
        yield length - 1, MASK
    if words[:2] == ["config", "set"] and length > 3 and words[2] in ("requirepass", "masterauth"):
        yield 3, MASK
