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
_COMMENT = re.compile(r"/\*|\*/")
_QUOTE = re.compile(r"''|\\.|'", re.DOTALL)


def without_literals(text: str, most: int = MOST_TEXT) -> str:
    """The statement with `?` for each literal, without comments, on one line and cut. Takes time linear in its length.

    A literal that does not end in what there is of the text, as the server cuts them, hides all that follows.
    """
    text = text[:_READ]
    parts: list[str] = []
    at = 0
    while at < len(text) and (found := _START.search(text, at)):
        parts.append(text[at : found.start()])
        kept, at = _passed(text, found)
        parts.append(kept)
    parts.append(text[at:])
    line = " ".join("".join(parts).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _passed(text: str, found: re.Match[str]) -> tuple[str, int]:
    """What is kept of what begins here, and where it ends."""
    end = found.end()
    if found["line"] is not None:
        return " ", end
    if found["block"] is not None:
        return " ", _end_of_comment(text, end)
    if found["name"] is not None:
        end = text.find('"', end) + 1
        return (text[found.start() : end], end) if end else ("", len(text))
    if found["string"] is not None:
        return "?", _end_of_string(text, end, escapes=found["string"][0] in "eE")
    if tag := found["dollar"]:
        end = text.find(tag, end)
        return "?", len(text) if end < 0 else end + len(tag)
    return "?", end


def _end_of_comment(text: str, at: int) -> int:
    depth = 1  # they nest
    for mark in _COMMENT.finditer(text, at):
        depth += 1 if mark[0] == "/*" else -1
        if not depth:
            return mark.end()
    return len(text)


def _end_of_string(text: str, at: int, *, escapes: bool) -> int:
    for mark in _QUOTE.finditer(text, at):
        if mark[0] == "'":
            return mark.end()
        # Whether a plain literal ends at \' is for `standard_conforming_strings` to say, and nobody asked that session.
        if mark[0] == "\\'" and not escapes:
            return len(text)
    return len(text)
