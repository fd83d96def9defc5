"""Plain text, one line a thing: for grep, and for people who read it in a browser or a mail."""

from __future__ import annotations

from collections.abc import Iterator

from .format import Format, Showing
from .leaves import Leaf, leaves
from .words import flat, in_words, written


def render(showing: Showing) -> bytes:
    """Each line is a reference, then `: ` and the state with its reason, or the value; ends with a newline.

    A name that holds a newline or another control character has it escaped as in Python, so that a line is a line.
    """
    lines = [line for leaf in leaves(showing) for line in _lines(leaf)] or ["nothing to look at"]
    return written("".join(f"{_one_line(line)}\n" for line in lines), showing.style)


def _lines(leaf: Leaf) -> Iterator[str]:
    if leaf.state:
        said = leaf.said or (in_words(leaf.value) if leaf.value is not None else "")
        yield f"{leaf.reference}: {leaf.state.value}" + (f": {said}" if said else "")
    elif leaf.failed:
        yield f"{leaf.reference}: {leaf.error or 'failed'}"
    else:
        for path, value in flat(leaf.reference, leaf.value):
            yield f"{path}: {in_words(value)}"


def _one_line(text: str) -> str:
    # A backslash too, else an escaped newline and a name that spells one would look the same.
    return "".join(
        each if each.isprintable() and each != "\\" else each.encode("unicode_escape").decode() for each in text
    )


FORMAT = Format("text", "text/plain; charset=utf-8", render, accepted_as=("text/plain",), grows=True)
