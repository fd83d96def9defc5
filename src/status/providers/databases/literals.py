"""Statements without what was asked for in them: a literal may be anybody's name or password."""

from __future__ import annotations

import re

MOST_TEXT = 300
"""Characters of a statement."""
_READ = 10_000

_START = re.compile(
    r"""(?P<line>--[^\n]*)
    |(?P<block>/\*)
    |(?P<name>")
    |(?P<string>(?:(?<![\w$])(?:[eEbBxXnN]|[uU]&))?')
    |(?P<dollar>(?<![\w$])\$(?:[^\W\d]\w*)?\$)
    |(?P<number>(?<![\w$.])\.?\d[\w.]*)""",
    re.VERBOSE,
)
# MySQL and SQLite take what is in double quotes for a text. A key of SQLite's extensions needs no quotes.
_SETTING = re.compile(
    r"""(?P<line>--[^\n]*|\#[^\n]*)
    |(?P<block>/\*)
    |(?P<key>\b\w*key\s*[=(])
    |(?P<string>['"])
    |(?P<number>(?<![\w$.])\.?\d[\w.]*)""",
    re.VERBOSE | re.IGNORECASE,
)
_END = re.compile("[;'\"]")
_COMMENT = re.compile(r"/\*|\*/")
_QUOTES = {quote: re.compile(rf"{quote}{quote}|\\.|{quote}", re.DOTALL) for quote in "'\""}


def without_literals(text: str, most: int = MOST_TEXT) -> str:
    """PostgreSQL's statement with `?` for each literal, without comments, on one line and cut.

    Takes time linear in its length. A literal that does not end in what there is of the text, as the server cuts them,
    hides all that follows.
    """
    return _without(_START, text, most)


def setting_without_literals(text: str, most: int = MOST_TEXT) -> str:
    """As `without_literals`, of statements that a project's settings have for MySQL or SQLite."""
    return _without(_SETTING, text, most)


def _without(starts: re.Pattern[str], text: str, most: int) -> str:
    text = text[:_READ]
    parts: list[str] = []
    at = 0
    while at < len(text) and (found := starts.search(text, at)):
        parts.append(text[at : found.start()])
        kept, at = _passed(text, found)
        parts.append(kept)
    parts.append(text[at:])
    line = " ".join("".join(parts).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _passed(text: str, found: re.Match[str]) -> tuple[str, int]:
    """What is kept of what begins here, and where it ends."""
    kind, begun, end = found.lastgroup, found[0], found.end()
    if kind == "line":
        return " ", end
    if kind == "block":
        return " ", _end_of_comment(text, end)
    if kind == "name":
        end = text.find('"', end) + 1
        return (text[found.start() : end], end) if end else ("", len(text))
    if kind == "string":
        return "?", _end_of_string(text, end, begun[-1], escapes=begun[0] in "eE")
    if kind == "dollar":
        end = text.find(begun, end)
        return "?", len(text) if end < 0 else end + len(begun)
    if kind == "key":
        return f"{begun} ?", _end_of_setting(text, end)
    return "?", end


def _end_of_comment(text: str, at: int) -> int:
    depth = 1  # they nest
    for mark in _COMMENT.finditer(text, at):
        depth += 1 if mark[0] == "/*" else -1
        if not depth:
            return mark.end()
    return len(text)


def _end_of_string(text: str, at: int, quote: str, *, escapes: bool) -> int:
    for mark in _QUOTES[quote].finditer(text, at):
        if mark[0] == quote:
            return mark.end()
        # Whether a plain literal ends at \' is for `standard_conforming_strings` to say, or MySQL's `sql_mode`:
        # nobody asked that session.
        if mark[0] == f"\\{quote}" and not escapes:
            return len(text)
    return len(text)


def _end_of_setting(text: str, at: int) -> int:
    """Where the value ends: at the `;` that is in none of its quotes."""
    while found := _END.search(text, at):
        if found[0] == ";":
            return found.start()
        at = _end_of_string(text, found.end(), found[0], escapes=False)
    return len(text)
