"""The documents and what of them can be tried: their code blocks, their headings, their links.

Each block has a marker right above its fence, an HTML comment that no reader sees. What markers there are, and what is
done with each, is in `reader.py`; a block without one is a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))

_MARKER = re.compile(r"<!-- (?P<kind>[a-z]+)(?:: (?P<argument>[^\n]*?))?(?: -->|\n(?P<text>.*?)\n-->)", re.DOTALL)
_FENCE = re.compile(r"(?P<fence>`{3,}|~{3,})(?P<language>\S*)")
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True, slots=True)
class Block:
    """A code block with its marker; or a marker that holds text itself, for what is done beside the reader's view."""

    document: str
    line: int
    kind: str
    """What the marker says to do; empty where there is none."""
    argument: str
    language: str
    text: str

    @property
    def place(self) -> str:
        """Where it is, as "docs/api.md:12"."""
        return f"{self.document}:{self.line}"


def blocks(path: Path) -> Iterator[Block]:
    """The blocks of a document, in order."""
    yield from parse(path.read_text(), str(path.relative_to(ROOT)))


def parse(text: str, document: str) -> Iterator[Block]:
    """The blocks of a Markdown text."""
    lines = text.splitlines()
    at = 0
    kind = argument = ""
    while at < len(lines):
        line = lines[at]
        marker = _MARKER.match("\n".join(lines[at:])) if line.startswith("<!--") else None
        fence = _FENCE.match(line.lstrip())
        if marker and marker["text"] is not None:
            yield Block(document, at + 1, marker["kind"], marker["argument"] or "", "", marker["text"] + "\n")
            at += marker[0].count("\n") + 1
            kind = argument = ""
        elif marker:
            kind, argument = marker["kind"], marker["argument"] or ""
            at += 1
        elif fence:
            end = next((n for n in range(at + 1, len(lines)) if lines[n].strip() == fence["fence"]), len(lines))
            content = "".join(f"{inner}\n" for inner in lines[at + 1 : end])
            yield Block(document, at + 1, kind, argument, fence["language"], content)
            kind = argument = ""
            at = end + 1
        else:
            kind = argument = ""
            at += 1


def prose(path: Path) -> str:
    """The document without its code blocks and comments."""
    text = re.sub(r"<!--.*?-->", "", path.read_text(), flags=re.DOTALL)
    return re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)


def inline_code(path: Path) -> Iterator[str]:
    """What stands between backticks in the prose."""
    yield from _INLINE.findall(prose(path))


def headings(path: Path) -> list[str]:
    """The texts of the headings, in order, with their backticks."""
    return re.findall(r"^#+ (.+?)\s*$", prose(path), flags=re.MULTILINE)


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives to the headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings(path)}


def links(path: Path) -> list[str]:
    """The targets of links and images, the foreign ones left out."""
    targets = re.findall(r"\]\(([^()\s]+)\)", _INLINE.sub("", prose(path)))
    return [target for target in targets if "://" not in target]
