"""How wide a text is in a wide sans-serif, before anybody has drawn it."""

from __future__ import annotations

import unicodedata

# In hundredths of the font's size, each class as wide as the widest in it: measured in DejaVu Sans, which has the
# metrics of Verdana and is what Linux shows in its place.
_CLASSES = {
    36: " '.,/:;\\|ijlIJf-",
    46: '()[]tr!"',
    58: "*_`sz?cLFk",
    65: "vxyPTYaoeESbdghnpqu$0123456789{}",
    77: "KAVBRXZCUHNDG",
    87: "&OQw#+<=>^~M",
    100: "%mW@",
}
_ASCII = {character: width for width, characters in _CLASSES.items() for character in characters}
_IDEOGRAPH = 110
"""Chinese, Japanese, Korean, and emoji, which are a little wider than the font's size."""
_OTHER = 75
"""As the letters of most scripts: Latin has 61 on average, Arabic 69, Cyrillic 72."""
_ON_ANOTHER = ("Mn", "Me", "Cf")
"""Categories of what takes no room of its own."""


def text_width(text: str, size: float) -> float:
    """About how wide the text is at this size of the font, in the same unit; rather too wide than too narrow."""
    return sum(map(_width, text)) * size / 100


def _width(character: str) -> int:
    known = _ASCII.get(character)
    if known is not None:
        return known
    if unicodedata.category(character) in _ON_ANOTHER:
        return 0
    return _IDEOGRAPH if unicodedata.east_asian_width(character) in "WF" else _OTHER
