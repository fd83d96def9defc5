"""How figures, times and foreign texts are put for people. Nothing here raises, whatever it is given."""

from __future__ import annotations

import math
import re
from datetime import datetime, timezone
from urllib.parse import urlsplit

from django.utils.translation import npgettext, pgettext

from ..core.observation import Json
from .language import figure

LONGEST_NAME = 120
LONGEST_LINE = 200
LONGEST_LEAF = 600
LONGEST_TEXT = 2000
"""All in characters: a longer text is cut and says how much is missing."""

# HTML can't hold most control characters, and hides the others: U+2400 and up are their pictures.
_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"} | {0x7F: 0x2421}
_UNSHOWABLE = dict.fromkeys([*range(0x80, 0xA0), *range(0xD800, 0xE000)], 0xFFFD)
_VISIBLE = _PICTURES | _UNSHOWABLE

# Browsers strip tabs and newlines from within a URL and spaces from around it, so that "java\nscript:" would be one.
_NOT_IN_URL = re.compile(r"[\x00-\x20\x7f-\x9f\\]")

_GROUPED_FROM = 100_000
"""Below it a number may well be a port or a year, which nobody groups."""


def shown(text: str, room: int = LONGEST_TEXT) -> str:
    """The text with its control characters visible, cut to about `room` characters."""
    missing = len(text) - room
    # A cut that saves less than its own marker takes would be a loss.
    if missing < 40:
        return text.translate(_VISIBLE)
    said = npgettext("status", "… %(count)s more character", "… %(count)s more characters", missing)
    return text[:room].translate(_VISIBLE) + said % {"count": figure(f"{missing:,}")}


def name(text: str) -> str:
    """A name, which may be any text: one line, never empty."""
    text = " ".join(text.split())
    if not text:
        return pgettext("status", "(no name)")
    return text.translate(_VISIBLE) if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME].translate(_VISIBLE)}…"


def joint(component: str) -> str:
    """What stands between a provider and its component: of a path, as "disk /srv/media", no slash more."""
    return " " if component.startswith("/") else "/"


def joined(provider: str, component: str) -> str:
    """A component's whole name, as "databases/replica"; the provider's own where there is none."""
    return f"{provider}{joint(component)}{component}" if component else provider


def title(resource: str) -> str:
    """A resource's name as a heading: ours is translated, a project's stays its own."""
    ours = {"health": pgettext("resource", "Health"), "stats": pgettext("resource", "Stats")}
    return ours.get(resource) or resource[:1].upper() + resource[1:]


def duration(seconds: float) -> str:
    """As "1.2 ms", "62 ms", "2.0 s", "3 min"."""
    if not math.isfinite(seconds):
        return ""
    ms = max(seconds, 0.0) * 1000
    if ms < 9.95:
        return figure(f"{ms:.1f} ms")
    if ms < 999.5:
        return f"{ms:.0f} ms"
    if ms < 9950:
        return figure(f"{ms / 1000:.1f} s")
    return span(round(seconds))


def span(seconds: float) -> str:
    """How long something has lasted, in one unit: "12 s", "14 min", "3 h", "41 d".

    The signs are those of the International System of Units (SI brochure, table 8), and so of no language.
    """
    if not math.isfinite(seconds):
        return ""
    whole = int(max(seconds, 0.0))
    for unit, length, until in (("s", 1, 60), ("min", 60, 3600), ("h", 3600, 48 * 3600)):
        if whole < until:
            return f"{whole // length} {unit}"
    return figure(f"{whole // 86_400:,} d")


def ago(seconds: float) -> str:
    """As "just now", "4 s ago"."""
    if seconds < 1 or not math.isfinite(seconds):
        return pgettext("status", "just now")
    return pgettext("status", "%(span)s ago") % {"span": span(seconds)}


def exact(at: float) -> str:
    """A moment, given in seconds since the epoch, as "2026-11-23 18:20:03 UTC"; empty when there is no such."""
    try:
        return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return ""


def number(value: float) -> str:
    """Six digits are enough for people; an integer keeps all of its own."""
    if isinstance(value, int) or (math.isfinite(value) and value.is_integer() and abs(value) < 1e15):
        whole = int(value)
        try:
            return figure(f"{whole:,}") if abs(whole) >= _GROUPED_FROM else str(whole)
        except ValueError:  # more digits than Python will print
            return pgettext("status", "a number of thousands of digits")
    if not math.isfinite(value):
        return str(value)
    if 1e-4 <= abs(value) < 1e15:
        decimals = max(5 - math.floor(math.log10(abs(value))), 1)
        return figure(f"{value:,.{decimals}f}".rstrip("0").rstrip("."))
    return figure(f"{value:.4g}")


def leaf(value: Json, room: int = LONGEST_LEAF) -> str:
    """A value that holds no others; of one that does, how many."""
    if value is None:
        return pgettext("a value", "none")
    if isinstance(value, bool):
        return pgettext("status", "yes") if value else pgettext("status", "no")
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, str):
        return shown(value, room) or pgettext("a value", "empty")
    return entries(len(value)) if value else pgettext("a value", "empty")


def entries(count: int) -> str:
    """As "1 entry", "12 entries"."""
    return npgettext("status", "%(count)s entry", "%(count)s entries", count) % {"count": figure(f"{count:,}")}


def line(value: Json, unit: str | None = None) -> str:
    """A value in one line; what nothing can be learnt from is empty."""
    if value is None or value is True or value == "":
        return ""
    if isinstance(value, dict):
        text = ", ".join(f"{key}: {leaf(entry)}" for key, entry in list(value.items())[:8])
        text = text or pgettext("a value", "empty")
        text += ", …" if len(value) > 8 else ""
    elif isinstance(value, list):
        text = ", ".join(map(leaf, value[:8])) or pgettext("a value", "empty")
        text += ", …" if len(value) > 8 else ""
    else:
        text = leaf(value)
    if unit:
        text = f"{text} {unit}"
    text = " ".join(text.split()).translate(_VISIBLE)
    return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}…"


def safe_url(text: str, *, image: bool = False) -> str:
    """The URL if it is one to follow (http, mail, telephone, relative), or with `image` to show; else empty."""
    if not text or _NOT_IN_URL.search(text):
        return ""
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        return ""
    if image and text.startswith("data:image/"):
        return text
    return text if scheme in (("", "http", "https") if image else ("", "http", "https", "mailto", "tel")) else ""
