"""Any text, made fit for a line of an image or for XML."""

from __future__ import annotations

import re

# XML 1.0 (https://www.w3.org/TR/xml/#charsets) has no other characters, escaped or not.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Controls that XML has, but should not have; and what would turn the text around it, or can't be seen at all.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")


def xml_text(text: str) -> str:
    """The text without control characters and what else XML 1.0 can't hold; lines end with a newline alone."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")  # as a reader of XML would have it anyway (2.11)
    return _NOT_IN_XML.sub("", _CONTROLS.sub("", lines))


def short_line(text: str, most: int) -> str:
    """The text as one line of at most so many characters, without what `xml_text` leaves out."""
    line = " ".join(xml_text(" ".join(text[: most * 4].split())).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
