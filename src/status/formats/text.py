"""Plain text, one line a thing: for grep, and for people who read it in a browser or a mail."""

from __future__ import annotations

from collections.abc import Iterator

from .format import Format, Showing
from .leaves import Leaf, leaves
from .words import flat, in_words, written


def render(showing: Showing) -> bytes:
    """Each line is a reference, then `: ` and the state with its reason, or the value; ends with a newline.

    A newline or another control character is escaped as in Python, so that a line is a line; and so is a colon before a
    blank in a reference, so that the first of these ends it.
    """
    lines = [f"{_reference(path)}: {_one_line(said)}" for leaf in leaves(showing) for path, said in _told(leaf)]
    return written("".join(f"{line}\n" for line in lines or ["nothing to look at"]), showing.style)


def _told(leaf: Leaf) -> Iterator[tuple[str, str]]:
    if leaf.state:
        said = leaf.said or (in_words(leaf.value) if leaf.value is not None else "")
        yield leaf.reference, f"{leaf.state.value}: {said}" if said else leaf.state.value
    elif leaf.failed:
        yield leaf.reference, leaf.error or "failed"
    else:
        for path, value in flat(leaf.reference, leaf.value):
            yield path, in_words(value)


def _reference(text: str) -> str:
    return _one_line(text).replace(": ", r"\x3a ")


def _one_line(text: str) -> str:
    # A backslash too, else an escaped newline and a name that spells one would look the same.
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(
        each if each.isprintable() and each != "\\" else each.encode("unicode_escape").decode() for each in text
    )


FORMAT = Format("text", "text/plain; charset=utf-8", render, accepted_as=("text/plain",), grows=True)
