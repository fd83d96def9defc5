"""A badge: a label and a state in a word, as an image or for who draws it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from ..core.observation import Json
from ..core.states import State
from .json import dump
from .plain_text import short_line
from .text_width import text_width

MOST_TEXT = 60
"""Characters of a label or a message; a longer one is cut."""

_COLOURS = {State.PASS: "#17713f", State.WARN: "#7a4f00", State.FAIL: "#b3131f"}
"""Those of the website's style sheet: white text on them has a contrast of 6 : 1 and more."""
_NO_STATE = "#4b5560"
_BEHIND_LABEL = "#2a323a"

_HEIGHT = 20
_SIZE = 11
_MARGIN = 6
_BASELINE = 14
_FONTS = "Verdana,DejaVu Sans,Geneva,sans-serif"


@dataclass(frozen=True, slots=True)
class Badge:
    """What a badge says. Texts may be any: they are shown in a line, cut to a bearable length."""

    label: str
    message: str
    state: State | None = None
    """None for what has none: grey."""
    fresh_s: int = 0
    """For how many seconds it may be shown again without asking; 0 where nothing is said of that."""

    @property
    def colour(self) -> str:
        return _COLOURS[self.state] if self.state else _NO_STATE


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to write badges down."""

    media_type: str
    write: Callable[[Badge], bytes]


def svg(badge: Badge) -> bytes:
    """An image, 20 pixels high. It loads nothing, runs nothing and has no style, which our policy would forbid.

    To a screen reader it is one image with a name (SVG Accessibility API Mappings,
    https://www.w3.org/TR/svg-aam-1.0/): `role`, `aria-label`, and `title` for who reads no ARIA.
    """
    label, message = short_line(badge.label, MOST_TEXT), short_line(badge.message, MOST_TEXT)
    name = f"{label}: {message}"
    left, right = _half(label), _half(message)
    whole = left + right
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": str(whole),
            "height": str(_HEIGHT),
            "viewBox": f"0 0 {whole} {_HEIGHT}",
            "role": "img",
            "aria-label": name,
        },
    )
    ET.SubElement(root, "title").text = name
    ET.SubElement(root, "rect", {"width": str(whole), "height": str(_HEIGHT), "rx": "4", "fill": badge.colour})
    # Round at its left end alone.
    outline = f"M4 0H{left}V{_HEIGHT}H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4z"
    ET.SubElement(root, "path", {"d": outline, "fill": _BEHIND_LABEL})
    texts = ET.SubElement(
        root, "g", {"fill": "#fff", "font-family": _FONTS, "font-size": str(_SIZE), "text-anchor": "middle"}
    )
    _write(texts, label, 0, left)
    _write(texts, message, left, right)
    drawn: bytes = ET.tostring(root, encoding="utf-8")
    return drawn


def shields(badge: Badge) -> bytes:
    """JSON for shields.io, which draws it (https://shields.io/badges/endpoint-badge)."""
    tree: dict[str, Json] = {
        "schemaVersion": 1,
        "label": short_line(badge.label, MOST_TEXT),
        "message": short_line(badge.message, MOST_TEXT),
        "color": badge.colour,
        **({"isError": True} if badge.state is State.FAIL else {}),
        **({"cacheSeconds": badge.fresh_s} if badge.fresh_s else {}),
    }
    return dump(tree)


KINDS = {"svg": Kind("image/svg+xml", svg), "json": Kind("application/json", shields)}
"""By the end of the URL."""


def _half(text: str) -> int:
    """Pixels of the half that the text stands in."""
    return round(text_width(text, _SIZE)) + 2 * _MARGIN


def _write(parent: ET.Element, text: str, begins: int, width: int) -> None:
    """The text in the middle of its half, and as wide as that has room for, whatever font it is drawn in."""
    place = {
        "x": f"{begins + width / 2:g}",
        "y": str(_BASELINE),
        "textLength": str(width - 2 * _MARGIN),
        "lengthAdjust": "spacingAndGlyphs",  # letters that are joined, as in Arabic, must stay so
    }
    ET.SubElement(parent, "text", place).text = text
