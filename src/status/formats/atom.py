"""An Atom feed (RFC 4287), by Python's own writer of XML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from uuid import UUID
from xml.etree import ElementTree as ET

from ..core.states import State
from .plain_text import xml_text

MEDIA_TYPE = "application/atom+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of state."""

    id: UUID
    """The same whenever and by whomever it is told."""
    title: str
    at: float
    """Seconds since the epoch."""
    page: str
    """URL of what tells more."""
    state: State
    """What it became."""
    reason: str = ""
    """Why, in plain text; empty where there is none, or none for this reader."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Its entries come the newest first."""

    id: UUID
    title: str
    url: str
    """Its own."""
    page: str
    """URL of the page that it is of."""
    updated_at: float
    entries: Sequence[Entry] = ()


def write(feed: Feed) -> bytes:
    """The document, in UTF-8, with all that RFC 4287 demands (4.1.1, 4.1.2). What XML can't hold is left out of texts.

    Texts are plain: no reader takes anything in them for markup.
    """
    root = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom"})
    _add(root, "id", feed.id.urn)
    _add(root, "title", feed.title, type="text")
    _add(root, "updated", _moment(feed.updated_at))
    _add(ET.SubElement(root, "author"), "name", feed.title)
    ET.SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": feed.url})
    ET.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.page})
    _add(root, "generator", "django-status")
    for entry in feed.entries:
        _add_entry(root, entry)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add_entry(root: ET.Element, entry: Entry) -> None:
    element = ET.SubElement(root, "entry")
    _add(element, "id", entry.id.urn)
    _add(element, "title", entry.title, type="text")
    _add(element, "updated", _moment(entry.at))
    ET.SubElement(element, "category", {"term": entry.state.value})
    ET.SubElement(element, "link", {"rel": "alternate", "type": "text/html", "href": entry.page})
    if entry.reason:
        _add(element, "content", entry.reason, type="text")


def _add(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, tag, attributes).text = xml_text(text)


def _moment(at: float) -> str:
    """RFC 3339, in UTC."""
    return datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
